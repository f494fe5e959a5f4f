/** Architecture and kernel: what Kata has releases for. */
import {architectures} from '../../facts.ts';
import {finding, type Judgement} from '../judgement.ts';
import {kernelAtLeast} from './kernel-release.ts';

/** Who is served by no release, by its own name. */
export const judgeMachine: Judgement = ({machine, os, kernel}) => {
	const common = {id: 'architecture', label: 'Machine'};
	if (architectures.some(name => name === machine))
		return [
			finding({
				...common,
				severity: 'ok',
				summary: `${machine}, ${os.name}`,
				detail: [`Linux ${kernel}`],
				sources: ['uname -m', '/etc/os-release', '/proc/sys/kernel/osrelease'],
			}),
		];
	return [
		finding({
			...common,
			severity: 'blocker',
			summary: `Kata has no release for ${machine}`,
			detail: [`There are releases for ${architectures.join(', ')}.`],
			sources: ['uname -m'],
			remedy: ['Use a machine of one of these architectures.'],
		}),
	];
};

/**
 * The hypervisors want KVM functions that kernels before 4.14 lack; virtiofsd wants mount ids from statx (5.8); 5.10 is
 * the next that was kept up for long.
 */
const kernels = {needed: '4.14.0', wanted: '5.8.0', better: '5.10.0'};

/** Nothing is said of a kernel that is new enough. */
export const judgeKernel: Judgement = ({kernel}) => {
	if (kernelAtLeast(kernel, kernels.better) !== false) return [];
	const [version] = /^\d+\.\d+/.exec(kernel) ?? [kernel];
	const common = {
		id: 'kernel',
		label: 'Kernel',
		sources: ['/proc/sys/kernel/osrelease'],
		remedy: ['Boot a newer kernel of this distribution (5.10 or later), or use a newer release of it.'],
	};
	if (kernelAtLeast(kernel, kernels.wanted))
		return [
			finding({
				...common,
				severity: 'note',
				summary: `Linux ${version} is old; 5.10 or later is better`,
				detail: ['It has the system calls and KVM functions that Kata needs, and no longer gets fixes of its own.'],
			}),
		];
	const tooOld = !kernelAtLeast(kernel, kernels.needed);
	return [
		finding({
			...common,
			severity: tooOld ? 'blocker' : 'warning',
			summary: `Linux ${version} is ${tooOld ? 'too old' : 'old'} for Kata's hypervisors`,
			detail: [
				'virtiofsd, which shares files with the guest, needs system calls that came with Linux 5.8; the hypervisors need KVM functions that kernels before 4.14 lack.',
				'Another hypervisor does not help: start with the kernel.',
			],
		}),
	];
};
