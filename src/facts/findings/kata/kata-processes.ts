/** VMs that run now: they keep the files that they were started from. */
import type {KataProcessFacts} from '../../facts.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';

const common = {id: 'kata-processes', label: 'Kata VMs'};

export const judgeKataProcesses: Judgement = facts => {
	const why = unreadWhy(facts, 'kata-processes');
	if (why) return [unreadFinding(common.id, common.label, 'What runs in Kata now', why)];
	const running = facts.kataProcesses ?? [];
	if (running.length === 0) return [];
	const deleted = running.filter(process => process.deleted === true);
	const trees = [...new Set(running.map(({tree}) => tree))];
	return [
		finding({
			...common,
			severity: deleted.length > 0 ? 'warning' : 'note',
			summary:
				deleted.length > 0
					? `${countOf(deleted)} ${verbFor(deleted)} from files that are not there any more`
					: `${countOf(running)} ${verbFor(running)} now${trees.length === 1 && trees[0] ? `, from ${trees[0]}` : ''}`,
			detail: [
				...trees.map(tree =>
					treeLine(
						tree,
						running.filter(process => process.tree === tree),
					),
				),
				deleted.length > 0
					? 'Their files were deleted or replaced while they ran. They go on as they are; what they start or look up from now on comes from elsewhere, or fails.'
					: 'Running sandboxes keep the files that they were started from, whatever is installed, switched or removed beside them.',
			],
			sources: ['/proc/PID/exe', '/proc/PID/cmdline'],
			remedy: deleted.length > 0 ? ['Start those containers again when it suits you.'] : [],
		}),
	];
};

function treeLine(tree: string | null, processes: KataProcessFacts[]): string {
	const where = tree === null ? 'Only root may see where these run from' : `From ${tree}`;
	const pids = processes.map(({pid}) => pid);
	const shown = pids.slice(0, 8).join(', ');
	return `${where}: ${countOf(processes)} (process ${shown}${pids.length > 8 ? ', …' : ''}).`;
}

const words: Record<KataProcessFacts['kind'], [one: string, many: string]> = {
	shim: ['shim', 'shims'],
	hypervisor: ['hypervisor', 'hypervisors'],
	virtiofsd: ['virtiofsd', 'virtiofsd'],
	other: ['other process', 'other processes'],
};

/** What fits after `countOf`. */
export const verbFor = ({length}: readonly KataProcessFacts[]): string => (length === 1 ? 'runs' : 'run');

/** `2 shims, 2 hypervisors, 4 virtiofsd`. */
export function countOf(processes: readonly KataProcessFacts[]): string {
	const kinds = Object.keys(words) as KataProcessFacts['kind'][];
	return kinds
		.map(kind => ({kind, count: processes.filter(process => process.kind === kind).length}))
		.filter(({count}) => count > 0)
		.map(({kind, count}) => `${count} ${words[kind][count === 1 ? 0 : 1]}`)
		.join(', ');
}
