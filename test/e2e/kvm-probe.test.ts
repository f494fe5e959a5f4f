/** The program that proves KVM from its source: the same bytes with the compilers of its manifest, and what it says. */
// needs: compilers
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, it, onTestFinished} from 'vitest';
import {architectures} from '../../src/facts/facts.ts';

const top = join(import.meta.dirname, '../..');
const folder = join(top, 'assets/kvm-probe');

const said = async (file: string, ...args: string[]): Promise<[number | undefined, string]> => {
	const {exitCode, stdout} = await execa(file, args, {reject: false, timeout: 30_000});
	return [exitCode, stdout];
};

it('is what the source gives', async () => {
	const script = join(top, 'scripts/build-kvm-probe.mjs');
	const {exitCode, stderr} = await execa(process.execPath, [script, '--check'], {reject: false});
	expect(stderr).toBe('');
	expect(exitCode).toBe(0);
});

describe.each([...architectures])('for %s', name => {
	it('tells a device that is not there from one that is none', async () => {
		const program = join(folder, `kvm-probe-${name}`);
		expect(await said(`qemu-${name}-static`, program, '/dev/absent-kvm')).toEqual([1, 'open ENOENT']);
		const [code, line] = await said(`qemu-${name}-static`, program, '/dev/null');
		expect(code).toBe(1);
		// The emulator of programs knows no request of KVM; a kernel says ENOTTY.
		expect(line).toMatch(/^api-version (ENOSYS|ENOTTY)$/);
	});
});

const kvmHere = process.arch === 'x64' && (await said(join(folder, 'kvm-probe-x86_64')))[1] === 'run ok';

it.skipIf(!kvmHere)('does not wait for a guest that never halts', async () => {
	const work = await mkdtemp(join(tmpdir(), 'kata-setup-probe-'));
	onTestFinished(() => rm(work, {recursive: true}));
	const program = join(work, 'never-halts');
	const {flags} = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as {flags: string};
	const source = join(folder, 'kvm-probe.c');
	await execa('gcc', [...flags.split(' '), '-DGUEST_THAT_NEVER_HALTS', '-o', program, source]);
	expect(await said(program)).toEqual([1, 'run timeout']);
});
