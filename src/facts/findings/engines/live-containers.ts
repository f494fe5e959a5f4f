/** Containers that run now, and what the restart of containerd would do to them. */
import {sparesShims} from '../../../engines/containerd-daemon.ts';
import {finding, type Judgement} from '../judgement.ts';
import {containersOf, plainContainerd} from './engine-words.ts';

export const judgeLiveContainers: Judgement = facts => {
	const containerd = plainContainerd(facts);
	if (!containerd) return [];
	const {containers, restart, unit, address} = containerd;
	const counts = Object.entries(containers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
	const total = counts.reduce((sum, [, count]) => sum + count, 0);
	const ends = hazards(unit, restart ?? null);
	// Nothing runs, or nobody knows and nothing would end it.
	if (total === 0 && (containers || ends.length === 0)) return [];
	const number = containers ? containersOf(total) : 'containers, if any run,';
	const base = {
		id: 'live-containers',
		label: 'Containers',
		sources: [
			...(containers ? [`ctr --address ${address} tasks ls`] : []),
			...(unit ? [`systemctl show ${unit} --property=KillMode`] : []),
		],
	};
	const byNamespace = counts.map(([name, count]) => `Namespace ${name}: ${containersOf(count)}.`);
	if (ends.length === 0)
		return [
			finding({
				...base,
				severity: 'note',
				summary: `${number} running; ${unit ? 'a restart of containerd leaves them alone' : 'containerd is not restarted'}`,
				detail: [
					...byNamespace,
					...(unit
						? [
								'They run on while containerd restarts (KillMode of its unit); open `exec`, `attach` and log streams end, and pulls in progress.',
							]
						: []),
				],
			}),
		];
	return [
		finding({
			...base,
			severity: 'warning',
			summary: `a restart of ${unit} would end ${number.replace(/,$/, '')}`,
			detail: [...byNamespace, ...ends],
			remedy: [
				'Install when they may end, or with --no-restart, and restart containerd at a better time; ctr and nerdctl need no restart.',
			],
		}),
	];
};

function hazards(unit: string | null, restart: {killMode: string; stoppedWith: string[]} | null): string[] {
	if (unit === null || restart === null) return [];
	return [
		...(sparesShims(restart.killMode)
			? []
			: [`KillMode=${restart.killMode} of ${unit} ends every process in it, shims and containers as well.`]),
		...(restart.stoppedWith.length > 0
			? [`${restart.stoppedWith.join(', ')} is stopped and started with it, and may take its containers along.`]
			: []),
	];
}
