/** The way back where containerd moved since the edit: other programs, another socket, another unit or version. */
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {ContainerdConfigArguments} from '../../src/plan/plan.ts';
import {containerdConfigStep as step} from '../../src/steps/containerd-config.ts';
import {type FakeContainerd, goodRows} from '../engines/fake-containerd.ts';
import {refusalOf} from '../support/refusal.ts';
import {watchedContext} from '../support/throwaway.ts';
import {applyTo, handlersLoadedIn, main, plannedFor, playedContainerd, restartsOf} from './played-containerd.ts';

const context = watchedContext();
let fake: FakeContainerd;
beforeEach(async () => {
	fake = await playedContainerd();
});
afterEach(() => fake.dispose());

const planned = (): Promise<ContainerdConfigArguments> => plannedFor(fake);
const handlersLoaded = (): string[] => handlersLoadedIn(fake);
const restarts = (): number => restartsOf(fake);
const apply = (args: ContainerdConfigArguments) => applyTo(fake, args, context);

describe('undoing the edit of a containerd that is elsewhere by now', () => {
	/** Nothing waits for real: ninety seconds pass at once. */
	let host: FakeContainerd['host'];
	let clock: number;
	beforeEach(() => {
		clock = 0;
		host = {
			...fake.host,
			now: () => clock,
			sleep: async ms => {
				clock += ms;
			},
		};
	});

	/** The distribution's package in the place of a tarball of /usr/local, as the next start has it. */
	async function movePrograms(): Promise<void> {
		for (const name of ['containerd', 'ctr']) await fake.host.files.remove(`/usr/local/bin/${name}`);
		await fake.host.files.remove('/proc/612/exe');
		await fake.place('/usr/bin/containerd', '');
		await fake.place('/usr/bin/ctr', '');
		await fake.place('/proc/612/exe', 'link:/usr/bin/containerd');
	}
	async function fromTarball(): Promise<void> {
		for (const name of ['containerd', 'ctr']) {
			await fake.host.files.remove(`/usr/bin/${name}`);
			await fake.place(`/usr/local/bin/${name}`, '');
		}
		await fake.host.files.remove('/proc/612/exe');
		await fake.place('/proc/612/exe', 'link:/usr/local/bin/containerd');
	}

	it('asks the programs that run now', async () => {
		await fromTarball();
		const args = await planned();
		expect(args.ctr).toBe('/usr/local/bin/ctr');
		const inverse = await apply(args);
		await movePrograms();
		expect(await step.undo(host, args, inverse, context)).toEqual([]);
		expect(clock).toBe(0);
		expect(handlersLoaded()).toEqual(['runc']);
		expect(restarts()).toBe(2);
	});

	it('asks the programs that the restart itself brings', async () => {
		await fromTarball();
		const args = await planned();
		const inverse = await apply(args);
		for (const name of ['containerd', 'ctr']) await fake.host.files.remove(`/usr/local/bin/${name}`);
		const moving: FakeContainerd['host'] = {
			...host,
			run: async (file, words, options) => {
				if (words[0] === 'restart') await movePrograms();
				return host.run(file, words, options);
			},
		};
		expect(await step.undo(moving, args, inverse, context)).toEqual([]);
		expect(handlersLoaded()).toEqual(['runc']);
	});

	it('asks on the socket that it has now', async () => {
		const args = await planned();
		const inverse = await apply(args);
		await fake.host.files.remove(args.address);
		await fake.place('/run/other.sock', '');
		await fake.place('/proc/612/cmdline', '/usr/bin/containerd\0--address\0/run/other.sock\0');
		expect(await step.undo(host, args, inverse, context)).toEqual([]);
		expect(fake.commands.at(-1)).toBe('/usr/bin/ctr --address /run/other.sock --connect-timeout 5s plugins ls');
		expect(clock).toBe(0);
	});

	it('lets the program that runs now read what remains', async () => {
		await fromTarball();
		const args = await planned();
		const inverse = await apply(args);
		await movePrograms();
		const text = (await fake.host.files.readText(main)) ?? '';
		await fake.place(main, text.replace('imports = [', 'imports = ["/etc/containerd/gone.toml", '));
		expect((await refusalOf(step.undo(host, args, inverse, context))).why).toContain('gone.toml');
		expect(restarts()).toBe(1);
	});

	it('restarts the unit that has it now', async () => {
		const args = {...(await planned()), restart: 'old.service'};
		const inverse = await apply({...args, restart: 'containerd.service'});
		expect(await step.undo(host, args, inverse, context)).toEqual([]);
		expect(restarts()).toBe(2);
	});

	it('ends with a line where it cannot be asked at all, but runs', async () => {
		const args = await planned();
		const inverse = await apply(args);
		await fake.host.files.remove('/usr/bin/ctr');
		await fake.host.files.remove('/proc/612/cmdline');
		const [left, ...others] = await step.undo(host, args, inverse, context);
		expect(left).toMatch(/^containerd.service was restarted and is active, but nothing answers on \/run.*not be told/);
		expect(others).toEqual([]);
		expect(handlersLoaded()).toEqual(['runc']);
	});

	it('fails where it cannot be asked because its unit is not active any more', async () => {
		const args = await planned();
		const inverse = await apply(args);
		await fake.host.files.remove('/usr/bin/ctr');
		fake.behaviour.unit = {ActiveState: 'activating'};
		expect((await refusalOf(step.undo(host, args, inverse, context))).message).toContain('did not answer');
	});

	it('compares its plugins with those of the same version alone', async () => {
		const args = await planned();
		const inverse = await apply(args);
		// Before 2.0 CRI is one part, and a plugin that is new with a version may fail without harm.
		const rows = [...goodRows.filter(row => !row.includes('cri.v1')), 'io.containerd.snapshotter.v1 zfs - error'];
		fake.behaviour.plugins = () => rows;
		expect(await step.undo(host, {...args, version: '1.7.24'}, inverse, context)).toEqual([]);
		for (const {path, after} of args.edits) await fake.place(path, after);
		const states = {...inverse, plugins: {...inverse.plugins, 'io.containerd.grpc.v1 cri': 'ok'}};
		fake.behaviour.plugins = dump => (dump === '' ? rows : goodRows.slice(0, 2));
		expect((await refusalOf(step.undo(host, args, states, context))).message).toContain('not all of it works');
	});
});
