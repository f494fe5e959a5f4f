export const runtimes = ['rust', 'go'] as const;
export type Runtime = (typeof runtimes)[number];

export const hypervisors = ['qemu', 'cloud-hypervisor', 'dragonball', 'firecracker', 'stratovirt'] as const;
export type Hypervisor = (typeof hypervisors)[number];

export interface Pair {
	runtime: Runtime;
	hypervisor: Hypervisor;
}

/** A pair's name in paths, flags and JSON, for example `rust-qemu`. */
export const pairName = ({runtime, hypervisor}: Pair): string => `${runtime}-${hypervisor}`;
