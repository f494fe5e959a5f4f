/** The built program as a script starts it, without a terminal: exit codes, refusals, and the flows of facts and plans. */
import {createHash} from 'node:crypto';
import * as fs from 'node:fs/promises';
import {machine, tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa, type Result} from 'execa';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {type ErrorReport, exitCodes} from '../../src/errors.ts';
import type {CheckDocument} from '../../src/facts/check-document.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {kvm} from '../facts/findings/find.ts';
import {sampleChoice, sampleContainerd, sampleFacts} from '../support/facts.ts';
import {PlayedHost} from '../support/played-host.ts';

const project = join(import.meta.dirname, '../..');
const limit = 60_000;

let folder: string;
let root: string;

beforeEach(async () => {
	folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-cli-'));
	root = join(folder, 'root');
});
afterEach(() => fs.rm(folder, {recursive: true, force: true}));

const kataSetup = (args: string[], env: Record<string, string> = {}) =>
	execa(process.execPath, [join(project, 'dist/kata-setup.mjs'), ...args], {
		reject: false,
		stdin: 'ignore',
		env: {PATH: '/usr/bin:/bin', ...env},
		extendEnv: false,
	});

const rehearsed = (...args: string[]) => kataSetup([...args, '--rehearse', '--root', root]);

async function write(name: string, content: unknown): Promise<string> {
	const path = join(folder, name);
	await fs.writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
	return path;
}

const documentOf = (result: Pick<Result, 'stdout'>) => JSON.parse(String(result.stdout)) as CheckDocument;
const planOf = (result: Pick<Result, 'stdout'>) => JSON.parse(String(result.stdout)) as Plan;

describe('a mistake on the command line', {timeout: limit}, () => {
	it.each([
		[['instal'], 'Did you mean install?'],
		[['install', '--hypervsior', 'qemu'], 'Did you mean --hypervisor?'],
		[['plan', '--hypervisor', 'acrn', '--rehearse'], 'cloud-hypervisor'],
		[['apply', '--yes'], 'kata-setup plan --json'],
		[['apply', '/nowhere/plan.json', '--yes'], '/nowhere/plan.json'],
		[['check', '--facts', '/nowhere/facts.json'], '/nowhere/facts.json'],
	])('%j is told in words on standard error, with exit code 2', async (args, words) => {
		const {exitCode, stdout, stderr} = await kataSetup(args);
		expect(exitCode).toBe(2);
		expect(stdout).toBe('');
		expect(stderr).toContain(words);
		expect(stderr).toMatch(/^kata-setup: /);
		expect(stderr).not.toMatch(/\n\s+at /);
	});

	it('is one JSON object where JSON is asked for', async () => {
		const {exitCode, stdout, stderr} = await kataSetup(['instal', '--json']);
		expect(exitCode).toBe(2);
		expect(stderr).toBe('');
		const {event, error} = JSON.parse(stdout) as {event: string; error: ErrorReport};
		expect(event).toBe('error');
		expect(error).toMatchObject({exit: 'usage', remedy: ['Did you mean install?']});
	});
});

describe('without a terminal and without --yes', {timeout: limit}, () => {
	it.each([
		[['install'], 'kata-setup install --yes'],
		[['install', '--runtime', 'go'], 'kata-setup install --yes'],
		[['uninstall'], 'kata-setup uninstall --yes'],
		[['apply', 'plan.json'], 'kata-setup apply plan.json --yes'],
		[[], 'kata-setup install --yes'],
		[['wizard'], 'kata-setup install --yes'],
	])('%j is a short refusal that names the flag', async (args, remedy) => {
		const {exitCode, stdout, stderr} = await kataSetup(args);
		expect(exitCode).toBe(2);
		expect(stdout).toBe('');
		expect(stderr).toContain(remedy);
		expect(stderr.split('\n').length).toBeLessThanOrEqual(4);
	});

	it('the environment may say yes', async () => {
		const {exitCode, stdout} = await kataSetup(['uninstall', '--rehearse', '--root', root], {KATA_SETUP_YES: '1'});
		expect(exitCode).toBe(11);
		expect(stdout).toBe('');
	});
});

describe('help and version', {timeout: limit}, () => {
	it('go to standard output, with exit code 0', async () => {
		const {version} = JSON.parse(await fs.readFile(join(project, 'package.json'), 'utf8')) as {version: string};
		expect((await kataSetup(['--version'])).stdout).toBe(version);
		const help = await kataSetup(['--help']);
		expect(help.exitCode).toBe(0);
		expect(help.stdout).toContain(`kata-setup ${version}`);
		expect((await kataSetup(['plan', '--help'])).stdout).toContain('--facts FILE');
	});
});

describe('check', {timeout: limit}, () => {
	it('prints findings, pairs and a conclusion, and the same as JSON', async () => {
		const text = await rehearsed('check');
		expect(text.exitCode).toBe(0);
		expect(text.stdout).toMatch(/^ok +KVM /m);
		expect(text.stdout).toMatch(/Recommended: rust with QEMU/);
		const {facts, findings, pairs, recommendation} = documentOf(await rehearsed('check', '--json'));
		expect(facts.schema).toBe(1);
		expect(findings.map(({id}) => id)).toContain('kvm');
		expect(pairs).toHaveLength(10);
		expect(recommendation?.pair).toEqual({runtime: 'rust', hypervisor: 'qemu'});
	});

	it('reads what it recorded, and says the same of it', async () => {
		const recorded = await rehearsed('check', '--json');
		const file = await write('facts.json', recorded.stdout);
		expect(documentOf(await kataSetup(['check', '--json', '--facts', file]))).toEqual(documentOf(recorded));
	});

	it('has an exit code of its own for a host that cannot run Kata', async () => {
		const file = await write('facts.json', sampleFacts({machine: 'riscv64'}));
		const {exitCode, stdout} = await kataSetup(['check', '--facts', file]);
		expect(exitCode).toBe(3);
		expect(stdout).toContain('Kata has no release for riscv64');
	});

	it('warns by an exit code of its own where one hypervisor alone is blocked', async () => {
		const devices: Facts['devices'] = [
			{path: '/dev/vhost-vsock', state: 'ENOENT', module: 'vhost_vsock', moduleState: 'absent'},
		];
		const file = await write('facts.json', sampleFacts({devices}));
		const {exitCode, stdout} = await kataSetup(['check', '--facts', file]);
		expect(exitCode).toBe(12);
		expect(stdout).toMatch(/Recommended: rust with Cloud Hypervisor/);
	});

	it('is no failure for a user who cannot become root: looking needs no root', async () => {
		const privileges: Facts['privileges'] = {uid: 1000, user: 'ops', root: 'none'};
		const file = await write('facts.json', sampleFacts({privileges}));
		const {exitCode, stdout} = await kataSetup(['check', '--facts', file]);
		expect(exitCode).toBe(0);
		expect(stdout).toContain('ops cannot become root here');
	});

	it('prints no password of a registry, and plans no edit of a text without it', async () => {
		const text =
			'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry.configs."r".auth]\n  password = "hunter2"\n';
		const containerd = sampleContainerd({version: '1.7.24'});
		const config = {...containerd.config, text, version: 2, sha256: createHash('sha256').update(text).digest('hex')};
		const file = await write('facts.json', sampleFacts({containerd: [{...containerd, config}]}));
		const plan = (facts: string) => kataSetup(['plan', '--json', '--facts', facts, '--rehearse', '--root', root]);
		expect((await plan(file)).exitCode).toBe(0);
		const printed = await kataSetup(['check', '--json', '--facts', file]);
		expect(printed.exitCode).toBe(0);
		expect(printed.stdout).not.toContain('hunter2');
		expect(documentOf(printed).facts.containerd[0]?.config).toMatchObject({redacted: true, sha256: config.sha256});
		const refused = await plan(await write('redacted.json', printed.stdout));
		expect(refused.exitCode).toBe(2);
		expect(refused.stdout).toContain('without its secrets');
	});

	it('looks at this very machine without failing, whatever it is', async () => {
		const {exitCode, stdout, stderr} = await kataSetup(['check', '--json']);
		expect(stderr).toBe('');
		expect([0, 3, 12]).toContain(exitCode);
		expect(documentOf({stdout}).facts.machine).toBe(machine());
	});
});

describe('a plan', {timeout: limit}, () => {
	it('is made of recorded facts and a local archive, without root and without network', async () => {
		const facts = await write('facts.json', sampleFacts());
		const archive = join(folder, 'kata-static-4.1.999-amd64.tar.zst');
		await fs.copyFile(join(project, 'assets/rehearsal/kata-static-4.1.999-amd64.tar.zst'), archive);
		const forbid = await write(
			'forbid.cjs',
			"require('node:net').Socket.prototype.connect = () => { console.error('the network was used'); process.exit(99); };\n",
		);
		await fs.cp(join(project, 'dist'), join(folder, 'package/dist'), {recursive: true});
		await fs.cp(join(project, 'assets'), join(folder, 'package/assets'), {recursive: true});
		await fs.copyFile(join(project, 'package.json'), join(folder, 'package/package.json'));
		await fs.chmod(folder, 0o755);
		const nobody = process.getuid?.() === 0 ? {uid: 65534, gid: 65534} : {};
		const args = ['plan', '--json', '--facts', facts, '--archive', archive, '--allow-unverified'];
		const result = await execa(
			process.execPath,
			['--require', forbid, join(folder, 'package/dist/kata-setup.mjs'), ...args],
			{
				reject: false,
				stdin: 'ignore',
				cwd: folder,
				env: {PATH: '/usr/bin:/bin', HOME: folder},
				extendEnv: false,
				...nobody,
			},
		);
		expect(result.stderr).toBe('');
		expect(result.exitCode).toBe(0);
		const plan = planOf(result);
		expect(plan).toMatchObject({verb: 'install', rehearsal: false, hostname: 'web-01'});
		expect(plan.choice).toMatchObject({runtime: 'rust', hypervisor: 'qemu', release: {version: '4.1.999'}});
		expect(plan.command).toContain(`--archive ${archive}`);
	});

	it('says in its text what would keep install from carrying it out', async () => {
		const facts = await write('facts.json', sampleFacts({kvm: kvm('missing', 'ENOENT')}));
		const {exitCode, stdout} = await kataSetup(['plan', '--facts', facts, '--rehearse', '--root', root]);
		expect(exitCode).toBe(0);
		expect(stdout).toContain('In the way: KVM: There is no /dev/kvm');
	});

	it('is the same by plan, by --dry-run, and from recorded facts', async () => {
		const facts = await write('facts.json', (await rehearsed('check', '--json')).stdout);
		const planned = planOf(await rehearsed('plan', '--json'));
		expect(planned.hash).toMatch(/^[0-9a-f]{64}$/);
		expect(planOf(await rehearsed('install', '--dry-run', '--json')).hash).toBe(planned.hash);
		expect(planOf(await rehearsed('plan', '--json', '--facts', facts)).hash).toBe(planned.hash);
		expect(planOf(await rehearsed('plan', '--json', '--hypervisor', 'clh')).hash).not.toBe(planned.hash);
		expect((await rehearsed('install', '--dry-run')).stdout).toContain(`Plan hash: ${planned.hash}`);
		expect((await rehearsed('status')).exitCode).toBe(11);
	});

	it('is applied from its file once, and refused when the host has changed since', async () => {
		const file = await write('plan.json', (await rehearsed('plan', '--json')).stdout);
		const applied = await rehearsed('apply', file, '--yes');
		expect(applied.stderr).toBe('');
		expect(applied.exitCode).toBe(0);
		const status = await rehearsed('status');
		expect(status.exitCode).toBe(0);
		expect(status.stdout).toMatch(/^Hypervisor +QEMU$/m);
		expect(status.stdout).toMatch(/^Last run +install, \d{4}-\d\d-\d\d \d\d:\d\d UTC: done$/m);
		const again = await rehearsed('apply', file, '--yes');
		expect(again.exitCode).toBe(6);
		expect((await rehearsed('install', '--yes')).stdout).toContain('It is so already');
		expect((await rehearsed('uninstall', '--yes')).exitCode).toBe(0);
		expect((await rehearsed('status')).exitCode).toBe(11);
	});

	it('of an installed host is the change that install would make there, and no second install', async () => {
		const installed = await rehearsed('install', '--yes');
		expect(installed.exitCode).toBe(0);
		const planned = planOf(await rehearsed('plan', '--json', '--hypervisor', 'clh'));
		expect(planned).toMatchObject({verb: 'switch', choice: {hypervisor: 'cloud-hypervisor'}});
		const dry = await rehearsed('install', '--dry-run', '--json', '--hypervisor', 'clh');
		expect(planOf(dry).hash).toBe(planned.hash);
		const same = await rehearsed('plan');
		expect(same).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/^It is so already: Kata 4\.1\.999/)});
		expect(planOf(await rehearsed('plan', '--json')).steps).toEqual([]);
	});

	it('is none of a host with a run that is not finished: what install does there begins with undoing it', async () => {
		const host = new PlayedHost(sampleFacts());
		host.applyPart(planInstall(host.facts, sampleChoice(), {rehearsal: false}), 4);
		const facts = await write('facts.json', host.facts);
		const {exitCode, stderr} = await rehearsed('plan', '--facts', facts);
		expect(stderr).toContain('kata-setup undo');
		expect(stderr).not.toContain('already installed');
		expect(exitCode).toBe(exitCodes.incomplete.code);
	});

	it('that somebody edited, or that is none, is refused', async () => {
		const made = planOf(await rehearsed('plan', '--json'));
		const edited = await write('edited.json', {...made, notes: ['harmless']});
		expect(await rehearsed('apply', edited, '--yes')).toMatchObject({exitCode: 6});
		for (const [name, content] of Object.entries({null: 'null', list: '[]', empty: '{}', text: 'no JSON'}))
			expect(await rehearsed('apply', await write(name, content), '--yes')).toMatchObject({exitCode: 2});
	});

	it('of a rehearsal is not applied to the real host', async () => {
		const file = await write('plan.json', (await rehearsed('plan', '--json')).stdout);
		const {exitCode, stderr} = await kataSetup(['apply', file, '--yes']);
		expect(exitCode).toBe(2);
		expect(stderr).toContain('rehearsal');
	});
});

describe('a host that cannot', {timeout: limit}, () => {
	it('is no reason to plan for a pair that it lacks', async () => {
		const facts = await write('facts.json', sampleFacts({machine: 'aarch64'}));
		const args = ['plan', '--facts', facts, '--rehearse', '--root', root, '--json'];
		const chosen = planOf(await kataSetup([...args, '--hypervisor', 'cloud-hypervisor'])).choice;
		expect(chosen).toMatchObject({runtime: 'go', hypervisor: 'cloud-hypervisor'});
		const refused = await kataSetup([...args, '--hypervisor', 'cloud-hypervisor', '--runtime', 'rust']);
		expect(refused.exitCode).toBe(3);
		expect(refused.stdout).toContain('choose go');
	});
});
