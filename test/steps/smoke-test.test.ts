/** The smoke test's step against a played ctr: what it asks for, what it concludes, and that it takes everything away. */
import {mkdtempSync, rmSync} from 'node:fs';
import * as fs from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import type {CommandOptions, CommandResult, Host} from '../../src/host/host.ts';
import {createRootedHost} from '../../src/host/rooted.ts';
import type {SmokeTestArguments} from '../../src/plan/plan.ts';
import type {SmokeVerdict} from '../../src/smoke/verdict.ts';
import {smokeTestStep as step} from '../../src/steps/smoke-test.ts';

const hostBootId = '1b4e28ba-2fa1-4d2e-883f-0016d3cca427';
const guestBootId = '9c0d9f5e-5b0a-4b8e-a1c1-6f6d3c9a7e10';
const tree = '/opt/kata-setup/trees/4.1.0-rust-x';
const address = '/run/c.sock';

const args: SmokeTestArguments = {
	pair: {runtime: 'rust', hypervisor: 'qemu'},
	ctr: '/usr/bin/ctr',
	address,
	shim: '/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2',
	configuration: '/etc/kata-containers/kata-setup/active/configuration.toml',
	tree,
	snapshotter: null,
	timeoutMs: 120_000,
};

/** How a container behaves: it answers and stays, is refused, answers in part, or takes no signal but SIGKILL. */
type Behaviour = 'vm' | 'host' | 'refused' | 'silent' | 'partial' | 'deaf';

interface Played {
	host: Host;
	commands: string[];
	/** Puts a file into its root. */
	write(path: string, text: string): Promise<void>;
	/** What containerd holds in our namespace. */
	holds: {namespace: boolean; images: Set<string>; containers: Set<string>; snapshots: Set<string>};
}

const answerLines = (bootId: string): string[] => [
	'kata-smoke=1',
	'release=6.18.35',
	'version=#1 SMP',
	'machine=x86_64',
	`boot_id=${bootId}`,
	'uptime=1.25 0.80',
	'cmdline=systemd.unit=kata-containers.target',
	'memory=MemTotal: 2036044 kB',
	'end=1',
];

async function played(
	kata: Behaviour,
	options: {runc?: Behaviour; listens?: boolean; kind?: Host['kind']; keeps?: boolean} = {},
): Promise<Played> {
	const root = mkdtempSync(join(tmpdir(), 'ks-'));
	onTestFinished(() => rmSync(root, {recursive: true}));
	const write = async (path: string, text: string): Promise<void> => {
		await fs.mkdir(join(root, path, '..'), {recursive: true});
		await fs.writeFile(join(root, path), text);
	};
	await write('/proc/sys/kernel/random/boot_id', `${hostBootId}\n`);
	await write(`${tree}/VERSION`, '4.1.0\n');
	await fs.mkdir(join(root, 'run'));
	if (options.listens !== false) {
		const server = createServer();
		await new Promise<void>(resolve => server.listen(join(root, address), resolve));
		onTestFinished(() => new Promise<void>(resolve => server.close(() => resolve())));
	}

	const commands: string[] = [];
	const holds: Played['holds'] = {namespace: false, images: new Set(), containers: new Set(), snapshots: new Set()};
	const running = new Map<string, {end: (result: Partial<CommandResult>) => void; behaviour: Behaviour}>();
	const ended = (command: string, parts: Partial<CommandResult> = {}): CommandResult => ({
		command,
		code: 0,
		stdout: '',
		stderr: '',
		timedOut: false,
		notStarted: null,
		...parts,
	});
	const lines = (names: Iterable<string>): Partial<CommandResult> => ({stdout: [...names].map(n => `${n}\n`).join('')});
	const notFound = {code: 1, stderr: 'ctr: not found'};
	const gone = (set: Set<string>, name: string): Partial<CommandResult> => (set.delete(name) ? {} : notFound);

	async function runContainer(words: string[], {onLine, signal}: CommandOptions): Promise<Partial<CommandResult>> {
		const id = words.at(-1) ?? '';
		const isKata = words.includes(args.shim);
		const behaviour = isKata ? kata : (options.runc ?? 'host');
		holds.containers.add(id);
		holds.snapshots.add(id);
		if (behaviour === 'refused')
			return {code: 1, stderr: 'ctr: failed to create shim task: Could not access KVM kernel module: No such file\n'};
		const end = new Promise<Partial<CommandResult>>(resolve => {
			running.set(id, {end: resolve, behaviour});
			signal?.addEventListener('abort', () => resolve({code: null}));
		});
		if (behaviour === 'silent') return {code: null, timedOut: true};
		if (isKata && behaviour !== 'host') {
			const executable = `${tree}/bin/qemu-system-x86_64`;
			await write('/proc/4711/cmdline', [executable, '-name', `sandbox-${id}`, ''].join('\0'));
			await fs.symlink(executable, join(root, 'proc/4711/exe'));
		}
		const text = answerLines(isKata && behaviour !== 'host' ? guestBootId : hostBootId);
		if (behaviour === 'partial') {
			for (const line of text.slice(0, 3)) onLine?.(line);
			return {code: 137};
		}
		for (const line of text) onLine?.(line);
		return end;
	}

	async function kill(signal: string, id: string): Promise<Partial<CommandResult>> {
		const task = running.get(id);
		if (!task) return notFound;
		if (task.behaviour === 'deaf' && signal !== 'SIGKILL') return {};
		running.delete(id);
		await fs.rm(join(root, 'proc/4711'), {recursive: true, force: true});
		task.end({code: signal === 'SIGKILL' ? 137 : 0});
		return {};
	}

	async function ctr(words: string[], commandOptions: CommandOptions): Promise<Partial<CommandResult>> {
		const [noun = '', verb = ''] = words;
		const last = words.at(-1) ?? '';
		if (noun === 'run') return runContainer(words, commandOptions);
		if (noun === 'namespaces' && verb === 'ls') return lines(['default', ...(holds.namespace ? ['kata-setup'] : [])]);
		if (noun === 'namespaces') {
			const {images, containers, snapshots} = holds;
			if (options.keeps || images.size + containers.size + snapshots.size > 0) return {code: 1};
			holds.namespace = false;
			return {};
		}
		if (noun === 'images' && verb === 'import') {
			holds.namespace = true;
			holds.images.add('localhost/kata-setup-smoke:1');
			return {};
		}
		if (noun === 'images') return verb === 'ls' ? lines(holds.images) : gone(holds.images, last);
		if (noun === 'tasks' && verb === 'kill') return kill(words[3] ?? '', last);
		if (noun === 'tasks') return verb === 'ls' ? lines(running.keys()) : notFound;
		if (noun === 'containers') return verb === 'ls' ? lines(holds.containers) : gone(holds.containers, last);
		if (noun === 'snapshots')
			return words.includes('ls')
				? {stdout: `KEY PARENT KIND\n${[...holds.snapshots].map(name => `${name} sha256:x Active\n`).join('')}`}
				: gone(holds.snapshots, last);
		throw new Error(`ctr ${words.join(' ')} is not played`);
	}

	let now = 0;
	const rooted = createRootedHost({
		root,
		kind: options.kind ?? 'real',
		now: () => now,
		run: async (file, all, commandOptions = {}) => {
			const command = [file, ...all].join(' ');
			commands.push(command);
			if (file === 'kill') await fs.rm(join(root, 'proc', all[1] ?? ''), {recursive: true});
			if (file === 'kill') return ended(command);
			if (file === 'uname') return ended(command, {stdout: 'x86_64\n'});
			if (file === 'journalctl') return ended(command, {stdout: 'level=info msg="hello"\nlevel=error msg="no luck"\n'});
			expect(command).toContain(`${args.ctr} --address ${address} --namespace kata-setup --connect-timeout `);
			expect(commandOptions.timeoutMs).toBeGreaterThan(0);
			expect(commandOptions.env).toMatchObject({CONTAINERD_SNAPSHOTTER: ''});
			return ended(command, await ctr([...all].slice(6), commandOptions));
		},
	});
	const sleep = async (ms: number): Promise<void> => {
		now += ms;
		await new Promise(resolve => setImmediate(resolve));
	};
	return {host: {...rooted, sleep}, commands, write, holds};
}

async function verdictOf({host}: Played, changes: Partial<SmokeTestArguments> = {}, signal?: AbortSignal) {
	const verdicts: SmokeVerdict[] = [];
	const all = {...args, ...changes};
	await step.prepare(host, all);
	await step.perform(host, all, {
		signal: signal ?? new AbortController().signal,
		progress: () => {},
		log: () => {},
		verdict: verdict => verdicts.push(verdict),
	});
	await step.verify(host, all);
	expect(verdicts).toHaveLength(1);
	return verdicts[0] as SmokeVerdict;
}

const nothing = {namespace: false, images: new Set(), containers: new Set(), snapshots: new Set()};

describe('the smoke test', () => {
	it('runs the image through the shim with its configuration, and under runc; both are gone afterwards', async () => {
		const ctr = await played('vm');
		const verdict = await verdictOf(ctr);
		expect(verdict).toMatchObject({outcome: 'vm', control: {outcome: 'told-apart'}});
		const runs = ctr.commands.filter(command => command.includes(' run ')).map(command => command.split(' run ')[1]);
		expect(runs[0]).toMatch(
			new RegExp(
				`^--runtime ${args.shim} --runtime-config-path ${args.configuration} localhost/kata-setup-smoke:1 kata-setup-smoke-[0-9a-f]{12}$`,
			),
		);
		expect(runs[1]).toMatch(
			/^--runtime io\.containerd\.runc\.v2 localhost\/kata-setup-smoke:1 kata-setup-smoke-[0-9a-f]{12}$/,
		);
		expect(ctr.commands.find(command => command.includes(' import '))).toMatch(/kata-setup-smoke-x86_64\.tar$/);
		expect(ctr.holds).toEqual(nothing);
	});

	it('takes another id each time', async () => {
		const ctr = await played('vm');
		await verdictOf(ctr);
		await verdictOf(ctr);
		const ids = ctr.commands.filter(command => command.includes(' run ')).map(command => command.split(' ').at(-1));
		expect(new Set(ids).size).toBe(4);
	});

	it('gives the snapshotter to the run and to what removes it, never to the import', async () => {
		const ctr = await played('vm');
		await verdictOf(ctr, {snapshotter: 'blockfile'});
		const withIt = ctr.commands.filter(command => command.includes('--snapshotter blockfile'));
		expect(withIt.filter(command => command.includes(' run '))).toHaveLength(1);
		expect(withIt.some(command => command.includes('snapshots --snapshotter blockfile rm kata-setup-smoke-'))).toBe(
			true,
		);
		expect(withIt.some(command => command.includes('import'))).toBe(false);
	});

	it('sees a container on the host’s kernel', async () => {
		expect(await verdictOf(await played('host'))).toMatchObject({outcome: 'no-vm'});
	});

	it('tells why there was no container, with the engine’s words and the journal’s', async () => {
		const ctr = await played('refused');
		const verdict = await verdictOf(ctr);
		expect(verdict).toMatchObject({outcome: 'failed', control: {outcome: 'told-apart'}});
		expect(verdict.cause).toContain('no /dev/kvm');
		expect(verdict.log).toEqual([
			'ctr: failed to create shim task: Could not access KVM kernel module: No such file',
			'level=error msg="no luck"',
		]);
		expect(ctr.holds).toEqual(nothing);
	});

	it('tells of a time-out, and of an answer in part', async () => {
		expect((await verdictOf(await played('silent'))).sentence).toBe('The container did not answer within 120 s.');
		const partial = await verdictOf(await played('partial'));
		expect(partial.sentence).toBe('The container ran, but its answer is not complete.');
		expect(partial.log).toContain('kata-smoke=1');
	});

	it('kills a container that does not end, and says so', async () => {
		const ctr = await played('deaf');
		const verdict = await verdictOf(ctr);
		expect(verdict.outcome).toBe('vm');
		expect(verdict.evidence).toContainEqual(expect.objectContaining({label: 'end', proves: null}));
		expect(ctr.holds).toEqual(nothing);
	});

	it('says when runc could not be run, and stands without it', async () => {
		const verdict = await verdictOf(await played('vm', {runc: 'refused'}));
		expect(verdict).toMatchObject({outcome: 'vm', control: {outcome: 'not-run'}});
		expect(verdict.control.detail).toContain('failed to create shim task');
	});

	it('says what stays behind', async () => {
		const verdict = await verdictOf(await played('vm', {keeps: true}));
		expect(verdict.outcome).toBe('vm');
		expect(verdict.evidence).toContainEqual(
			expect.objectContaining({label: 'left behind', found: expect.stringContaining('could not be removed')}),
		);
	});

	it('asks nothing of a containerd without a socket', async () => {
		const ctr = await played('vm', {listens: false});
		const verdict = await verdictOf(ctr);
		expect(verdict).toMatchObject({outcome: 'failed', cause: `There is no socket at ${address}.`});
		expect(ctr.commands).toEqual([]);
	});

	it('is no verdict when it is cancelled, and takes everything away', async () => {
		const ctr = await played('deaf');
		const cancel = new AbortController();
		const cancelled = verdictOf(ctr, {}, cancel.signal);
		cancel.abort();
		await expect(cancelled).rejects.toThrow();
		expect(ctr.holds).toEqual(nothing);
	});

	it('runs nothing and claims nothing in a rehearsal', async () => {
		const ctr = await played('vm', {kind: 'rehearsal'});
		const verdict = await verdictOf(ctr);
		expect(verdict).toMatchObject({outcome: 'rehearsed', evidence: [], startMs: null, control: {outcome: 'not-run'}});
		expect(verdict.sentence).toContain('nothing was proven');
		expect(ctr.commands).toEqual([]);
	});
});

describe('undoing it', () => {
	const context = {signal: new AbortController().signal, progress: () => {}, log: () => {}, verdict: () => {}};
	const undo = async ({host}: Played): Promise<string[]> =>
		step.undo(host, args, await step.prepare(host, args), context);

	it('takes away what a killed test left, and nothing that is not ours', async () => {
		const ctr = await played('vm');
		ctr.holds.namespace = true;
		for (const set of [ctr.holds.containers, ctr.holds.snapshots]) {
			set.add('kata-setup-smoke-0123456789ab');
			set.add('somebody');
		}
		// A snapshot whose container is gone already.
		ctr.holds.snapshots.add('kata-setup-smoke-ba9876543210');
		ctr.holds.images.add('localhost/kata-setup-smoke:1');
		expect(await undo(ctr)).toEqual([
			'The containerd namespace kata-setup could not be removed: it holds containers and snapshots.',
		]);
		expect(ctr.holds).toEqual({
			namespace: true,
			images: new Set(),
			containers: new Set(['somebody']),
			snapshots: new Set(['somebody']),
		});
		ctr.holds.containers.clear();
		ctr.holds.snapshots.clear();
		expect(await undo(ctr)).toEqual([]);
		expect(ctr.holds).toEqual(nothing);
	});

	it('changes nothing where there is nothing', async () => {
		const ctr = await played('vm');
		expect(await undo(ctr)).toEqual([]);
		expect(ctr.commands.filter(command => / (rm|kill) /.test(command))).toEqual([]);
	});

	it('ends processes of a sandbox that containerd has lost, and no others', async () => {
		const ctr = await played('vm', {listens: false});
		const id = 'kata-setup-smoke-0123456789ab';
		const processes = {
			11: [args.shim, '-id', id],
			12: [`${tree}/bin/qemu-system-x86_64`, '-name', `sandbox-${id}`],
			13: [`${tree}/bin/qemu-system-x86_64`, '-name', 'sandbox-of-somebody'],
			14: ['vim', `${id}.txt`],
		};
		for (const [pid, argv] of Object.entries(processes)) await ctr.write(`/proc/${pid}/cmdline`, argv.join('\0'));
		await undo(ctr);
		expect(ctr.commands).toEqual(['kill -KILL 11', 'kill -KILL 12']);
	});

	it('names the folders that a sandbox left', async () => {
		const ctr = await played('vm');
		await ctr.write('/run/kata/kata-setup-smoke-0123456789ab/state.json', '{}');
		await ctr.write('/run/kata/somebody/state.json', '{}');
		expect(await undo(ctr)).toEqual(['/run/kata/kata-setup-smoke-0123456789ab is left of a sandbox that is gone.']);
	});

	it('says that it could not look when containerd is gone, and does nothing in a rehearsal', async () => {
		expect(await undo(await played('vm', {listens: false}))).toEqual([expect.stringContaining('does not answer')]);
		const rehearsed = await played('vm', {kind: 'rehearsal'});
		expect(await undo(rehearsed)).toEqual([]);
		expect(rehearsed.commands).toEqual([]);
	});
});
