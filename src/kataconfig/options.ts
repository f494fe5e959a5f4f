/**
 * The options of a guest that a person may change, beside its memory: what each is called in Kata's files, its default,
 * what may be set and what speaks against it here. Pure. The effects are said in our own words, after the comments in
 * Kata's configuration files and its documentation (docs/how-to, docs/design/host-cgroups.md).
 */
import {type Pair, pairEntry} from '../catalogue/catalogue.ts';
import {fittingGuestMemory} from '../catalogue/guest-memory.ts';
import type {Facts} from '../facts/facts.ts';
import {packagedValue} from './option-defaults.ts';
import {refusalOf} from './option-refusals.ts';
import {knowsOption} from './vocabulary.ts';

/** What was set by the person; what is absent stays as Kata ships it. */
export interface OptionValues {
	/** vCPUs that a guest boots with. */
	vcpus?: number;
	/** Debug messages of hypervisor, agent and runtime. */
	debug?: boolean;
	/** How a container's files reach the guest, for example `virtio-fs`. */
	'shared-fs'?: string;
	/** One host cgroup for the whole sandbox, with shim and hypervisor in it. */
	'sandbox-cgroup-only'?: boolean;
	/** The VM gets its size when it starts, and keeps it. */
	'static-sizing'?: boolean;
	/** Start VMs as copies of a template. */
	'vm-template'?: boolean;
	/** Guest memory on huge pages. */
	hugepages?: boolean;
	/** Run the hypervisor as an ordinary user. */
	rootless?: boolean;
}

export type OptionName = keyof OptionValues;
export type OptionValue = string | number | boolean;

export interface OptionEntry {
	/** As on screens. */
	title: string;
	/** What is counted; null: nothing is. */
	unit: string | null;
	type: 'number' | 'switch' | 'word';
	/** In Kata's files. */
	key: string;
	/** One sentence. */
	effect: string;
	/** What it costs, or what can go wrong. One sentence. */
	cost: string;
}

/** In the order of screens and help. The names are those of the flags. */
export const optionEntries: Readonly<Record<OptionName, OptionEntry>> = {
	vcpus: {
		title: 'Guest vCPUs',
		unit: 'vCPUs',
		type: 'number',
		key: 'default_vcpus',
		effect: 'How many vCPUs a guest boots with when its container has no CPU limit.',
		cost: 'A guest never has more than the host has CPUs.',
	},
	debug: {
		title: 'Debug messages',
		unit: null,
		type: 'switch',
		key: 'enable_debug',
		effect: "Hypervisor, agent and runtime write debug messages to the host's journal.",
		cost: 'Many lines for each container, which may hold what it works with.',
	},
	'shared-fs': {
		title: 'Shared file system',
		unit: null,
		type: 'word',
		key: 'shared_fs',
		effect: "How a container's files reach the guest.",
		cost: 'virtio-fs needs a virtiofsd process for each guest; inline-virtio-fs runs in the shim.',
	},
	'sandbox-cgroup-only': {
		title: 'Sandbox cgroup only',
		unit: null,
		type: 'switch',
		key: 'sandbox_cgroup_only',
		effect: "Shim and hypervisor live in the sandbox's own cgroup, so that its limits hold for all of them.",
		cost: 'Limits have to leave room for shim and hypervisor.',
	},
	'static-sizing': {
		title: 'Static resource management',
		unit: null,
		type: 'switch',
		key: 'static_sandbox_resource_mgmt',
		effect: "A VM gets its size from the containers' limits when it starts, and keeps it.",
		cost: 'Without it the VM boots at its default size and grows by hotplug, which not every pair can do.',
	},
	'vm-template': {
		title: 'VM templating',
		unit: null,
		type: 'switch',
		key: 'enable_template',
		effect:
			'VMs start as copies of a template, and share its memory read-only: faster, and smaller when there are many.',
		cost: 'Guests that share memory can learn of each other through side channels.',
	},
	hugepages: {
		title: 'Huge pages',
		unit: null,
		type: 'switch',
		key: 'enable_hugepages',
		effect: "A guest's memory is made of huge pages, all of it taken when the VM starts.",
		cost: 'The host must have reserved enough of them; no guest starts without.',
	},
	rootless: {
		title: 'Rootless hypervisor',
		unit: null,
		type: 'switch',
		key: 'rootless',
		effect: 'The hypervisor runs as a user of its own without root rights.',
		cost: 'Block devices and VFIO devices cannot be given to the guest.',
	},
};

export const optionNames = Object.keys(optionEntries) as OptionName[];

/** The tables of a pair's configuration that an option is set in; empty: the pair has no such option. */
export function tablesFor(pair: Pair, name: OptionName): string[] {
	const {key} = optionEntries[name];
	const {section} = pairEntry(pair);
	const own = `hypervisor.${section}`;
	const candidates: Record<OptionName, string[]> = {
		vcpus: [own],
		debug: [own, 'agent.kata', 'runtime'],
		'shared-fs': [own],
		'sandbox-cgroup-only': ['runtime'],
		'static-sizing': ['runtime'],
		'vm-template': [pair.runtime === 'rust' ? `${own}.factory` : 'factory'],
		hugepages: [own],
		rootless: [own],
	};
	return candidates[name].filter(table => knowsOption(pair, table, key));
}

/** What Kata ships for a pair on a machine (`uname -m`); null where it has no such option or no such file. */
export function optionDefault(pair: Pair, machine: string, name: OptionName): OptionValue | null {
	const [table] = tablesFor(pair, name);
	return table === undefined ? null : packagedValue(pair, machine, table, optionEntries[name].key);
}

/**
 * Why an option cannot have a value here, as a clause; null: it can.
 * @param guestMiB the memory that a guest boots with; absent: what fits here
 */
export function optionRefusal(
	pair: Pair,
	facts: Facts,
	name: OptionName,
	value: OptionValue,
	guestMiB: number = fittingGuestMemory(facts, pair).mib,
): string | null {
	if (tablesFor(pair, name).length === 0) return `there is no option ${optionEntries[name].key} in its configuration`;
	// What is so anyway needs no reason.
	if (value === optionDefault(pair, facts.machine, name)) return null;
	return refusalOf(pair, facts, name, value, guestMiB);
}
