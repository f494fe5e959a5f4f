/** A rehearsal's throwaway root: named where it stays, gone where nothing was done in it, and in every command that is printed. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {planLines} from '../../src/cli/plan-text.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';

const bundle = join(import.meta.dirname, '../../dist/kata-setup.mjs');
const limit = 60_000;

let folder: string;
beforeEach(async () => {
	folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-roots-'));
});
afterEach(() => fs.rm(folder, {recursive: true, force: true}));

const rehearsed = (...args: string[]) =>
	execa(process.execPath, [bundle, ...args, '--rehearse'], {
		reject: false,
		stdin: 'ignore',
		env: {PATH: '/usr/bin:/bin', TMPDIR: folder},
		extendEnv: false,
	});
const roots = async (): Promise<string[]> => (await fs.readdir(folder)).map(name => join(folder, name));

describe('a new root', {timeout: limit}, () => {
	it.each(['status', 'status --json', 'check --json', 'plan', 'install --dry-run', 'attach', 'uninstall --yes'])(
		'is gone after a command that did nothing in it: %s',
		async words => {
			const {stdout} = await rehearsed(...words.split(' '));
			expect(await roots()).toEqual([]);
			expect(stdout).not.toContain('--root');
		},
	);

	it.each([
		['plan', '--json'],
		['install', '--dry-run', '--json'],
	])(
		'stays for the plan that %s %s printed, is named on standard error, and is where it is applied',
		async (...args) => {
			const {stdout, stderr} = await rehearsed(...args);
			const [root = '', ...others] = await roots();
			expect(others).toEqual([]);
			expect(stderr).toContain(root);
			const file = join(folder, 'plan.json');
			await fs.writeFile(file, stdout);
			expect(await rehearsed('apply', file, '--yes', '--root', root)).toMatchObject({exitCode: 0, stderr: ''});
		},
	);

	it('that something was done in stays and is named, with --json on standard error', async () => {
		const {stdout, stderr} = await rehearsed('install', '--yes', '--no-test', '--json');
		const [root = ''] = await roots();
		expect(stderr).toContain(root);
		for (const line of stdout.split('\n')) expect(() => JSON.parse(line)).not.toThrow();
		const again = await rehearsed('status', '--json', '--root', root);
		expect(again).toMatchObject({exitCode: 0, stderr: ''});
		expect(await roots()).toEqual([root]);
	});

	it('is in the command that does the same, where it is one that stays', async () => {
		const root = join(folder, 'my root');
		const {stdout} = await rehearsed('plan', '--root', root);
		expect(stdout).toContain(`--rehearse --runtime rust --hypervisor qemu --root '${root}'`);
		const plan = JSON.parse((await rehearsed('plan', '--json', '--root', root)).stdout) as Plan;
		expect(plan.command).not.toContain('--root');
	});
});

describe('the text of a plan', () => {
	it('names the root of a rehearsal in the command alone: the plan and its hash are the same in every root', () => {
		const plan = planInstall(sampleFacts(), sampleChoice(), {rehearsal: true});
		const other = planLines(plan, '/tmp/r').filter((line, index) => line !== planLines(plan, null)[index]);
		expect(other).toEqual([`The same without questions: ${plan.command} --root /tmp/r`]);
	});
});
