/** What a plan says of the sandboxes that run while the pair in force changes. Pure. */
import type {Facts} from '../../facts/facts.ts';
import {treeNameOf} from '../../layout.ts';

/** Running sandboxes keep their shim, hypervisor and tree until they end: one line names them, by tree and hypervisor. */
export function sandboxNotes({kataProcesses = []}: Facts): string[] {
	const counts = new Map<string, number>();
	for (const {kind, program, tree} of kataProcesses) {
		if (kind !== 'hypervisor') continue;
		const name = tree === null ? program : `${program} of ${treeNameOf(tree)}`;
		counts.set(name, (counts.get(name) ?? 0) + 1);
	}
	if (counts.size === 0) return [];
	const listed = [...counts].map(([name, count]) => `${count} with ${name}`).join(', ');
	return [`Sandboxes that run stay as they are until they end: ${listed}. New ones get the new pair.`];
}
