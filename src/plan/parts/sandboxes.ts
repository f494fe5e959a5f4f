/** The sandboxes that run, and what a plan says of them while the pair in force changes. Pure. */
import type {Facts} from '../../facts/facts.ts';
import {treeNameOf} from '../../layout.ts';

/** Running sandboxes by hypervisor and tree, in words: `2 with qemu-system-x86_64 of 4.1.0-rust-…`; empty if none runs. */
export function sandboxesOf({kataProcesses = []}: Facts): string[] {
	const counts = new Map<string, number>();
	for (const {kind, program, tree} of kataProcesses) {
		if (kind !== 'hypervisor') continue;
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
