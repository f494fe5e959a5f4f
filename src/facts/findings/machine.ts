/** Architecture and kernel: what Kata has releases for. */
import {atLeast} from '../../catalogue/version.ts';
import {architectures} from '../facts.ts';
import {finding, type Judgement} from './judgement.ts';

/** Who is served by no release, by its own name. */
export const judgeMachine: Judgement = ({machine, os, kernel}) => {
	const common = {id: 'architecture', label: 'Machine'};
	if (architectures.some(name => name === machine))
		return [
			finding({
				...common,
				severity: 'ok',
				summary: `${machine}, ${os.name}`,
				detail: [`Read from uname: Linux ${kernel}.`],
			}),
		];
	return [
		finding({
			...common,
			severity: 'blocker',
			summary: `Kata has no release for ${machine}`,
			detail: [`There are releases for ${architectures.join(', ')}.`],
			remedy: ['Use a machine of one of these architectures.'],
		}),
	];
};

/** virtiofsd wants mount ids from statx (5.8); Cloud Hypervisor wants KVM extensions that 3.10 lacks. */
const kernels = {needed: '4.14.0', wanted: '5.8.0'};

/** Nothing is said of a kernel that is new enough. */
export const judgeKernel: Judgement = ({kernel}) => {
	const version = /^(\d+)\.(\d+)/.exec(kernel);
	if (!version) return [];
	const release = `${version[1]}.${version[2]}.0`;
	if (atLeast(release, kernels.wanted)) return [];
	const tooOld = !atLeast(release, kernels.needed);
	return [
		finding({
			id: 'kernel',
			label: 'Kernel',
			severity: tooOld ? 'blocker' : 'warning',
			summary: `Linux ${version[0]} is ${tooOld ? 'too old' : 'old'} for Kata's hypervisors`,
			detail: [
				'virtiofsd, which shares files with the guest, needs system calls that came with Linux 5.8; the hypervisors need KVM functions that kernels before 4.14 lack.',
				`Read from /proc/sys/kernel/osrelease: ${kernel}.`,
			],
			remedy: ['Boot a newer kernel of this distribution (5.10 or later), or use a newer release of it.'],
		}),
	];
};
