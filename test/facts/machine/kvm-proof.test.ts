/** The proof of KVM: what the program's word becomes in the facts, and the program that ships. */
import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmod, copyFile, mkdtemp, open, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {machine, tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {architectures} from '../../../src/facts/facts.ts';
import {kvmProbe} from '../../../src/facts/machine/kvm.ts';
import {kvmProgram, readProof} from '../../../src/facts/machine/kvm-proof.ts';
import type {CommandResult} from '../../../src/host/host.ts';
import {createRealHost} from '../../../src/host/real.ts';
import {runCommand} from '../../../src/host/run-command.ts';
import {probedHost} from '../../support/probed-host.ts';

const proofOf = async (
	answer: string | Partial<CommandResult> | null,
	{opens = null, name = 'x86_64'}: {opens?: string | null; name?: string} = {},
) => {
	const commands = {'uname -m': `${name}\n`, ...(answer === null ? {} : {[`./kvm-probe-${name}`]: answer})};
	return (await kvmProbe.read(await probedHost({commands, opens: {'/dev/kvm': opens}}))).proof;
};

it('stands beside the rights to the device, where there is one', async () => {
	const there = await kvmProbe.read(await probedHost({files: {'/dev/kvm': ''}, opens: {'/dev/kvm': 'EACCES'}}));
	expect((there.mode ?? 0) & 0o700).toBe(0o600);
	expect(await kvmProbe.read(await probedHost({opens: {'/dev/kvm': 'ENOENT'}}))).not.toHaveProperty('mode');
});

describe('the proof', () => {
	it('is that a guest ran, or elsewhere than on x86_64 that a VM was made', async () => {
		expect(await proofOf('run ok\n')).toEqual({state: 'ran', step: 'run', error: null, why: null});
		const made = {state: 'created', step: 'create-vcpu', error: null, why: null};
		expect(await proofOf('create-vcpu ok\n', {name: 's390x'})).toEqual(made);
	});

	it.each([
		['create-vm EBUSY', 'create-vm', 'EBUSY'],
		['api-version 11', 'api-version', '11'],
		['run exit-8', 'run', 'exit-8'],
		['memory errno-62', 'memory', 'errno-62'],
		['run timeout', 'run', 'timeout'],
	])('fails with the step and its error: %s', async (line, step, error) => {
		expect(await proofOf({code: 1, stdout: `${line}\n`})).toEqual({state: 'failed', step, error, why: null});
	});

	it('fails where the kernel does not let go of the program', async () => {
		const ended = {code: null, timedOut: true};
		expect(await proofOf(ended)).toEqual({state: 'failed', step: null, error: 'timeout', why: null});
	});

	it.each<[string, Partial<CommandResult> | null, string | null, RegExp]>([
		['may not be executed', {code: null, notStarted: 'EACCES'}, 'EACCES', /noexec/],
		['is not there', null, 'ENOENT', /is not where kata-setup lies/],
		['is for another processor', {code: null, notStarted: 'ENOEXEC'}, 'ENOEXEC', /another processor/],
		['does not start for another reason', {code: null, notStarted: 'ENOMEM'}, 'ENOMEM', /ENOMEM/],
		['is killed', {code: null}, null, /by a signal/],
		['says nothing', {code: 2}, null, /ended with 2 and said: nothing/],
		['says what nobody knows', {code: 0, stdout: 'walk ok\n'}, null, /said: walk ok/],
		['says half a line', {code: 0, stdout: 'run ok'}, null, /said: run ok/],
	])('is not had where the program %s, and why is told', async (_what, answer, error, why) => {
		const proof = await proofOf(answer);
		expect(proof).toMatchObject({state: 'not-run', step: null, error});
		expect(proof.why).toMatch(why);
	});

	it('is not tried where the device does not open, nor where there is no program for the machine', async () => {
		const unopened = {state: 'not-run', step: null, error: null, why: '/dev/kvm does not open.'};
		expect(await proofOf('run ok\n', {opens: 'EACCES'})).toEqual(unopened);
		expect(await proofOf('run ok\n', {name: 'riscv64'})).toMatchObject({state: 'not-run', error: null});
	});

	it('holds a program up for no longer than its time', async () => {
		let limit: number | undefined;
		const host = await probedHost({opens: {'/dev/kvm': null}});
		const run: typeof host.run = (file, args, options) => {
			if (file.includes('kvm-probe')) limit = options?.timeoutMs;
			return host.run(file, args, options);
		};
		await kvmProbe.read({...host, run});
		expect(limit).toBe(5000);
	});
});

const folder = dirname(kvmProgram('x86_64') ?? '');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as {
	source: string;
	targets: Record<string, {program: string}>;
};

describe('the program that ships', () => {
	it('is what the manifest says, source and all', async () => {
		expect(sha256(await readFile(join(folder, 'kvm-probe.c')))).toBe(manifest.source);
		expect(Object.keys(manifest.targets)).toEqual([...architectures]);
		expect((await readdir(folder)).sort()).toEqual(
			['manifest.json', 'kvm-probe.c', ...architectures.map(name => `kvm-probe-${name}`)].sort(),
		);
		expect(kvmProgram('riscv64')).toBeNull();
	});

	it.each([...architectures])('is a small static program for %s that may be executed', async name => {
		const path = kvmProgram(name) ?? '';
		const elf = await readFile(path);
		expect(sha256(elf)).toBe(manifest.targets[name]?.program);
		expect((await stat(path)).mode & 0o555).toBe(0o555);
		expect(elf.length).toBeLessThan(4096);
		expect(elf.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
		const number = (at: number): number => (name === 's390x' ? elf.readUInt16BE(at) : elf.readUInt16LE(at));
		// EM_X86_64, EM_AARCH64, EM_S390, EM_PPC64; ET_EXEC.
		expect(number(18)).toBe({x86_64: 62, aarch64: 183, s390x: 22, ppc64le: 21}[name]);
		expect(number(16)).toBe(2);
	});
});

const here = kvmProgram(machine());

describe.skipIf(here === null)('the program on this machine', () => {
	const said = (...args: string[]): Promise<CommandResult> => runCommand(here ?? '', args);
	async function work(): Promise<string> {
		const made = await mkdtemp(join(tmpdir(), 'kata-setup-proof-'));
		onTestFinished(() => rm(made, {recursive: true}));
		return made;
	}

	it('tells a device that is not there, one that is none, and one that may not be opened', async () => {
		const plain = join(await work(), 'plain');
		await writeFile(plain, '');
		expect(await said('/dev/absent-kvm')).toMatchObject({code: 1, stdout: 'open ENOENT\n'});
		expect(await said(plain)).toMatchObject({code: 1, stdout: 'api-version ENOTTY\n'});
		expect(await said('/')).toMatchObject({code: 1, stdout: 'open EISDIR\n'});
		if (process.getuid?.() === 0) return;
		await chmod(plain, 0);
		expect(await said(plain)).toMatchObject({code: 1, stdout: 'open EACCES\n'});
	});

	it('ends with 2 when nobody takes what it says', async () => {
		const full = await open('/dev/full', 'w');
		onTestFinished(() => full.close());
		const child = spawn(here ?? '', ['/dev/absent-kvm'], {stdio: ['ignore', full.fd, 'inherit']});
		expect(await new Promise(resolve => child.once('close', resolve))).toBe(2);
	});

	it('proves nothing without the right to be executed', async () => {
		const cwd = await work();
		await copyFile(here ?? '', join(cwd, 'kvm-probe'));
		await chmod(join(cwd, 'kvm-probe'), 0o644);
		const proof = readProof(await runCommand('./kvm-probe', [], {cwd}));
		expect(proof).toMatchObject({state: 'not-run', error: 'EACCES'});
	});

	it('proves what the device here is worth', async () => {
		const host = createRealHost();
		const opens = (await host.files.openReadWrite('/dev/kvm')) === null;
		const {state, proof} = await kvmProbe.read(host);
		expect(state === 'opens').toBe(opens);
		// Whatever KVM says here, the program was found where the package lies, ran and was understood.
		if (opens) expect(['ran', 'created', 'failed']).toContain(proof.state);
		else expect(proof).toMatchObject({state: 'not-run', why: '/dev/kvm does not open.'});
	});
});
