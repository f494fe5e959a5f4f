/**
 * What the kernel is asked during each journey on a real containerd is within what the plan declares (src/plan/effects.ts).
 * The calls of our own port are test/apply/effects.test.ts; here are also those of child processes and of Node itself.
 */
// needs: engines, tracer
import {basename, join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {runFolder, stateFolder} from '../../src/layout.ts';
import {effectsOf, mayChange} from '../../src/plan/effects.ts';
import type {Rest} from '../../src/plan/finish-run.ts';
import type {Plan} from '../../src/plan/plan.ts';
import type {JourneyHost} from './support/journey-host.ts';
import {runAndKill} from './support/kill.ts';
import {
	archiveFlags,
	damage,
	loseRecord,
	makeNextArchive,
	openMiniatureHost,
	unpackByHand,
} from './support/miniature.ts';
import {type Traced, trace} from './support/trace.ts';

/** What preconditions ask, which changes nothing: src/apply/preconditions.ts. */
function asked({steps}: Plan): {programs: string[]; sockets: string[]} {
	const engines = steps
		.flatMap(({pre}) => pre)
		.flatMap(one => (one.kind === 'containerd' ? [basename(one.binary)] : []));
	return engines.length === 0
		? {programs: ['uname', 'systemctl'], sockets: []}
		: {programs: ['uname', 'systemctl', 'ctr', ...engines], sockets: ['/run/containerd/containerd.sock']};
}
const env = {PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8'};

let host: JourneyHost;
/** `before`: what is done to the host first, by somebody else. */
let journeys: {name: string; words: string[]; before?: () => Promise<void>}[];
beforeAll(async () => {
	const miniature = await openMiniatureHost();
	host = miniature.host;
	const common = ['--yes', '--no-test', ...miniature.ignored];
	const uninstall = {name: 'uninstall', words: ['uninstall', '--yes']};
	const pair = ['--runtime', 'rust', '--hypervisor', 'qemu'];
	const cutShort = async (): Promise<void> => {
		// An adopted one was given back.
		await host.run('rm', ['-rf', '/opt/kata']);
		const {killed} = await runAndKill(host, miniature.install, {place: 'record 26: after'});
		expect(killed).toBe(true);
	};
	journeys = [
		{name: 'install', words: miniature.install},
		{name: 'repair', words: ['repair', '--yes', '--no-test'], before: () => damage(host)},
		{name: 'repair of a lost record', words: ['repair', '--yes', '--no-test'], before: () => loseRecord(host)},
		{name: 'upgrade', words: ['upgrade', ...common, ...(await archiveFlags(await makeNextArchive(host.folder)))]},
		{name: 'switch', words: ['switch', 'dragonball', ...common, '--guest-memory', '1024']},
		{name: 'rollback', words: ['rollback', ...common]},
		uninstall,
		{name: 'adopt', words: ['adopt', ...pair, ...common], before: () => unpackByHand(host)},
		{...uninstall, name: 'uninstall of an adopted one'},
		{name: 'undo', words: ['undo', '--yes'], before: cutShort},
		{name: 'finish', words: ['finish', '--yes'], before: cutShort},
	];
}, 120_000);
afterAll(() => host?.close());

/** Opened to ask whether they work. */
const devices = ['/dev/null', '/dev/tty', '/dev/kvm', '/dev/net/tun'];

/** Journal, summary, lock and socket are no step's. */
const isOurState = (path: string): boolean =>
	[stateFolder, runFolder].some(folder => path === folder || path.startsWith(`${folder}/`));

/** What was done and not declared. */
function undeclared(plan: Plan, {changed, worker}: Traced): string[] {
	const effects = effectsOf(plan);
	const asking = asked(plan);
	const programs = [...effects.programs.map(program => basename(program)), ...asking.programs];
	const sockets = [...effects.connections, ...asking.sockets].map(address => `unix:${address}`);
	return [
		...changed
			.filter(path => !isOurState(path) && !devices.includes(path) && !mayChange(effects, path))
			.map(path => `changed ${path}`),
		...(worker?.executed ?? ['no worker at all'])
			.filter(program => !programs.includes(basename(program)))
			.map(program => `executed ${program}`),
		...(worker?.connected ?? []).filter(address => !sockets.includes(address)).map(address => `connected ${address}`),
	];
}

describe('the effects that a plan declares', () => {
	it('hold all that the kernel is asked for', {timeout: 300_000}, async () => {
		const program = [process.execPath, join(host.folder, 'package/bin/kata-setup.cjs')];
		for (const {name, words, before} of journeys) {
			await before?.();
			const looked = await trace(host, [...program, ...words, '--dry-run', '--json'], {env});
			expect(looked.code, looked.stderr).toBe(0);
			expect(
				looked.changed.filter(path => !devices.includes(path)),
				`${name} --dry-run`,
			).toEqual([]);
			const printed = JSON.parse(looked.stdout) as Plan | Rest;
			const plan = 'plan' in printed ? printed.plan : printed;
			const done = await trace(host, [...program, ...words], {env});
			expect(done.code, done.stdout + done.stderr).toBe(0);
			expect(undeclared(plan, done), name).toEqual([]);
			// The trace saw the work, and would have seen more of it.
			const nothing = undeclared({...plan, steps: []}, done).filter(line => line.startsWith('changed '));
			expect(nothing.length, name).toBeGreaterThan(1);
		}
	});
});
