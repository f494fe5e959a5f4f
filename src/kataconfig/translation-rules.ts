/** Where the two runtimes say the same differently, or one of them has no words for it. `*` stands for the hypervisor. */
import type {Pair, Runtime} from '../catalogue/catalogue.ts';
import type {Setting, Value} from './translate.ts';

interface Place {
	table: string;
	option: string;
}

export interface Rule extends Partial<Record<Runtime, Place>> {
	/** One sentence, true in both directions. */
	why: string;
	convert?: {toRust: (value: number) => number; toGo: (value: number) => number};
}

const place = (table: string, option: string): Place => ({table, option});

/** Whole seconds and milliseconds; a part of a second is a second, so that nobody waits shorter than was asked. */
const seconds = {toRust: (value: number) => value * 1000, toGo: (value: number) => Math.ceil(value / 1000)};

export const rules: readonly Rule[] = [
	{
		go: place('agent.kata', 'dial_timeout'),
		rust: place('agent.kata', 'reconnect_timeout_ms'),
		convert: seconds,
		// The migration guide pairs it with dial_timeout_ms, which is the pause between two tries (see the packaged file).
		why: 'The whole time to wait for the agent: seconds in go, milliseconds in rust.',
	},
	{
		rust: place('agent.kata', 'dial_timeout_ms'),
		why: 'The pause between two tries to reach the agent, which go does not let be set.',
	},
	{
		go: place('agent.kata', 'cdh_api_timeout'),
		rust: place('agent.kata', 'cdh_api_timeout_ms'),
		convert: seconds,
		why: 'Seconds in go, milliseconds in rust.',
	},
	{
		go: place('runtime', 'create_container_timeout'),
		rust: place('agent.kata', 'create_container_timeout'),
		why: 'rust has it in the table of the agent; both count seconds.',
	},
	{
		go: place('hypervisor.*', 'seccompsandbox'),
		rust: place('hypervisor.*', 'seccomp_sandbox'),
		why: 'The two runtimes spell it differently.',
	},
	{
		go: place('factory', 'enable_template'),
		rust: place('hypervisor.*.factory', 'enable_template'),
		why: 'rust has VM templates in a table of the hypervisor.',
	},
	{
		go: place('factory', 'template_path'),
		rust: place('hypervisor.*.factory', 'template_path'),
		why: 'rust has VM templates in a table of the hypervisor.',
	},
	{
		go: place('hypervisor.*', 'hot_plug_vfio'),
		why: 'rust calls it hotplug_vfio_on_root_bus, which none of its packaged configurations has.',
	},
	{
		go: place('runtime', 'guest_selinux_label'),
		why: 'rust calls it selinux_label, which none of its packaged configurations has.',
	},
	...['vm_cache_number', 'vm_cache_endpoint'].map(option => ({
		go: place('factory', option),
		why: 'The rust runtime has no cache of VMs.',
	})),
	...['enable_numa', 'numa_mapping'].map(option => ({
		go: place('hypervisor.*', option),
		why: 'The rust runtime does not map NUMA nodes.',
	})),
];

/** Values that are called otherwise elsewhere, by option: go's word and rust's. */
const words: Record<string, Partial<Record<Runtime, string>>[]> = {
	block_device_driver: [
		{go: 'virtio-blk', rust: 'virtio-blk-pci'},
		{go: 'virtio-mmio', rust: 'virtio-blk-mmio'},
	],
};

/**
 * A setting's value in the words of a pair.
 * @returns null where the pair has no value that means the same
 */
export function valueIn(pair: Pair, {option, value}: Setting): Value | null {
	if (option === 'shared_fs') return sharedFileSystem(pair, value);
	const word = words[option]?.find(entry => Object.values(entry).includes(String(value)));
	return word?.[pair.runtime] ?? value;
}

/** Dragonball serves files from within the shim, Firecracker not at all (the packaged files of 4.1.0). */
function sharedFileSystem({hypervisor}: Pair, value: Value): Value | null {
	if (value === 'none') return value;
	if (hypervisor === 'firecracker') return null;
	if (hypervisor === 'dragonball') return value === 'virtio-fs' ? 'inline-virtio-fs' : value;
	return value === 'inline-virtio-fs' ? 'virtio-fs' : value;
}
