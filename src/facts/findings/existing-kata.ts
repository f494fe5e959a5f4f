/** A Kata that is here already: ours, or in the way, or one that may be taken for ours. */
import {kataPrefix} from '../../layout.ts';
import type {Facts, KataInstallFacts, KataOwner} from '../facts.ts';
import type {Finding} from '../findings.ts';
import {finding, type Judgement} from './judgement.ts';

const common = {id: 'existing-kata', label: 'Kata'};

export const judgeExistingKata: Judgement = facts => {
	const others = facts.kata.filter(({path, owner}) => owner !== 'kata-setup' && path !== kataPrefix);
	return [...judgePrefix(facts), ...(others.length > 0 ? [judgeOthers(others)] : [])];
};

function judgePrefix({installation, kata, paths}: Facts): Finding[] {
	if (installation) {
		const {version, runtime, hypervisor, unfinishedRun} = installation;
		const what = `Kata ${version}, ${hypervisor} with ${runtime}`;
		return [
			unfinishedRun
				? finding({
						...common,
						severity: 'warning',
						summary: `${what}: an earlier run was not finished`,
						detail: [`The run ${unfinishedRun} ended before its last step.`],
						remedy: ['The next run of kata-setup undoes it first.'],
					})
				: finding({...common, severity: 'ok', summary: `${what}, installed by kata-setup`}),
		];
	}
	const state = paths[kataPrefix] ?? 'absent';
	const found = kata.find(({path}) => path === kataPrefix);
	if (!found && state === 'absent')
		return [finding({...common, severity: 'ok', summary: `no Kata is installed; ${kataPrefix} is free`})];
	return [
		finding({
			...common,
			severity: 'blocker',
			summary: `${kataPrefix} is taken: ${found?.version ? `Kata ${found.version}` : 'something'} ${ownerWords[found?.owner ?? 'unknown']}`,
			detail: [
				found?.evidence ?? `It is ${state.replace(/:.*/s, '')}.`,
				`${kataPrefix} is compiled into Kata, so two installations cannot share a host. What kata-setup did not make, it does not touch.`,
			],
			remedy: removal[found?.owner ?? 'unknown'],
		}),
	];
}

const ownerWords: Record<KataOwner, string> = {
	'kata-setup': 'left by kata-setup, whose journal is gone',
	'kata-deploy': 'by kata-deploy',
	'kata-manager': 'by kata-manager',
	package: 'of a package',
	snap: 'of a snap',
	unknown: 'that kata-setup did not install',
};

const moveAside = `If you are sure that nothing uses it: sudo mv ${kataPrefix} ${kataPrefix}.old`;

const removal: Record<KataOwner, string[]> = {
	'kata-setup': [moveAside],
	'kata-deploy': ['Remove it where it was installed: helm uninstall kata-deploy -n kube-system', moveAside],
	'kata-manager': [
		'kata-manager cannot remove what it installed: take its entries out of /etc/containerd/config.toml and its links out of /usr/bin.',
		moveAside,
	],
	package: ['Remove the package with the package manager.'],
	snap: ['sudo snap remove kata-containers'],
	unknown: [moveAside],
};

/** Shims elsewhere shadow ours for ctr and nerdctl; the handler is told an absolute path and is not concerned. */
function judgeOthers(others: KataInstallFacts[]): Finding {
	const [first] = others;
	return finding({
		id: 'other-kata',
		label: 'Other Kata',
		severity: 'warning',
		summary:
			others.length === 1
				? `there is another Kata at ${first?.path}`
				: `there are ${others.length} other pieces of Kata`,
		detail: [
			...others.map(({path, version, evidence}) => `${path}${version ? ` (${version})` : ''}: ${evidence}`),
			'They stay as they are. `ctr` and `nerdctl` may find them first; the handler that kata-setup registers names its own shim by its full path.',
		],
		remedy: ['Remove them with whatever installed them, if nothing needs them.'],
	});
}
