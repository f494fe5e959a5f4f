/** What is said of every hypervisor, in the order in which it is read; the same words in panel, details and table. */
import type {HypervisorEntry} from '../src/catalogue/catalogue.ts';

export interface Trait {
	readonly label: string;
	readonly of: (entry: HypervisorEntry) => string;
}

/** The columns of the hypervisors document (its summary stands above them), then what else people ask for. */
export const traits: readonly Trait[] = [
	{label: 'Creation speed', of: entry => entry.creationSpeed},
	{label: 'Memory density', of: entry => entry.memoryDensity},
	{label: 'Features', of: entry => entry.features},
	{label: 'Limitations', of: entry => entry.limitations},
	{label: 'Good for', of: entry => entry.useCases},
	{label: 'Comment', of: entry => entry.comment},
	{label: 'Device hotplug', of: entry => entry.deviceHotplug},
	{label: 'Memory hotplug', of: entry => entry.memoryHotplug},
	{label: 'File sharing', of: entry => entry.fileSharing},
	{label: 'GPU and VFIO', of: entry => entry.gpu},
	{label: 'Confidential', of: entry => entry.confidential},
	{label: 'Isolation', of: entry => entry.isolation},
	{label: 'Memory per VM', of: entry => entry.memoryPerSandbox},
	{label: 'Docker network', of: entry => entry.dockerNetworking},
	{label: 'Tested by Kata', of: entry => entry.upstreamTesting},
	{label: 'Processes', of: entry => entry.processes},
	{label: 'Written in', of: entry => entry.writtenIn},
];

/** What decides at first sight, for where there are few lines: most of it takes one. */
export const decisiveTraits: readonly Trait[] = [
	{label: 'Creation speed', of: entry => entry.creationSpeed},
	{label: 'Memory density', of: entry => entry.memoryDensity},
	{label: 'Hotplug', of: entry => entry.hotplug},
	{label: 'File sharing', of: entry => entry.fileSharing},
	{label: 'GPU, TDX, SNP', of: entry => entry.gpuAndConfidential},
	{label: 'Good for', of: entry => entry.useCases},
];
