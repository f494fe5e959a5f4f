/**
 * The smoke test on every containerd that can be had here, with the stand-in release, whose shim boots a real guest or
 * fails as it is told to: what is concluded, why, and that nothing of it stays.
 */
// needs: engines, guest

import {mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi} from 'vitest';
import {createRealHost} from '../../src/host/real.ts';
import {configurationInTree, shimInTree} from '../../src/layout.ts';
import type {SmokeTestArguments} from '../../src/plan/plan.ts';
import {idPrefix, newId} from '../../src/smoke/container.ts';
import {imageArchive, smokeImage} from '../../src/smoke/image.ts';
import type {SmokeVerdict} from '../../src/smoke/verdict.ts';
import {smokeTestStep as step} from '../../src/steps/smoke-test.ts';
import {guestKernel} from './stand-in/debian.ts';
import {makeArchive} from './stand-in/release.ts';
import type {Settings} from './stand-in/shim/settings.ts';
import {type RunningContainerd, startContainerd} from './support/containerd.ts';
import {containerdEngines} from './support/engines.ts';

const host = createRealHost();
const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();

let folder: string;
let tree: string;
let configuration: string;

beforeAll(async () => {
	// Short: a socket's path below it ends at 107 bytes.
	folder = await mkdtemp(join(tmpdir(), 'smoke-'));
	const {path} = await makeArchive('rust');
	await execa('tar', ['-xf', path, '-C', folder]);
	tree = join(folder, 'opt/kata');
});
afterAll(() => rm(folder, {recursive: true, force: true}));

/** A managed copy of the packaged configuration, whose paths point into the unpacked tree. */
async function writeConfiguration(): Promise<void> {
	const packaged = join(tree, configurationInTree.rust, 'configuration-qemu-runtime-rs.toml');
	configuration = join(await mkdtemp(join(folder, 'pair-')), 'configuration.toml');
	await writeFile(configuration, (await readFile(packaged, 'utf8')).replaceAll('/opt/kata/', `${tree}/`));
}

/** Command lines of this test's sandboxes: others may run at the same time. */
async function processes(): Promise<string[]> {
	const found = [];
	for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
		const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
		if (words.includes(idPrefix) && words.includes(folder)) found.push(words);
	}
	return found;
}

describe.each(await containerdEngines())('the smoke test under containerd $version', ({binary}) => {
	let root: string;
	let containerd: RunningContainerd;

	beforeAll(async () => {
		root = await mkdtemp(join(folder, 'c-'));
		containerd = await startContainerd({
			binary,
			root,
			env: {KATA_STAND_IN_SETTINGS: join(root, 'settings.json')},
		});
	});
	afterAll(async () => {
		await containerd?.stop();
		// containerd 2.x keeps a mount of its own.
		for (const line of (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')) {
			const target = line.split(' ')[4];
			if (target?.startsWith(`${root}/`)) await execa('umount', ['-l', target]);
		}
	});
	beforeEach(async () => {
		await writeConfiguration();
		await behave({});
	});
	afterEach(async () => {
		expect(await containerd.run('namespaces', 'ls', '-q')).not.toContain('kata-setup');
		expect(await processes()).toEqual([]);
	});

	const behave = (settings: Partial<Settings>): Promise<void> =>
		writeFile(join(root, 'settings.json'), JSON.stringify({log: join(root, 'shim.log'), ...settings}));

	const argumentsOf = (changes: Partial<SmokeTestArguments> = {}): SmokeTestArguments => ({
		pair: {runtime: 'rust', hypervisor: 'qemu'},
		ctr: containerd.ctr,
		address: containerd.address,
		shim: join(tree, shimInTree.rust),
		configuration,
		tree,
		snapshotter: null,
		timeoutMs: 90_000,
		...changes,
	});

	async function verdictOf(
		changes: Partial<SmokeTestArguments> = {},
		signal = new AbortController().signal,
	): Promise<SmokeVerdict> {
		let verdict: SmokeVerdict | undefined;
		const args = argumentsOf(changes);
		await step.prepare(host, args);
		await step.perform(host, args, {
			signal,
			progress: () => {},
			log: () => {},
			verdict: given => {
				verdict = given;
			},
		});
		await step.verify(host, args);
		if (!verdict) throw new Error('no verdict was given');
		return verdict;
	}

	const proofs = ({evidence}: SmokeVerdict): Record<string, boolean | null> =>
		Object.fromEntries(evidence.map(({label, proves}) => [label, proves]));

	it('proves a VM: boot id, kernel, agent and the hypervisor of the tree; runc is told apart', async () => {
		const verdict = await verdictOf();
		const {release} = await guestKernel();
		expect(verdict.sentence).toBe(`A container ran in a VM of QEMU, on a kernel of its own (${release}).`);
		expect(verdict).toMatchObject({outcome: 'vm', cause: null, log: [], control: {outcome: 'told-apart'}});
		expect(proofs(verdict)).toEqual({
			'boot id': true,
			'hypervisor process': true,
			'guest kernel': true,
			agent: true,
			uptime: null,
			memory: null,
		});
		expect(verdict.evidence[0]?.found).toContain(`the host has ${bootId}`);
		expect(verdict.evidence[1]?.found).toContain(join(tree, 'bin/qemu-system-x86_64'));
		expect(verdict.startMs).toBeGreaterThan(500);
	});

	it('sees through a shim that runs the container without a VM', async () => {
		await behave({mode: 'no-vm'});
		const verdict = await verdictOf();
		expect(verdict).toMatchObject({outcome: 'no-vm', control: {outcome: 'told-apart'}});
		expect(verdict.sentence).toContain('there was no VM');
		expect(proofs(verdict)).toMatchObject({'boot id': false, 'hypervisor process': false});
	});

	it('does not take a hypervisor from outside of the tree', async () => {
		await behave({mode: 'wrong-vm'});
		const verdict = await verdictOf();
		expect(verdict.outcome).toBe('wrong-vm');
		expect(verdict.cause).toContain('/usr/bin/qemu-system-x86_64');
		expect(proofs(verdict)).toMatchObject({'boot id': true, 'hypervisor process': false});
	});

	it('does not take QEMU for another hypervisor', async () => {
		const verdict = await verdictOf({pair: {runtime: 'rust', hypervisor: 'cloud-hypervisor'}});
		expect(verdict.outcome).toBe('wrong-vm');
		expect(verdict.sentence).toContain('but of QEMU and not of Cloud Hypervisor');
	});

	it.each<[string, Partial<Settings>, string]>([
		['without KVM', {mode: 'fail'}, 'There is no /dev/kvm here'],
		['without vsock', {mode: 'fail', text: 'open /dev/vhost-vsock: no such device'}, 'no /dev/vhost-vsock'],
		['with unknown words', {mode: 'fail', text: 'the moon is full'}, 'does not know: the moon is full'],
		['with a shim that ends', {mode: 'fail-start', text: 'no such thing'}, 'does not know: no such thing'],
		['with a shim that crashes', {mode: 'die'}, 'died while it started the sandbox'],
	])('says why it failed: %s', async (_name, settings, cause) => {
		await behave(settings);
		const verdict = await verdictOf();
		expect(verdict).toMatchObject({outcome: 'failed', sentence: 'The container did not start.', startMs: null});
		expect(verdict.cause).toContain(cause);
		expect(verdict.remedy).not.toEqual([]);
		expect(verdict.log.join('\n')).not.toBe('');
		// The engine itself works, and the verdict shows that.
		expect(verdict.control.outcome).toBe('told-apart');
	});

	it('gives up on a shim that never answers, and leaves nothing', async () => {
		await behave({mode: 'hang'});
		const begun = Date.now();
		const verdict = await verdictOf({timeoutMs: 3000});
		expect(verdict).toMatchObject({outcome: 'failed', sentence: 'The container did not answer within 3 s.'});
		expect(verdict.cause).toContain('not known');
		expect(Date.now() - begun).toBeLessThan(60_000);
	});

	it('says so when the shim is missing, is not executable, or is not Kata’s', async () => {
		const missing = await verdictOf({shim: '/nowhere/containerd-shim-kata-v2'});
		expect(missing).toMatchObject({outcome: 'failed', cause: "containerd did not find Kata's shim."});

		const blocked = join(root, 'containerd-shim-kata-v2');
		await writeFile(blocked, '#!/bin/sh\n', {mode: 0o644});
		expect((await verdictOf({shim: blocked})).cause).toContain(`may not execute ${blocked}`);

		const runc = join(root, 'runc/containerd-shim-kata-v2');
		await mkdir(join(root, 'runc'));
		await symlink(join(binary, '../containerd-shim-runc-v2'), runc);
		expect((await verdictOf({shim: runc, timeoutMs: 10_000})).cause).toContain("is not Kata's");
	});

	it('says so when the snapshotter is missing', async () => {
		const verdict = await verdictOf({snapshotter: 'devmapper'});
		expect(verdict.outcome).toBe('failed');
		expect(verdict.cause).toContain('no snapshotter devmapper');
	});

	it('stops at once when it is cancelled, and leaves nothing', async () => {
		await behave({mode: 'hang'});
		const cancel = new AbortController();
		const running = verdictOf({}, cancel.signal);
		const calls = () => readFile(join(root, 'shim.log'), 'utf8').catch(() => '');
		const before = (await calls()).length;
		await vi.waitFor(async () => expect((await calls()).slice(before)).toContain('"call":"Create"'), {timeout: 20_000});
		cancel.abort();
		await expect(running).rejects.toThrow(/abort/i);
	});

	it('is cleaned up by its undoing when it was killed in the middle', async () => {
		const args = argumentsOf();
		const archive = imageArchive('x86_64') ?? '';
		await containerd.run('-n', 'kata-setup', 'images', 'import', archive);
		// What a worker that was killed leaves: the ctr that it started, and all that hangs on it.
		const orphan = execa(
			containerd.ctr,
			[
				...['-a', containerd.address, '-n', 'kata-setup', 'run', '--runtime', args.shim],
				...['--runtime-config-path', configuration, smokeImage, newId()],
			],
			{reject: false},
		);
		await vi.waitFor(async () => expect(await processes()).toContainEqual(expect.stringContaining('sandbox-')), {
			timeout: 60_000,
		});
		const foreign = 'foreign';
		await containerd.run('-n', 'kata-setup', 'containers', 'create', smokeImage, foreign);
		const context = {signal: new AbortController().signal, progress: () => {}, log: () => {}, verdict: () => {}};
		const left = await step.undo(host, args, await step.prepare(host, args), context);
		expect(left).toEqual([expect.stringContaining('could not be removed: it holds containers')]);
		await orphan;
		expect(await processes()).toEqual([]);
		expect(await containerd.run('-n', 'kata-setup', 'containers', 'ls', '-q')).toBe(foreign);
		await containerd.run('-n', 'kata-setup', 'containers', 'rm', foreign);
		expect(await step.undo(host, args, await step.prepare(host, args), context)).toEqual([]);
		expect(await step.undo(host, args, await step.prepare(host, args), context)).toEqual([]);
	});
});

it('does not wait for a containerd that is not there', async () => {
	const begun = Date.now();
	let verdict: SmokeVerdict | undefined;
	const args: SmokeTestArguments = {
		pair: {runtime: 'rust', hypervisor: 'qemu'},
		ctr: 'ctr',
		address: join(folder, 'nobody.sock'),
		shim: '/nowhere',
		configuration: '/nowhere',
		tree,
		snapshotter: null,
		timeoutMs: 60_000,
	};
	await step.perform(host, args, {
		signal: new AbortController().signal,
		progress: () => {},
		log: () => {},
		verdict: given => {
			verdict = given;
		},
	});
	expect(verdict).toMatchObject({outcome: 'failed', cause: `There is no socket at ${args.address}.`});
	expect(Date.now() - begun).toBeLessThan(5000);
});
