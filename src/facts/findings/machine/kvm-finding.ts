/** What all findings about KVM have in common. */
import type {Facts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding} from '../judgement.ts';

type Parts = Omit<Parameters<typeof finding>[0], 'id' | 'label'>;

/** The one finding about KVM. */
export const kvmFinding = (parts: Parts): Finding =>
	finding({id: 'kvm', label: 'KVM', sources: ['/dev/kvm'], ...parts});

export const blocker = (parts: Omit<Parts, 'severity'>): Finding => kvmFinding({severity: 'blocker', ...parts});

/** Are we in a container, whose devices and modules come from the host around it? WSL is called one and is none. */
export const inContainer = ({virt}: Facts): boolean => virt.container !== null && virt.container !== 'wsl';

/** Does the processor show virtualization, so that only the module is missing? On arm64 that shows through KVM alone. */
export const processorHasIt = ({cpu}: Facts): boolean => cpu.virtualization !== null;
