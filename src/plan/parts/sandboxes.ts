/** The sandboxes that run, and what a plan says of them. Pure. */
import {KataSetupError} from '../../errors.ts';
import type {Facts} from '../../facts/facts.ts';
import type {KataProcessFacts} from '../../facts/kata-facts.ts';
import {containerdNamespace, treeNameOf} from '../../layout.ts';
import {idPrefix} from '../../smoke/container.ts';
import type {Precondition, Step} from '../plan.ts';

/** A sandbox that runs: its processes taken together. */
export interface Sandbox {
	/** Which is its first container's; null: no command line tells it. */
	id: string | null;
	/** The process that holds the VM, or, where there is none (any more), the shim. */
	pid: number;
	/** The hypervisor's program, `dragonball` where the shim is the VMM, or the program of what is left of it. */
	program: string;
	/** Where its main process was started from, or of which of the asked trees any of its processes is; null: only root may see it. */
	tree: string | null;
	/** Whether a VM is known to run: there is a hypervisor, or the shim holds one. Null: only root may see it. */
	vm: boolean | null;
	/** Whether it is a smoke test of ours, which is ended by undoing that. */
	isTest: boolean;
}

/** Every sandbox of which a shim, a hypervisor or a virtiofsd runs, in the order of their processes. */
export const sandboxesIn = (processes: readonly KataProcessFacts[]): Sandbox[] => groupsOf(processes).map(sandboxOf);

function groupsOf(processes: readonly KataProcessFacts[]): KataProcessFacts[][] {
	const groups = new Map<string, KataProcessFacts[]>();
	for (const process of processes) {
		if (process.kind === 'other') continue;
		const key = process.sandbox ? `id ${process.sandbox}` : `pid ${process.pid}`;
		groups.set(key, [...(groups.get(key) ?? []), process]);
	}
	return [...groups.values()];
}

function sandboxOf(group: readonly KataProcessFacts[]): Sandbox {
	const hypervisor = group.find(({kind}) => kind === 'hypervisor');
	const shim = group.find(({kind}) => kind === 'shim');
	const main = hypervisor ?? shim ?? (group[0] as KataProcessFacts);
	const id = main.sandbox ?? null;
	return {
		id,
		pid: main.pid,
		program: !hypervisor && shim?.vm === true ? 'dragonball' : main.program,
		tree: main.tree,
		vm: hypervisor ? true : shim ? (shim.vm ?? null) : false,
		isTest: shim?.namespace === containerdNamespace || (id?.startsWith(idPrefix) ?? false),
	};
}

/** Running sandboxes by hypervisor and tree, in words: `2 with qemu-system-x86_64 of 4.1.0-rust-…`; empty if none runs. */
export function sandboxesOf({kataProcesses = []}: Pick<Facts, 'kataProcesses'>): string[] {
	const counts = new Map<string, number>();
	for (const {program, tree, vm} of sandboxesIn(kataProcesses)) {
		if (vm === false) continue;
		const name = tree === null ? program : `${program} of ${treeNameOf(tree)}`;
		counts.set(name, (counts.get(name) ?? 0) + 1);
	}
	return [...counts].map(([name, count]) => `${count} with ${name}`);
}

/** Running sandboxes keep their shim, hypervisor and tree until they end: one line names them. */
export function sandboxNotes(facts: Facts): string[] {
	const listed = sandboxesOf(facts);
	if (listed.length === 0) return [];
	return [`Sandboxes that run stay as they are until they end: ${listed.join(', ')}. New ones get the new pair.`];
}

/**
 * What runs from these trees and is in the way of removing them, with the tree of these. Any process of a sandbox counts: the
 * program of a jailed Firecracker lies in its jail, and the shim beside it in the tree.
 */
export function sandboxesFrom(processes: readonly KataProcessFacts[], trees: readonly string[]): Sandbox[] {
	return groupsOf(processes).flatMap(group => {
		const sandbox = sandboxOf(group);
		const from = [sandbox, ...group].map(({tree}) => tree).find(tree => tree !== null && trees.includes(tree));
		return sandbox.isTest || !from ? [] : [{...sandbox, tree: from}];
	});
}

/** One sandbox in words: `0a1b2c: qemu-system-x86_64 of 4.1.0-rust-…, process 12`. */
export const sandboxLine = ({id, program, tree, vm, pid}: Sandbox): string =>
	`${id ?? 'unknown id'}: ${program}${tree === null ? '' : ` of ${treeNameOf(tree)}`}, process ${pid}${vm === false ? ', without a VM' : ''}`;

/** The trees that a plan takes away, by what its steps ask. */
export const treesToGo = (preconditions: readonly Precondition[]): string[] =>
	preconditions.flatMap(asked => (asked.kind === 'no-sandboxes' ? [asked.tree] : []));

/** The refusal that names what still runs, and from which trees. */
export class SandboxesRun extends KataSetupError {
	readonly trees: readonly string[];

	constructor(running: readonly Sandbox[], trees: readonly string[]) {
		const many = running.length === 1 ? 'A sandbox still runs' : `${running.length} sandboxes still run`;
		super('sandboxes', `${many} from what would be removed; nothing was done.`, {
			why: 'Without these files it is not certain that they can go on, or be stopped by their engine.',
			remedy: [
				'End their containers with what started them: ctr, nerdctl, docker or kubectl. Then try again.',
				'Or have the same command wait until they have ended, by --wait',
			],
			evidence: running.map(sandboxLine),
		});
		this.trees = trees;
	}
}

/** What the plan of a removal says of the sandboxes that are in its way. */
export function inTheWayNotes({kataProcesses = []}: Facts, steps: readonly Step[]): string[] {
	const running = sandboxesFrom(kataProcesses, treesToGo(steps.flatMap(({pre}) => pre)));
	if (running.length === 0) return [];
	return [`Nothing is removed while sandboxes run from it: ${running.map(sandboxLine).join('; ')}.`];
}
