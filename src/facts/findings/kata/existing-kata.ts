/** A Kata at the prefix that ours needs: ours, or in the way. */
import {kataPrefix} from '../../../layout.ts';
import {waysOn} from '../../../plan/ways-on.ts';
import type {Facts, KataInstallFacts, KataOwner} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {unfinishedWords} from '../../last-run.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';
import {whyNotBeside} from './beside-kata.ts';
import {countOf, verbFor} from './kata-processes.ts';
import {removalOf} from './kata-removal.ts';
import {keeping} from './ways.ts';

const common = {id: 'existing-kata', label: 'Kata'};

export const judgeExistingKata: Judgement = facts => {
	const {installation, kata, paths} = facts;
	if (installation) return [ours(installation)];
	const why = unreadWhy(facts, 'kata') ?? unreadWhy(facts, 'paths');
	if (why) return [unreadFinding(common.id, common.label, `What is at ${kataPrefix}`, why)];
	const state = paths[kataPrefix] ?? 'absent';
	const found = kata.find(({path}) => path === kataPrefix);
	if (found || state !== 'absent') return [taken(facts, found, state)];
	const summary = `no Kata is installed; ${kataPrefix} is free`;
	return [finding({...common, severity: 'ok', summary, sources: [kataPrefix]})];
};

function ours(installation: NonNullable<Facts['installation']>): Finding {
	const {version, runtime, hypervisor, variant, unfinishedRun, unfinished} = installation;
	const what = `Kata ${version}, ${variant ?? hypervisor} with ${runtime}`;
	if (unfinishedRun === null) return finding({...common, severity: 'ok', summary: `${what}, installed by kata-setup`});
	return finding({
		...common,
		severity: 'warning',
		summary: `${what}: an earlier run was not finished`,
		detail: [`${unfinishedWords(installation)} ended before its last step.`],
		remedy: waysOn(unfinished?.verb),
	});
}

function taken(facts: Facts, found: KataInstallFacts | undefined, state: string): Finding {
	const owner = found?.owner ?? 'unknown';
	const running = (facts.kataProcesses ?? []).filter(({tree}) => tree === kataPrefix);
	const {remedy, command} = removalOf(found ?? {owner, path: kataPrefix}, facts);
	return finding({
		...common,
		severity: 'blocker',
		summary: `${kataPrefix} is taken: ${found?.version ? `Kata ${found.version}` : 'something'} ${ownerWords[owner]}`,
		detail: [
			found?.evidence ?? `It is ${state.replace(/:.*/s, '')}.`,
			...(running.length > 0 ? [`In use: ${countOf(running)} ${verbFor(running)} from it now.`] : []),
			`${kataPrefix} is compiled into Kata: what is told no other path looks there, and only one Kata can have it. What kata-setup did not make, it does not touch unless you have it adopted.`,
			...(owner === 'kata-deploy' ? [whyNotBeside] : []),
		],
		sources: [kataPrefix, `${kataPrefix}/VERSION`],
		remedy: [...(running.length > 0 ? ['End the containers that run in it first.'] : []), ...remedy, ...keeping(facts)],
		command,
	});
}

const ownerWords: Record<KataOwner, string> = {
	'kata-setup': 'left by kata-setup, whose journal is gone',
	'kata-deploy': 'by kata-deploy',
	'kata-manager': 'by kata-manager',
	package: 'of a package',
	snap: 'of a snap',
	unknown: 'that kata-setup did not install',
};
