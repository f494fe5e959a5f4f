/** The proof on the host itself: a real write and a real execution where Kata will lie, and the word of KVM. */
import * as fs from 'node:fs/promises';
import {machine, tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {assetPath} from '../../src/assets.ts';
import type {CommandResult} from '../../src/host/host.ts';
import {createRealHost} from '../../src/host/real.ts';
import {proveHostStep} from '../../src/steps/prove-host.ts';
import {reportOf, throwaway, watchedContext} from '../support/throwaway.ts';

const program = '/opt/kata-setup/kvm-probe';
const args = {program, machine: 'x86_64', kvm: 'required' as const};
const shipped = await fs.readFile(assetPath('kvm-probe/kvm-probe-x86_64'));

/** A host whose folder is there, and on which the program ends like this. */
async function prepared(answer: Partial<CommandResult> = {stdout: 'run ok\n'}) {
	const made = await throwaway();
	await made.place('/opt/kata-setup/.keep', '');
	const seen: {command: string; bytes: Buffer; mode: number}[] = [];
	made.host = {
		...made.host,
		run: async file => {
			const stat = await made.host.files.stat(file);
			seen.push({command: file, bytes: await made.host.files.read(file), mode: stat?.mode ?? 0});
			return {command: file, code: 0, stdout: '', stderr: '', timedOut: false, notStarted: null, ...answer};
		},
	};
	return {...made, host: made.host, seen, context: watchedContext()};
}

describe('proving the host', () => {
	it('executes the program of our package where Kata will lie, and removes it', async () => {
		const {host, seen, context, listing} = await prepared();
		await proveHostStep.prepare(host, args);
		await proveHostStep.perform(host, args, context);
		await proveHostStep.verify(host, args);
		expect(seen).toEqual([{command: program, bytes: shipped, mode: 0o755}]);
		expect(Object.keys(await listing())).not.toContain(program);
		expect(context.lines).toEqual([
			'/opt/kata-setup takes programs, and they can be executed there',
			'A VM ran on /dev/kvm to its halt',
		]);
	});

	it.each(['EACCES', 'EPERM'])('says so where programs cannot be executed (%s), KVM asked for or not', async code => {
		for (const kvm of ['required', 'logged'] as const) {
			const {host, context, listing} = await prepared({code: null, notStarted: code});
			const report = await reportOf(proveHostStep.perform(host, {...args, kvm}, context));
			expect(report.message).toContain('A program in /opt/kata-setup cannot be executed');
			expect(report.why).toContain('noexec');
			expect(report.evidence).toEqual([`${program}: ${code}`]);
			expect(Object.keys(await listing())).not.toContain(program);
			expect(context.lines).toEqual([]);
		}
	});

	it('says so where the program is ended before it can say anything', async () => {
		const {host, context} = await prepared({code: null});
		const report = await reportOf(proveHostStep.perform(host, args, context));
		expect(report.message).toContain('cannot be executed');
		expect(report.why).toContain('ended by a signal');
	});

	it('says so where the folder cannot be written to', async () => {
		const {host, context, seen} = await prepared();
		const write = async (): Promise<never> => {
			throw Object.assign(new Error('EROFS: read-only file system'), {code: 'EROFS', path: program});
		};
		const refusing = {...host, files: {...host.files, write}};
		const report = await reportOf(proveHostStep.perform(refusing, args, context));
		expect(report).toMatchObject({
			message: '/opt/kata-setup cannot be written to.',
			why: expect.stringContaining('read-only'),
		});
		expect(seen).toEqual([]);
	});

	it('says so where no VM runs, with the step and its error, and removes the program', async () => {
		const {host, context, listing} = await prepared({code: 1, stdout: 'create-vm EBUSY\n'});
		const report = await reportOf(proveHostStep.perform(host, args, context));
		expect(report.message).toBe('No VM can be started on this host.');
		expect(report.why).toContain('EBUSY');
		expect(report.remedy.join('\n')).toContain('--ignore kvm');
		expect(report.evidence).toEqual(['kvm-probe /dev/kvm: create-vm EBUSY']);
		expect(Object.keys(await listing())).not.toContain(program);
	});

	it('goes on without a VM where that was asked for, and notes it', async () => {
		const {host, context} = await prepared({code: 1, stdout: 'open ENOENT\n'});
		await proveHostStep.perform(host, {...args, kvm: 'logged'}, context);
		expect(context.lines.at(-1)).toBe('/dev/kvm could not be opened: ENOENT; gone on with, as asked');
	});

	it('takes the word of no program once it was cancelled', async () => {
		const {host, context, listing} = await prepared({code: null});
		context.abort.abort();
		await expect(proveHostStep.perform(host, args, context)).rejects.toThrow(/abort/i);
		expect(Object.keys(await listing())).not.toContain(program);
	});
});

describe('what lies there already', () => {
	it('is left as it is, and nothing is done, if it is not ours', async () => {
		const {host, place, listing} = await prepared();
		await place(program, 'somebody’s');
		const report = await reportOf(proveHostStep.prepare(host, args));
		expect(report.message).toContain(`${program} is already there`);
		expect((await listing())[program]).toBe('somebody’s');
	});

	it('is undone if a killed run left it, temporary twin and all', async () => {
		const {host, place, listing, context} = await prepared();
		await place(program, shipped);
		await place('/opt/kata-setup/.kvm-probe.kata-setup-123-1', shipped);
		const inverse = await proveHostStep.prepare(host, args);
		expect(await proveHostStep.undo(host, args, inverse, context)).toEqual([]);
		expect(Object.keys(await listing()).filter(path => path.includes('kvm-probe'))).toEqual([]);
		expect(await proveHostStep.undo(host, args, inverse, context)).toEqual([]);
	});

	it('stays, and is named, if somebody put something else there meanwhile', async () => {
		const {host, place, listing, context} = await prepared();
		const inverse = await proveHostStep.prepare(host, args);
		await place(program, 'somebody’s');
		expect(await proveHostStep.undo(host, args, inverse, context)).toEqual([
			expect.stringContaining(`${program} stays`),
		]);
		expect((await listing())[program]).toBe('somebody’s');
		await expect(proveHostStep.verify(host, args)).rejects.toThrow(/could not be removed/);
	});
});

describe.skipIf(process.arch !== 'x64' && process.arch !== 'arm64')('on this machine', () => {
	it('really writes and executes', async () => {
		const folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-prove-'));
		onTestFinished(() => fs.rm(folder, {recursive: true}));
		const here = {program: join(folder, 'kvm-probe'), machine: machine(), kvm: 'logged' as const};
		const context = watchedContext();
		await proveHostStep.perform(createRealHost(), here, context);
		expect(context.lines).toHaveLength(2);
		expect(context.lines[0]).toContain('can be executed there');
		expect(await fs.readdir(folder)).toEqual([]);
	});
});
