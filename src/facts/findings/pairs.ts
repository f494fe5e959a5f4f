/** Pairs that findings concern. */
import type {Hypervisor, Pair} from '../../catalogue/catalogue.ts';
import {runtimes} from '../../catalogue/catalogue.ts';

/** A hypervisor under both runtimes. */
const under = (hypervisor: Hypervisor): Pair[] => runtimes.map(runtime => ({runtime, hypervisor}));

/** The pairs that keep guest memory on /dev/shm and talk to the agent through the kernel's vhost-vsock. */
export const qemuPairs: Pair[] = under('qemu');

/** The pairs whose VMM opens its network's tap device itself, which SELinux may refuse. */
export const cloudHypervisorPairs: Pair[] = under('cloud-hypervisor');

export const firecrackerPairs: Pair[] = under('firecracker');
