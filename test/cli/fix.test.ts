/** `check --fix` of the built program, on a model server whose vhost_vsock is not loaded. */
import {existsSync} from 'node:fs';
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import type {Facts} from '../../src/facts/facts.ts';
import type {Finding} from '../../src/facts/findings.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {modelKernel} from '../../src/rehearsal/model-server.ts';
import {KEYS, openTerminal} from '../support/terminal.ts';

const bundle = join(import.meta.dirname, '../../dist/kata-setup.mjs');
const limit = 60_000;
const modulesFile = 'etc/modules-load.d/kata-setup.conf';

let folder: string;
let root: string;

beforeEach(async () => {
	folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-fix-'));
	root = join(folder, 'root');
	await rehearsed('check');
	await change('proc/modules', text => text.replace(/^vhost_vsock .*\n/m, ''));
	await fs.rm(join(root, 'sys/module/vhost_vsock'), {recursive: true});
	const modules = join(root, 'lib/modules', modelKernel);
	await fs.mkdir(modules, {recursive: true});
	await fs.writeFile(join(modules, 'modules.dep'), 'kernel/drivers/vhost/vhost_vsock.ko:\n');
});
afterEach(() => fs.rm(folder, {recursive: true, force: true}));

const rehearsed = (...args: string[]) =>
	execa(process.execPath, [bundle, ...args, '--rehearse', '--root', root], {
		reject: false,
		stdin: 'ignore',
		env: {PATH: '/usr/bin:/bin'},
		extendEnv: false,
	});

async function change(path: string, by: (text: string) => string): Promise<void> {
	await fs.writeFile(join(root, path), by(await fs.readFile(join(root, path), 'utf8')));
}

const read = (path: string): Promise<string | null> => fs.readFile(join(root, path), 'utf8').catch(() => null);

/** Everything in the rehearsal's root: path → mode and content. The worker goes a moment after its last event. */
async function listing(): Promise<Record<string, string>> {
	await vi.waitFor(() => expect(existsSync(join(root, 'run/kata-setup'))).toBe(false), 10_000);
	const entries: Record<string, string> = {};
	for (const entry of await fs.readdir(root, {recursive: true, withFileTypes: true})) {
		const path = join(entry.parentPath, entry.name);
		const {mode} = await fs.lstat(path);
		const content = entry.isFile() ? await fs.readFile(path, 'base64') : '';
		entries[path.slice(root.length)] = `${mode.toString(8)} ${content}`;
	}
	return entries;
}

const vsockOf = (findings: Finding[]): string | undefined => findings.find(({id}) => id === 'vhost-vsock')?.severity;

describe('check --fix', {timeout: limit}, () => {
	it('loads the module, now and at boot, checks again, and is taken back by uninstall', async () => {
		const before = await listing();
		const {exitCode, stdout, stderr} = await rehearsed('check', '--fix', '--yes');
		expect(stderr).toBe('');
		expect(stdout).toMatch(/Load the kernel module vhost_vsock(.|\n)*The rehearsal is done/);
		expect(stdout).toContain('/dev/vhost-vsock is there for QEMU');
		expect(exitCode).toBe((await rehearsed('check')).exitCode);
		expect(await read('proc/modules')).toMatch(/^vhost_vsock /m);
		expect(await read(modulesFile)).toMatch(/^vhost_vsock$/m);

		const status = await rehearsed('status');
		expect(status.exitCode).toBe(11);
		expect(status.stdout).toContain(`What \`check --fix\` changed stands: /${modulesFile}`);

		const uninstall = await rehearsed('uninstall', '--yes');
		expect(uninstall.stderr).toBe('');
		expect(uninstall.exitCode).toBe(0);
		expect(await listing()).toEqual(before);
	});

	it('does nothing a second time, and says so', async () => {
		await rehearsed('check', '--fix', '--yes');
		const journal = await read('var/lib/kata-setup/journal.ndjson');
		const again = await rehearsed('check', '--fix', '--yes');
		expect(again.stdout).toMatch(/^Nothing that the check finds is kata-setup’s to mend\./);
		expect(again.exitCode).toBe((await rehearsed('check')).exitCode);
		expect(await read('var/lib/kata-setup/journal.ndjson')).toBe(journal);
	});

	it('leaves a host that an install works on, and that an uninstall takes all from', async () => {
		const before = await listing();
		await rehearsed('check', '--fix', '--yes');
		const fixed = await read(modulesFile);
		const install = await rehearsed('install', '--yes', '--hypervisor', 'dragonball');
		expect(install.stderr).toBe('');
		expect(install.exitCode).toBe(0);
		expect(await read(modulesFile)).toBe(fixed);
		expect((await rehearsed('uninstall', '--yes')).exitCode).toBe(0);
		const after = await listing();
		// The archive is brought into the root as a download would be; it is no part of the installation.
		expect(Object.keys(after).filter(path => !path.startsWith('/srv'))).toEqual(Object.keys(before));
		for (const [path, content] of Object.entries(before)) expect(after[path], path).toBe(content);
	});

	it('puts the file back for an installation that lost it', async () => {
		expect((await rehearsed('install', '--yes')).exitCode).toBe(0);
		await fs.rm(join(root, modulesFile));
		const lost = JSON.parse((await rehearsed('check', '--json')).stdout) as {findings: Finding[]};
		expect(lost.findings.find(({id}) => id === 'modules-boot')?.command).toBe('kata-setup check --fix');
		const {stdout} = await rehearsed('check', '--fix', '--yes');
		expect(stdout).toContain('Have the modules loaded at every boot');
		expect(await read(modulesFile)).toMatch(/^vhost_vsock$/m);
		expect((await rehearsed('uninstall', '--yes')).exitCode).toBe(0);
		expect(await read(modulesFile)).toBeNull();
	});

	it('shows with --dry-run what it would do, of recorded facts too', async () => {
		const before = await listing();
		const text = await rehearsed('check', '--fix', '--dry-run');
		expect(text.exitCode).toBe(0);
		expect(text.stdout).toContain('Load the kernel module vhost_vsock');
		const plan = JSON.parse((await rehearsed('check', '--fix', '--dry-run', '--json')).stdout) as Plan;
		expect(plan).toMatchObject({verb: 'fix', rehearsal: true});
		const facts = join(folder, 'facts.json');
		await fs.writeFile(facts, (await rehearsed('check', '--json')).stdout);
		const recorded = await rehearsed('check', '--fix', '--dry-run', '--json', '--facts', facts);
		expect((JSON.parse(recorded.stdout) as Plan).hash).toBe(plan.hash);
		expect(await listing()).toEqual(before);
		expect(await rehearsed('check', '--fix', '--yes', '--facts', facts)).toMatchObject({exitCode: 2});
	});

	it('tells in JSON one event a line, the last one what is found after it', async () => {
		const {stdout} = await rehearsed('check', '--fix', '--yes', '--json');
		const lines = stdout.split('\n').map(line => JSON.parse(line) as {event?: string; verb?: string});
		expect(lines[0]).toMatchObject({event: 'run-started', verb: 'fix'});
		expect(lines.at(-2)).toMatchObject({event: 'run-finished', outcome: 'done'});
		expect(lines.at(-1)).toMatchObject({event: 'checked', schema: 1});
		const checked = lines.at(-1) as unknown as {facts: Facts; findings: Finding[]};
		expect(checked.facts.schema).toBe(1);
		expect(vsockOf(checked.findings)).toBe('ok');
	});

	it('undoes all of it if a step fails', async () => {
		await fs.rm(join(root, 'dev/vhost-vsock'));
		const before = await listing();
		const {exitCode, stdout} = await rehearsed('check', '--fix', '--yes');
		expect(exitCode).toBe(8);
		expect(stdout).toContain('vhost_vsock is loaded, but /dev/vhost-vsock cannot be opened (ENOENT)');
		expect(await listing()).toEqual(before);
	});

	it('asks on a terminal, and takes no for an answer', async () => {
		const before = await listing();
		const terminal = openTerminal(process.execPath, [bundle, 'check', '--fix', '--rehearse', '--root', root]);
		await terminal.until('Do this? [y/N]');
		terminal.press(`n${KEYS.enter}`);
		expect((await terminal.exit()).code).toBe(130);
		expect(await listing()).toEqual(before);
	});

	it.each([
		[['check', '--fix'], 'needs --yes'],
		[['check', '--yes'], '--yes belongs to --fix'],
		[['check', '--dry-run'], '--dry-run belongs to --fix'],
	])('%j is refused', async (args, words) => {
		const {exitCode, stderr} = await rehearsed(...args);
		expect(exitCode).toBe(2);
		expect(stderr).toContain(words);
	});
});
