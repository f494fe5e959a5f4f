import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {ContainerdConfigArguments} from '../../src/plan/plan.ts';
import {containerdConfigStep as step} from '../../src/steps/containerd-config.ts';
import type {StepContext} from '../../src/steps/step-kind.ts';
import {type FakeContainerd, goodRows} from '../engines/fake-containerd.ts';
import {refusalOf} from '../support/refusal.ts';
import {
	applyTo,
	config,
	handlersLoadedIn,
	main,
	plannedFor,
	playedContainerd,
	restartsOf,
} from './played-containerd.ts';

const dropIn = '/etc/containerd/conf.d/kata-setup.toml';

let fake: FakeContainerd;
let log: string[];
const context: StepContext = {
	signal: new AbortController().signal,
	progress: () => {},
	log: line => log.push(line),
	verdict: () => {},
};

beforeEach(async () => {
	log = [];
	fake = await playedContainerd();
});
afterEach(() => fake.dispose());

const planned = (restart?: string | null) => plannedFor(fake, restart);
const handlersLoaded = (): string[] => handlersLoadedIn(fake);
const restarts = (): number => restartsOf(fake);
const apply = (args: ContainerdConfigArguments) => applyTo(fake, args, context);

describe('registering the handler', () => {
	it('leaves the handler loaded and runc with its options, and nothing of the check behind', async () => {
		await apply(await planned());
		expect(handlersLoaded()).toEqual(['runc', 'kata']);
		expect(fake.loaded()).toContain('SystemdCgroup = true');
		expect(Object.keys(await fake.snapshot()).sort()).toEqual(
			['/etc/containerd', '/etc/containerd/conf.d', dropIn, main].sort(),
		);
		expect(restarts()).toBe(1);
	});

	it('comes back byte for byte, folder and mode included, and restarts again', async () => {
		await fake.host.files.chmod(main, 0o640);
		const before = await fake.snapshot();
		const args = await planned();
		const inverse = await apply(args);
		expect(await fake.snapshot()).not.toEqual(before);
		expect(await step.undo(fake.host, args, inverse, context)).toEqual([]);
		expect(await fake.snapshot()).toEqual(before);
		expect(handlersLoaded()).toEqual(['runc']);
		expect(restarts()).toBe(2);
	});

	it('works where there is no main file, and leaves none', async () => {
		await fake.host.files.remove(main);
		const before = await fake.snapshot();
		const args = await planned();
		const inverse = await apply(args);
		expect(handlersLoaded()).toEqual(['runc', 'kata']);
		await step.undo(fake.host, args, inverse, context);
		expect(await fake.snapshot()).toEqual(before);
	});

	it('restarts nothing if it must not, and says on the way back when that counts', async () => {
		const args = await planned(null);
		const inverse = await apply(args);
		expect(restarts()).toBe(0);
		expect(handlersLoaded()).toEqual(['runc']);
		expect(await step.undo(fake.host, args, inverse, context)).toEqual([
			'containerd forgets the handler at its next restart.',
		]);
	});
});

describe('before anything is in place', () => {
	it('refuses a result in which a setting of the user’s is lost, and names it', async () => {
		const args = await planned();
		fake.behaviour.dump = (path, real) =>
			path.includes('candidate') ? real.replace('SystemdCgroup = true', 'SystemdCgroup = false') : real;
		const before = await fake.snapshot();
		await step.prepare(fake.host, args);
		const report = await refusalOf(step.perform(fake.host, args, context));
		expect(report.evidence.join()).toContain('SystemdCgroup changes from true to false');
		delete before['/etc/containerd/conf.d'];
		const {'/etc/containerd/conf.d': _, ...after} = await fake.snapshot();
		expect(after).toEqual(before);
		expect(restarts()).toBe(0);
	});

	it('refuses a result without the handler, or without the default runtime', async () => {
		const args = await planned();
		fake.behaviour.dump = (_path, real) => real.replaceAll('runtimes.kata', 'runtimes.katla');
		expect((await refusalOf(step.perform(fake.host, args, context))).why).toContain('More than the handler');
		fake.behaviour.dump = path => (path.includes('candidate') ? config : config);
		expect((await refusalOf(step.perform(fake.host, args, context))).why).toContain('does not come back');
		fake.behaviour.dump = () =>
			config
				.replaceAll('runtimes.runc', 'runtimes.crun')
				.concat("[plugins.'io.containerd.cri.v1.runtime'.containerd]\ndefault_runtime_name = 'runc'\n");
		expect((await refusalOf(step.perform(fake.host, args, context))).why).toContain('`runc` would no longer');
	});

	it('refuses a file that imports one that is not there, which a dump does not tell', async () => {
		await fake.place(main, `imports = ["gone.toml"]\n${config}`);
		const report = await refusalOf(step.perform(fake.host, await planned(), context));
		expect(report.why).toContain('/etc/containerd/gone.toml');
		expect(restarts()).toBe(0);
	});

	it('refuses a file that was changed since the plan was made', async () => {
		const args = await planned();
		await fake.place(main, `${config}# new\n`);
		expect((await refusalOf(step.prepare(fake.host, args))).exit).toBe('changed');
	});

	it('refuses a restart that would end containers, but not one that would end none', async () => {
		const args = await planned();
		fake.behaviour.killMode = 'control-group';
		await step.prepare(fake.host, args);
		fake.behaviour.tasks = 'web\ndb\n';
		const report = await refusalOf(step.prepare(fake.host, args));
		expect(report.why).toContain('KillMode=control-group');
		expect(report.why).toContain('2 containers');
		fake.behaviour.killMode = 'process';
		await step.prepare(fake.host, args);
		fake.behaviour.unit = {RequiredBy: 'docker.service'};
		expect((await refusalOf(step.prepare(fake.host, args))).why).toContain('docker.service');
	});
});

describe('when the daemon does not like it', () => {
	it.each([
		[
			'does not start',
			(made: FakeContainerd) => {
				made.behaviour.starts = dump => !dump.includes('runtimes.kata');
			},
			'did not start again',
		],
		[
			'loses a plugin',
			(made: FakeContainerd) => {
				made.behaviour.plugins = dump =>
					dump.includes('runtimes.kata')
						? goodRows.map(row => row.replace('overlayfs linux/amd64 ok', 'overlayfs linux/amd64 error'))
						: goodRows;
			},
			'does not work after the restart',
		],
		[
			'loses CRI',
			(made: FakeContainerd) => {
				made.behaviour.plugins = dump => (dump.includes('runtimes.kata') ? goodRows.slice(0, 3) : goodRows);
			},
			'does not work after the restart',
		],
	])('says so and goes all the way back: it %s', async (_what, spoil, message) => {
		spoil(fake);
		const before = await fake.snapshot();
		const args = await planned();
		const inverse = await step.prepare(fake.host, args);
		expect((await refusalOf(step.perform(fake.host, args, context))).message).toContain(message);
		expect(await step.undo(fake.host, args, inverse, context)).toEqual([]);
		expect(await fake.snapshot()).toEqual(before);
		expect(handlersLoaded()).toEqual(['runc']);
		expect(restarts()).toBe(2);
	});
});

describe('undoing', () => {
	it('does nothing to a host on which nothing happened yet', async () => {
		const args = await planned();
		const inverse = await step.prepare(fake.host, args);
		const before = await fake.snapshot();
		expect(await step.undo(fake.host, args, inverse, context)).toEqual([]);
		expect(await fake.snapshot()).toEqual(before);
		expect(restarts()).toBe(0);
	});

	it('goes back from every state that a kill can leave', async () => {
		const before = await fake.snapshot();
		const args = await planned();
		const inverse = await step.prepare(fake.host, args);
		const [first, second] = args.edits;
		if (!first || !second) throw new Error('two edits were expected');
		await fake.place('/etc/containerd/config.toml.kata-setup-candidate', 'version = 3\n');
		await fake.place(first.path, first.after);
		await step.undo(fake.host, args, inverse, context);
		expect(await fake.snapshot()).toEqual(before);
		await fake.place(first.path, first.after);
		await fake.place(second.path, second.after);
		await step.undo(fake.host, args, inverse, context);
		expect(await fake.snapshot()).toEqual(before);
	});

	it('restarts a daemon that may have read our edit, even if the files are back already', async () => {
		const before = await fake.snapshot();
		const args = await planned();
		const inverse = await apply(args);
		for (const {path, before: text} of args.edits)
			if (text === null) await fake.host.files.remove(path);
			else await fake.host.files.write(path, text);
		await step.undo(fake.host, args, inverse, context);
		expect(restarts()).toBe(2);
		expect(handlersLoaded()).toEqual(['runc']);
		expect(await fake.snapshot()).toEqual(before);
	});

	it('keeps what others have changed since, and says so', async () => {
		const args = await planned();
		const inverse = await apply(args);
		const text = (await fake.host.files.readText(main)) ?? '';
		await fake.place(main, `${text}\n[metrics]\n  address = "127.0.0.1:1338"\n`);
		const left = await step.undo(fake.host, args, inverse, context);
		expect(left).toEqual([`${main} was changed since: kata-setup's lines are out, the rest stays.`]);
		expect(await fake.host.files.readText(main)).toBe(`${config}\n[metrics]\n  address = "127.0.0.1:1338"\n`);
		expect(await fake.host.files.stat(dropIn)).toBeNull();
	});

	it('leaves a unit stopped that somebody has stopped', async () => {
		const args = await planned();
		const inverse = await apply(args);
		fake.behaviour.unit = {ActiveState: 'inactive'};
		await step.undo(fake.host, args, inverse, context);
		expect(restarts()).toBe(1);
	});

	it('stops at a file that is no TOML any more, rather than guess', async () => {
		const args = await planned();
		const inverse = await apply(args);
		await fake.place(main, 'version = = 3\n');
		const report = await refusalOf(step.undo(fake.host, args, inverse, context));
		expect(report.exit).toBe('incomplete');
		expect(await fake.host.files.readText(main)).toBe('version = = 3\n');
	});

	it.each([
		['restarts it', 'containerd.service'],
		['leaves the restart to others', null],
	])(
		'asks containerd to read what remains, where it %s, and restarts nothing that would not start',
		async (_, restart) => {
			const args = await planned(restart);
			const inverse = await apply(args);
			const begun = restarts();
			const text = (await fake.host.files.readText(main)) ?? '';
			await fake.place(main, text.replace('imports = [', 'imports = ["/etc/containerd/gone.toml", '));
			const report = await refusalOf(step.undo(fake.host, args, inverse, context));
			expect(report.exit).toBe('incomplete');
			expect(report.why).toContain('/etc/containerd/gone.toml, which does not exist');
			expect(report.why).toContain('runs on as it is');
			expect(await fake.host.files.readText(main)).not.toContain('kata');
			expect(restarts()).toBe(begun);
			await fake.place(main, config);
			await step.undo(fake.host, args, inverse, context);
			if (restart) expect(handlersLoaded()).toEqual(['runc']);
		},
	);

	it('gives a repair’s file back as it was found though containerd does not read it, and restarts nothing with it', async () => {
		const args = {...(await planned()), mends: true as const};
		const broken = config.replace('version = 3', 'version = 3\nimports = ["gone.toml"]');
		await fake.place(main, broken);
		const edits = args.edits.map(edit => (edit.path === main ? {...edit, before: broken} : edit));
		const mend = {...args, edits};
		const inverse = await step.prepare(fake.host, mend);
		await step.perform(fake.host, mend, context);
		const begun = restarts();
		const left = await step.undo(fake.host, mend, inverse, context);
		expect(left.at(-1)).toContain('does not read its configuration as it was found');
		expect(await fake.host.files.readText(main)).toBe(broken);
		expect(restarts()).toBe(begun);
	});

	it('is in nobody’s way where containerd itself is gone', async () => {
		const args = await planned(null);
		const inverse = await apply(args);
		await fake.host.files.remove('/usr/bin/containerd');
		expect(await step.undo(fake.host, args, inverse, context)).toEqual([
			'containerd forgets the handler at its next restart.',
		]);
	});

	it('takes out what an earlier kata-setup had left, too', async () => {
		const before = await fake.snapshot();
		await apply(await planned());
		const args = await planned();
		expect(args.handler).toBe('kata');
		const inverse = await apply(args);
		await step.undo(fake.host, args, inverse, context);
		const {'/etc/containerd/conf.d': _, ...after} = await fake.snapshot();
		expect(after).toEqual(before);
	});
});
