/**
 * The screens over fixtures, to look at them: nothing real is touched.
 *
 *     node test/screens/demo.mjs [ok|blocked|installed|unfinished|fails|unproven|unverified|settings|sandboxes] [fast]
 */
import {runWizard} from '../../screens/render.tsx';
import type {ErrorReport} from '../../src/errors.ts';
import {SandboxesRun} from '../../src/plan/parts/sandboxes.ts';
import {FakeRun, fakeSession} from './fake-session.ts';
import {blockers, facts, findings} from './fixtures.ts';
import {archive, carriedSettings, plan} from './plan-fixtures.ts';
import {failedVerdict, rehearsed, runEvents} from './run-fixtures.ts';

const scene = process.argv[2] ?? 'ok';
const run = new FakeRun();
const fast = process.argv.includes('fast');
const script = {
	fails: {failAt: 'containerd-config'},
	unproven: {verdict: failedVerdict, outcome: 'unproven' as const},
	blocked: {verdict: rehearsed},
}[scene as 'fails' | 'unproven' | 'blocked'];

/** Plays the run's events at the pace of a real one. */
async function play(): Promise<void> {
	for (const event of runEvents({progress: 40, ...script})) {
		const pause = event.event === 'step-progress' ? 250 : event.event === 'step-started' ? 150 : 20;
		await new Promise(resolve => setTimeout(resolve, fast ? pause / 10 : pause));
		run.push({...event, at: new Date().toISOString()});
	}
	run.close();
}

const unverified = {...archive, sha256: null, digestSource: 'none' as const};
const installation = {
	version: '4.1.0',
	runtime: 'rust',
	hypervisor: 'qemu',
	tree: 'kata-setup/trees/4.1.0-rust-0123456789ab',
	handler: 'kata',
	unfinishedRun: null,
	sequence: 40,
} as const;
const sandbox = {
	id: '0a1b2c3d4e5f',
	pid: 4127,
	program: 'qemu-system-x86_64',
	tree: installation.tree,
	vm: true,
	isTest: false,
};
const begun = {run: '20261120-090500', verb: 'install', begun: '2026-11-20T09:05:00.000Z', by: 'ops'} as const;
const cut = {...installation, unfinishedRun: begun.run, unfinished: begun};
const lineCut: ErrorReport = {
	exit: 'release',
	message: 'The download of the archive ended early.',
	why: 'The server closed the connection after 120 of 600 MB.',
	remedy: [],
	evidence: [],
};
const session = fakeSession({
	run,
	findings: scene === 'blocked' ? blockers : findings,
	facts:
		scene === 'installed' || scene === 'sandboxes'
			? {...facts, installation}
			: scene === 'unfinished'
				? {...facts, installation: cut}
				: facts,
	rest: {
		...begun,
		plan,
		done: plan.steps.slice(0, 2).map(({id}) => id),
		failure: {step: plan.steps[2]?.id ?? '', error: lineCut},
	},
	plan: async () => {
		await new Promise(resolve => setTimeout(resolve, 600));
		if (scene === 'sandboxes') throw new SandboxesRun([sandbox], [sandbox.tree]);
		if (scene === 'settings') return {...plan, settings: carriedSettings};
		if (scene !== 'unverified' || !plan.choice) return plan;
		return {...plan, choice: {...plan.choice, release: {...plan.choice.release, archives: [unverified]}}};
	},
	apply: async () => {
		void play();
	},
});
const result = await runWizard(session, {stdin: process.stdin, stdout: process.stdout});
process.stdout.write(`[${result.kind}, ${result.exit}]\n`);
process.exit(result.exit === 'interrupted' ? 130 : 0);
