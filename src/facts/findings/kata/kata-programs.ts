/** Programs of Kata that stand in more than one folder of a PATH: which of them is found. */
import {kataPrefix, ourPrefix} from '../../../layout.ts';
import type {Facts, KataProgramFacts} from '../../facts.ts';
import {finding, type Judgement, unreadWhy} from '../judgement.ts';

export const judgeKataPrograms: Judgement = facts => {
	if (unreadWhy(facts, 'kata-programs')) return [];
	const shadowing = (facts.kataPrograms ?? []).filter(program => isShadowed(program, facts));
	const [first] = shadowing;
	if (!first) return [];
	const ofDaemon = shadowing.find(({whose}) => whose === 'containerd');
	return [
		finding({
			id: 'kata-programs',
			label: 'Shims',
			severity: ofDaemon ? 'warning' : 'note',
			summary: ofDaemon
				? `containerd finds the shim ${ofDaemon.found[0]?.path} first`
				: `this shell finds ${first.found[0]?.path} first`,
			detail: [
				...shadowing.map(lineOf),
				...(ofDaemon
					? [
							'`ctr` and `nerdctl` name a shim without a path, and containerd takes the first on its own PATH. A handler that names its shim by a full path is not concerned.',
						]
					: ['What it prints of itself may be another version than the Kata that runs.']),
			],
			sources: [
				...new Set(shadowing.flatMap(({source, found}) => [sourceWords(source), ...found.map(({path}) => path)])),
			],
			remedy: ['Remove the one that is not wanted with whatever installed it, or call the other by its full path.'],
		}),
	];
};

/** Found twice; or, where a Kata of ours is installed, not found there first. */
function isShadowed({whose, found}: KataProgramFacts, {installation}: Facts): boolean {
	if (found.length > 1) return true;
	const [first] = found;
	return installation !== null && whose === 'containerd' && first !== undefined && !isOurs(first.target);
}

const isOurs = (target: string): boolean => target.startsWith(`${ourPrefix}/`) || target.startsWith(`${kataPrefix}/`);

const sourceWords = (source: string): string => (source === 'assumed' ? "systemd's default PATH" : source);

function lineOf({name, whose, found}: KataProgramFacts): string {
	const who = whose === 'containerd' ? 'containerd' : 'this shell';
	const places = found.map(({path, target}) => (target === path ? path : `${path} (a link to ${target})`));
	return `${name}, in the order in which ${who} looks: ${places.join(', ')}.`;
}
