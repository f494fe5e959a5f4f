import {describe, expect, it} from 'vitest';
import {faultFromEnvironment, faultyHost} from '../../src/host/fault.ts';
import type {CommandResult, Host} from '../../src/host/host.ts';
import {effectsOfStep, mayChange} from '../../src/plan/effects.ts';
import {makeStep} from '../../src/plan/make-step.ts';
import {startUnitStep} from '../../src/steps/start-unit.ts';
import {thinPoolStep} from '../../src/steps/thin-pool.ts';
import {reportOf, type Throwaway, throwaway, watchedContext} from '../support/throwaway.ts';

const args = {
	name: 'pool',
	data: {path: '/state/data', bytes: 100_000},
	metadata: {path: '/state/metadata', bytes: 5000},
	root: '/state/snapshotter',
};
const ended = {code: 0, stdout: '', stderr: '', timedOut: false, notStarted: null};

/** A host with device-mapper's devices, of which those in `busy` cannot be removed; truncate is the real one's. */
async function hostWith(devices: string[], busy: string[] = []): Promise<Throwaway & {ran: string[]; loops: string[]}> {
	const here = await throwaway();
	await here.place('/state/.keep', '');
	const ran: string[] = [];
	const loops = ['/dev/loop7'];
	const run: Host['run'] = async (file, words) => {
		const command = [file, ...words].join(' ');
		ran.push(command);
		const answer = (more: Partial<CommandResult>): CommandResult => ({command, ...ended, ...more});
		if (file === 'truncate')
			await here.place(String(words[2]).slice(here.root.length), new Uint8Array(Number(words[1])));
		if (command === 'dmsetup ls')
			return answer({
				stdout: devices.length > 0 ? devices.map(name => `${name}\t(254:0)\n`).join('') : 'No devices found\n',
			});
		if (file === 'dmsetup' && words[0] === 'remove') {
			const name = words.at(-1) ?? '';
			const inUse = busy.includes(name) || (name === 'pool' && devices.some(device => device.startsWith('pool-snap')));
			if (inUse) return answer({code: 1, stderr: `Device ${name} is busy`});
			devices.splice(devices.indexOf(name), 1);
		}
		if (file === 'losetup' && words.includes('--associated')) return answer({stdout: loops.join('\n')});
		if (file === 'losetup' && words[0] === '--detach') loops.splice(loops.indexOf(words[1] ?? ''), 1);
		return answer({});
	};
	return {...here, host: {...here.host, run}, ran, loops};
}

describe('the files of a pool', () => {
	it('are made, and go with the pool and all that is in it, the pool as the last device', async () => {
		const devices: string[] = [];
		const {host, ran, loops} = await hostWith(devices);
		const inverse = await thinPoolStep.prepare(host, args);
		await thinPoolStep.perform(host, args, watchedContext());
		await thinPoolStep.verify(host, args);
		expect(await host.files.stat('/state/data')).toMatchObject({size: 100_000, mode: 0o600});
		await host.files.makeDirectory('/state/snapshotter');
		devices.push('pool', 'pool-snap-1', 'vg-root');
		expect(await thinPoolStep.undo(host, args, inverse, watchedContext())).toEqual([]);
		expect(devices).toEqual(['vg-root']);
		expect(loops).toEqual([]);
		expect(await host.files.list('/state')).toEqual(['.keep']);
		expect(ran.at(-1)).toBe('systemctl daemon-reload');
	});

	it('stay, with what is said of it, while a container runs from the pool', async () => {
		const devices = ['pool', 'pool-snap-1'];
		const {host} = await hostWith(devices, ['pool-snap-1']);
		await thinPoolStep.perform(host, args, watchedContext());
		const report = await reportOf(thinPoolStep.undo(host, args, {made: true}, watchedContext()));
		expect(report).toMatchObject({exit: 'incomplete', why: 'Device pool-snap-1 is busy'});
		expect(report.remedy.join()).toContain('container');
		expect(await host.files.stat('/state/data')).not.toBeNull();
	});

	/** The kernel's own words of a pool whose tools cannot be started, or do not work. */
	const withoutTools = async (failing: Partial<CommandResult>, live: Record<string, string>) => {
		const made = await hostWith([]);
		await thinPoolStep.perform(made.host, args, watchedContext());
		for (const [path, text] of Object.entries(live))
			await made.place(path, text.replace('DATA', made.host.files.physical('/state/data')));
		const run: Host['run'] = async (file, words, options) => {
			const result = await made.host.run(file, words, options);
			return ['dmsetup', 'losetup'].includes(file) ? {...result, stdout: '', ...failing} : result;
		};
		return {...made.host, run};
	};
	const missing = {code: null, notStarted: 'ENOENT'};
	it.each([
		['the pool is there and no dmsetup', missing, {'/sys/class/block/dm-3/dm/name': 'pool\n'}, 'dmsetup'],
		['a snapshot is there and no dmsetup', missing, {'/sys/class/block/dm-3/dm/name': 'pool-snap-7\n'}, 'dmsetup'],
		['dmsetup fails', {code: 1, stderr: 'Incompatible'}, {'/sys/class/block/dm-3/dm/name': 'pool\n'}, 'Incompatible'],
		[
			'a loop device is there and no losetup',
			missing,
			{'/sys/class/block/loop7/loop/backing_file': 'DATA\n'},
			'losetup',
		],
	])('stay where %s', async (_what, failing, live, words) => {
		const host = await withoutTools(failing, live);
		const report = await reportOf(thinPoolStep.undo(host, args, {made: true}, watchedContext()));
		expect(report).toMatchObject({exit: 'incomplete', why: expect.stringContaining(words)});
		expect(report.remedy.join()).toContain('run the same command again');
		expect(await host.files.list('/state')).toEqual(['.keep', 'data', 'metadata']);
	});

	it('go where the tools are not there, and no device of ours is', async () => {
		const others = {'/sys/class/block/dm-0/dm/name': 'pool-of-another\n', '/sys/class/block/loop0/size': '0\n'};
		const host = await withoutTools(missing, others);
		expect(await thinPoolStep.undo(host, args, {made: true}, watchedContext())).toEqual([]);
		expect(await host.files.list('/state')).toEqual(['.keep']);
	});

	it('are not made for a device that the kernel has, where dmsetup cannot say so', async () => {
		const host = await withoutTools(missing, {'/sys/class/block/dm-3/dm/name': 'pool\n'});
		await host.files.remove('/state/data');
		await host.files.remove('/state/metadata');
		expect((await reportOf(thinPoolStep.prepare(host, args))).message).toContain('device pool already');
	});

	it.each(['/state/data', '/state/metadata', '/state/snapshotter'])('are not made over %s', async path => {
		const {host, place} = await hostWith([]);
		await place(path, 'somebody’s');
		expect((await reportOf(thinPoolStep.prepare(host, args))).message).toContain(`${path} is there already`);
	});

	it('are not made for a device that somebody has already', async () => {
		const {host} = await hostWith(['pool']);
		expect((await reportOf(thinPoolStep.prepare(host, args))).message).toContain('device pool already');
	});

	it('are gone again after any call of their making failed, and ask nothing of the host that is not declared', async () => {
		const effects = {
			paths: [],
			trees: [],
			programs: [],
			connections: [],
			...effectsOfStep(makeStep('thin-pool', args, {of: 'x', title: 'x', why: 'x', undo: null})),
		};
		for (let number = 1; ; number += 1) {
			const {host} = await hostWith([]);
			const faulty = faultyHost(host, faultFromEnvironment(`any:${number}:EIO`));
			const failed = await thinPoolStep
				.perform(faulty.host, args, watchedContext())
				.then(() => thinPoolStep.verify(faulty.host, args))
				.then(
					() => false,
					() => true,
				);
			await thinPoolStep.undo(faulty.host, args, {made: true}, watchedContext());
			expect(await host.files.list('/state')).toEqual(['.keep']);
			for (const {call, path} of faulty.watched.calls) {
				if (call === 'run') expect(effects.programs).toContain(path);
				else if (!['stat', 'list', 'flush'].includes(call))
					expect(mayChange(effects, path), `${call} ${path}`).toBe(true);
			}
			if (!failed) {
				expect(number).toBeGreaterThan(4);
				break;
			}
		}
	});
});

describe('a unit of ours', () => {
	const unit = 'x.service';
	const systemd = async (states: string[], started: Partial<CommandResult> = {}) => {
		const here = await throwaway();
		const ran: string[] = [];
		const run: Host['run'] = async (file, words) => {
			const command = [file, ...words].join(' ');
			ran.push(command);
			const answer: CommandResult = {command, ...ended};
			if (words[0] === 'show')
				return {...answer, stdout: `ActiveState=${states.length > 1 ? states.shift() : states[0]}\n`};
			if (file === 'journalctl') return {...answer, stdout: 'losetup: no such file\n'};
			return words[0] === 'start' ? {...answer, ...started} : answer;
		};
		return {host: {...here.host, run}, ran};
	};

	it('is started once systemd has read it, and stopped again', async () => {
		const {host, ran} = await systemd(['inactive', 'active']);
		const inverse = await startUnitStep.prepare(host, {unit});
		await startUnitStep.perform(host, {unit}, watchedContext());
		await startUnitStep.verify(host, {unit});
		await startUnitStep.undo(host, {unit}, inverse, watchedContext());
		expect(ran.filter(command => !command.includes('show'))).toEqual([
			'systemctl daemon-reload',
			`systemctl start ${unit}`,
			`systemctl stop ${unit}`,
			`systemctl reset-failed ${unit}`,
		]);
	});

	it('that does not start says why in its own words', async () => {
		const {host} = await systemd(['failed'], {code: 1, stderr: 'Job for x.service failed.'});
		const report = await reportOf(startUnitStep.perform(host, {unit}, watchedContext()));
		expect(report).toMatchObject({
			exit: 'undone',
			why: 'Job for x.service failed.',
			evidence: ['losetup: no such file'],
		});
		expect((await reportOf(startUnitStep.verify(host, {unit}))).why).toContain('failed');
	});

	it('that was active before is left running', async () => {
		const {host, ran} = await systemd(['active']);
		await startUnitStep.undo(host, {unit}, await startUnitStep.prepare(host, {unit}), watchedContext());
		expect(ran.join()).not.toContain('stop');
	});
});
