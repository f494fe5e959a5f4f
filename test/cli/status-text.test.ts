import {describe, expect, it} from 'vitest';
import type {Summary} from '../../src/apply/summary.ts';
import {statusLines} from '../../src/cli/status-text.ts';
import type {ErrorReport} from '../../src/errors.ts';
import type {DriftFacts} from '../../src/facts/facts.ts';
import {takeLock} from '../../src/host/lock.ts';
import {sampleChoice} from '../support/facts.ts';
import {probedHost} from '../support/probed-host.ts';

const tree = '/opt/kata-setup/trees/4.1.0-rust-3dc6b69c4acb';
const installed = (changes: Partial<NonNullable<Summary['installation']>> = {}): Summary => ({
	schema: 1,
	installation: {
		version: '4.1.0',
		runtime: 'rust',
		hypervisor: 'cloud-hypervisor',
		tree,
		handler: 'kata',
		unfinishedRun: null,
		sequence: 31,
		...changes,
	},
	lastRun: {run: 'r1', verb: 'install', at: '2026-11-23T08:00:00.000Z', outcome: 'done', error: null},
	sequence: 31,
});
const links = {
	[`${tree}/`]: '',
	'/opt/kata': 'link:kata-setup/trees/4.1.0-rust-3dc6b69c4acb',
	'/etc/kata-containers/kata-setup/active': 'link:rust-cloud-hypervisor',
};

const error: ErrorReport = {exit: 'release', message: 'The archive is broken.', why: null, remedy: [], evidence: []};

describe('the text of status', () => {
	it('says what is installed, where, and how the last run ended', async () => {
		expect(await statusLines(await probedHost({files: links}), installed())).toEqual([
			'Kata        4.1.0',
			'Runtime     rust',
			'Hypervisor  Cloud Hypervisor',
			`Tree        ${tree}`,
			'Active      rust-cloud-hypervisor',
			'Handler     kata',
			'Last run    install, 2026-11-23 08:00 UTC: done',
		]);
	});

	it('says when it was proven, what can be gone back to, and what is kept for it', async () => {
		const older = '/opt/kata-setup/trees/4.0.0-go-0123456789ab';
		const archives = [{name: 'a', sha256: null}];
		const summary = installed({
			proof: {at: '2026-11-24T08:00:00.000Z', outcome: 'vm', sentence: 'It ran in a VM.'},
			previous: sampleChoice({runtime: 'go'}),
			trees: [
				{path: tree, version: '4.1.0', runtime: 'rust', archives},
				{path: older, version: '4.0.0', runtime: 'go', archives},
			],
		});
		const lines = await statusLines(await probedHost({files: links}), summary);
		expect(lines).toContain('Last proof  2026-11-24 08:00 UTC: It ran in a VM.');
		expect(lines).toContain('Before      4.1.0, go, QEMU: kata-setup rollback');
		expect(lines.filter(line => line.startsWith('Kept'))).toEqual([`Kept        ${older}`]);
	});

	it('names what takes it away without npm, and says so where that is gone', async () => {
		const script = '/opt/kata-setup/uninstall';
		const summary = installed({keptProgram: '0.1.0'});
		const there = await statusLines(await probedHost({files: {...links, [script]: '#!/bin/sh\n'}}), summary);
		expect(there).toContain(`To remove   ${script}`);
		const gone = await statusLines(await probedHost({files: links}), summary);
		expect(gone).toContain(`To remove   kata-setup uninstall (${script} is gone)`);
	});

	it('says that nothing is installed', async () => {
		const nothing: Summary = {schema: 1, installation: null, lastRun: null, sequence: 0};
		expect(await statusLines(await probedHost({}), nothing)).toEqual([
			'Kata is not installed by kata-setup on this host.',
		]);
	});

	it('says how the last run ended where nothing is installed, and why', async () => {
		const lastRun = {run: 'r1', verb: 'install', at: '2026-11-23T08:00:00.000Z', outcome: 'undone', error} as const;
		expect(await statusLines(await probedHost({}), {schema: 1, installation: null, lastRun, sequence: 0})).toEqual([
			'Kata is not installed by kata-setup on this host.',
			'Last run    install, 2026-11-23 08:00 UTC: failed, all of it taken back. The archive is broken.',
		]);
	});

	it('says what a fix left without an installation', async () => {
		const fixed: Summary = {schema: 1, installation: null, lastRun: null, sequence: 8};
		const [, line] = await statusLines(await probedHost({}), fixed);
		expect(line).toContain('/etc/modules-load.d/kata-setup.conf');
		expect(line).toContain('kata-setup uninstall');
	});

	it('names what changed behind our back, what could not be judged, and what is the person’s own', async () => {
		const drift: DriftFacts = {
			depth: 'quick',
			items: [
				{path: '/opt/kata', kind: 'target', expected: 'kata-setup/trees/x', found: '/srv/kata'},
				{path: `${tree}/VERSION`, kind: 'missing', expected: 'file', found: 'absent', tree},
			],
			unjudged: [{path: '/etc/secret', why: 'only root may read it'}],
			theirs: ['/etc/kata-containers/kata-setup/rust-qemu/config.d/50-mine.toml'],
		};
		const lines = await statusLines(await probedHost({files: links}), installed(), {drift});
		expect(lines.slice(-5)).toEqual([
			'Drift       2 things of kata-setup changed behind its back; make it right with: kata-setup repair',
			'            /opt/kata points at /srv/kata, not kata-setup/trees/x',
			`            ${tree}/VERSION is gone`,
			'Not judged  /etc/secret: only root may read it',
			'Yours       /etc/kata-containers/kata-setup/rust-qemu/config.d/50-mine.toml was changed since it was written for you; it stays',
		]);
	});

	it('says that nothing drifted only where all was judged, and nothing where it could not be read', async () => {
		const host = await probedHost({files: links});
		const none: DriftFacts = {depth: 'quick', items: [], unjudged: [], theirs: []};
		const last = async (look: Parameters<typeof statusLines>[2]) => (await statusLines(host, installed(), look)).at(-1);
		expect(await last({drift: none})).toBe('Drift       none: all of it is as it was left');
		const unjudged = [{path: '/x', why: 'y'}];
		expect((await statusLines(host, installed(), {drift: {...none, unjudged}})).slice(-2)).toEqual([
			'Drift       none was found',
			'Not judged  /x: y',
		]);
		expect(await last({drift: null, driftUnread: 'It did not end within 10 s.'})).toBe(
			'Drift       could not be read: It did not end within 10 s.',
		);
	});

	it('takes another Kata at the link for no change where ours is beside it', async () => {
		const files = {...links, '/opt/kata': 'link:other'};
		const lines = await statusLines(await probedHost({files}), installed({choice: sampleChoice({beside: true})}));
		expect(lines).toContain(`Tree        ${tree}`);
		expect(lines).toContain('Beside      /opt/kata is not ours and stays as it is');
	});

	it('tells of every way in which a run can end, and why it failed', async () => {
		const lastOf = async (lastRun: Partial<NonNullable<Summary['lastRun']>>): Promise<string> => {
			const summary = installed();
			const lines = await statusLines(await probedHost({files: links}), {
				...summary,
				lastRun: {...(summary.lastRun as NonNullable<Summary['lastRun']>), ...lastRun},
			});
			return lines.find(line => line.startsWith('Last run')) ?? '';
		};
		const at = '2026-11-23 08:00 UTC';
		expect(await lastOf({verb: 'upgrade', outcome: 'undone', error: error})).toBe(
			`Last run    upgrade, ${at}: failed, all of it taken back. The archive is broken.`,
		);
		expect(await lastOf({outcome: 'undone', error: {...error, exit: 'interrupted'}})).toBe(
			`Last run    install, ${at}: cancelled, all of it taken back`,
		);
		expect(await lastOf({verb: 'switch', outcome: 'stopped'})).toContain('stopped before its end');
		expect(await lastOf({verb: 'rollback', outcome: 'incomplete', error: error})).toContain(
			'not all of it taken back. The archive',
		);
		expect(await lastOf({verb: 'uninstall', outcome: 'incomplete', error})).toBe(
			`Last run    uninstall, ${at}: not finished. The archive is broken.`,
		);
		expect(await lastOf({verb: 'test', outcome: 'unproven'})).toContain('test, 2026-11-23 08:00 UTC: done, but');
	});

	it('names a run that was not finished, and a run that goes on', async () => {
		const host = await probedHost({files: {...links, '/run/': ''}});
		const unfinished = installed({unfinishedRun: 'r2', handler: null});
		const lines = await statusLines(host, unfinished);
		expect(lines).toContain('Handler     none registered');
		const ways = 'To do the rest: kata-setup finish. To take it back: kata-setup undo';
		expect(lines.at(-1)).toBe(`The run r2 was not finished. ${ways}`);
		const uninstall = {run: 'r2', verb: 'uninstall', begun: '2026-11-23T09:00:00.000Z', by: 'ops'} as const;
		expect((await statusLines(host, installed({unfinishedRun: 'r2', unfinished: uninstall}))).at(-1)).toBe(
			'The uninstall that ops began on 2026-11-23 09:00 UTC was not finished. To do the rest: kata-setup finish',
		);
		const release = await takeLock(host, {run: 'r3', verb: 'uninstall', by: 'ops'});
		const [first, ...rest] = await statusLines(host, unfinished);
		await release();
		expect(first).toMatch(/^At work now: .*uninstall.* of ops .*kata-setup attach$/);
		expect(rest.join('\n')).not.toContain('was not finished');
	});
});
