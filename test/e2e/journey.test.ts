/**
 * The whole journey on real engines: from nothing to a container that ran in a guest of its own, and back to the very tree
 * that was there before. The release is the stand-in, whose shim boots a real kernel under QEMU's emulation; the host is a
 * private mount namespace, so all paths are the real ones.
 */
// needs: engines, guest
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import type {RunEvent} from '../../src/apply/events.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {hashOf} from '../../src/plan/hash.ts';
import type {Plan} from '../../src/plan/plan.ts';
import type {Snapshot} from '../lab/snapshot.ts';
import {KEYS} from '../support/terminal.ts';
import {type MadeArchive, makeArchive} from './stand-in/release.ts';
import {type ReleaseServer, serveReleases} from './stand-in/release-server.ts';
import {type ContainerdEngine, containerdEngines} from './support/engines.ts';
import {type JourneyHost, openJourneyHost} from './support/journey-host.ts';
import {ignoring} from './support/stand-in-flags.ts';

const MINUTE = 60_000;
const config = '/etc/containerd/config.toml';

/** Main files by line of containerd: none at all, Debian's own, and one with imports and a runtime of the user's. */
const mainFiles: Record<string, string | null> = {
	'1.6': null,
	'1.7': `version = 2

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/lib/cni"
      conf_dir = "/etc/cni/net.d"
`,
	'2': `version = 3
imports = ['/etc/containerd/site.toml'] # the site's own

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.crun]
  runtime_type = 'io.containerd.runc.v2'
`,
};
const siteFile = `version = 3\n\n[plugins.'io.containerd.cri.v1.images'.registry]\n  config_path = '/etc/containerd/certs.d'\n`;
const mainFileOf = ({version}: ContainerdEngine): string | null =>
	mainFiles[Object.keys(mainFiles).find(line => version.startsWith(`${line}.`)) ?? ''] ?? null;

const eventsOf = (stdout: string): RunEvent[] =>
	stdout
		.trimEnd()
		.split('\n')
		.map(line => JSON.parse(line) as RunEvent);

const lastOf = (events: readonly RunEvent[]): RunEvent | undefined => events.at(-1);

const engines = await containerdEngines();
let rust: MadeArchive;
let server: ReleaseServer;
beforeAll(async () => {
	rust = await makeArchive('rust');
	server = await serveReleases({archives: [rust]});
}, 10 * MINUTE);
afterAll(() => server.close());

describe.each(engines)('a journey with containerd $version', {timeout: 10 * MINUTE}, engine => {
	let host: JourneyHost;
	let before: Snapshot;
	let dumpBefore: string;
	/** The flags of every install here. */
	let choice: string[];

	beforeAll(async () => {
		host = await openJourneyHost(engine, {
			mainFile: mainFileOf(engine),
			extraFiles: {'/etc/containerd/site.toml': siteFile},
		});
		choice = ['--runtime', 'rust', '--hypervisor', 'qemu', ...(await ignoring(host))];
		before = await host.snapshot();
		dumpBefore = await host.dump();
	}, 3 * MINUTE);
	afterAll(() => host?.close());

	const isAsBefore = async (): Promise<void> => {
		expect(await host.snapshot()).toEqual(before);
		expect(await host.dump()).toBe(dumpBefore);
	};

	describe('by flags', () => {
		it('installs from a release index, and proves the VM', async () => {
			const done = await host.kataSetup('install', '--yes', ...choice, '--release-url', server.url);
			expect(done.stderr).toBe('');
			expect(done.code).toBe(0);
			expect(done.stdout).toMatch(/^Smoke test: .*VM/m);
			expect(done.stdout).toMatch(/runc as control: told apart/);
			expect(done.stdout).toMatch(/^Done\.$/m);
		});

		it('says what is installed, and that everything is well', async () => {
			const status = await host.kataSetup('status');
			expect(status.code).toBe(0);
			expect(status.stdout).toMatch(/^Kata {8}4\.1\.900$/m);
			expect(status.stdout).toMatch(/^Hypervisor {2}QEMU$/m);
			expect(status.stdout).toMatch(/^Last run {4}install, \d{4}-\d\d-\d\d \d\d:\d\d UTC: done$/m);
			const {facts} = JSON.parse((await host.kataSetup('check', '--json')).stdout) as {facts: Facts};
			expect(facts.installation).toMatchObject({version: '4.1.900', runtime: 'rust', hypervisor: 'qemu'});
			expect(facts.containerd).toMatchObject([{binary: engine.binary, version: engine.version}]);
		});

		it('has an engine that starts with the handler, keeps its default, and finds Kata by its name', async () => {
			await host.restartEngine();
			const dump = await host.dump();
			expect(dump).toMatch(/runtimes\.kata\]/);
			expect(dump).toContain('/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2');
			expect(dump).toMatch(/default_runtime_name = ["']runc["']/);
			expect(await host.ctr('plugins', 'ls')).not.toMatch(/cri.* error/);
			const shim = await host.run('/usr/local/bin/containerd-shim-kata-v2', ['--version']);
			expect(shim.code).toBe(0);
		});

		it('proves it again, after the engine was restarted', async () => {
			const {code, stdout, stderr} = await host.kataSetup('test', '--json');
			expect(stderr).toBe('');
			expect(code).toBe(0);
			const events = eventsOf(stdout);
			expect(events.find(({event}) => event === 'verdict')).toMatchObject({
				verdict: {outcome: 'vm', control: {outcome: 'told-apart'}},
			});
			expect(lastOf(events)).toMatchObject({event: 'run-finished', outcome: 'done', error: null});
		});

		it('installs nothing over it', async () => {
			const installed = await host.snapshot();
			const {code, stdout} = await host.kataSetup('install', '--yes', ...choice, '--release-url', server.url);
			expect(stdout).toContain('It is so already');
			expect(code).toBe(0);
			expect(await host.snapshot()).toEqual(installed);
		});

		it('uninstalls to the very tree that was there before', async () => {
			const {code, stderr} = await host.kataSetup('uninstall', '--yes');
			expect(stderr).toBe('');
			expect(code).toBe(0);
			await isAsBefore();
			await host.restartEngine();
			await isAsBefore();
			expect(await host.ctr('namespaces', 'ls', '-q')).not.toContain('kata-setup');
		});
	});

	describe('by a reviewed plan from a local archive', () => {
		let file: string;
		const plan = async (): Promise<string> =>
			(await host.kataSetup('plan', '--json', ...choice, '--archive', rust.path, '--sha256', rust.sha256)).stdout;

		it('refuses a host that changed since, and touches nothing', async () => {
			file = join(host.folder, 'plan.json');
			await writeFile(file, await plan());
			await host.run('sh', ['-c', `mkdir -p /etc/containerd; echo '# since then' >>${config}`]);
			const changed = await host.snapshot();
			const {code, stderr, stdout} = await host.kataSetup('apply', file, '--yes');
			expect(code).toBe(6);
			expect(stderr + stdout).toContain(config);
			expect(await host.snapshot()).toEqual(changed);
			await restoreMainFile(host);
			await isAsBefore();
		});

		it('applies it, one event a line, and gives everything back', async () => {
			const {hash} = JSON.parse(await readFile(file, 'utf8')) as Plan;
			const {code, stdout} = await host.kataSetup('apply', file, '--yes', '--json');
			const events = eventsOf(stdout);
			expect(events.map(({number}) => number)).toEqual(events.map((_, index) => index + 1));
			expect(events[0]).toMatchObject({event: 'run-started', planHash: hash, rehearsal: false});
			expect(events.find(({event}) => event === 'verdict')).toMatchObject({verdict: {outcome: 'vm'}});
			expect(lastOf(events)).toMatchObject({event: 'run-finished', outcome: 'done', error: null});
			expect(code).toBe(0);
			expect((await host.kataSetup('uninstall', '--yes')).code).toBe(0);
			await isAsBefore();
		});
	});

	it('by the wizard, from the first key to the last frame, with the same plan as by flags', async () => {
		const words = ['--release-url', server.url];
		const planned = JSON.parse((await host.kataSetup('plan', '--json', ...choice, ...words)).stdout) as Plan;
		const wizard = host.onTerminal([...(await ignoring(host)), ...words]);
		await wizard.until('choose the runtime', MINUTE);
		wizard.press(KEYS.enter);
		await wizard.until('Which runtime');
		wizard.press(KEYS.enter);
		await wizard.until('Which hypervisor');
		wizard.press(KEYS.enter);
		await wizard.until('nothing is changed yet', MINUTE);
		expect(await host.snapshot()).toEqual(before);
		wizard.press('i');
		const shown = await wizard.until('Installed, and proven', 5 * MINUTE);
		expect(shown).toContain('✔ boot id');
		wizard.press('q');
		expect(await wizard.exit()).toEqual({code: 0, signal: null});
		expect(wizard.history()).toContain('kata-setup uninstall');
		const journal = (await host.run('head', ['-1', '/var/lib/kata-setup/journal.ndjson'])).stdout;
		expect(JSON.parse(journal)).toMatchObject({record: 'begin', verb: 'install', planHash: planned.hash});
		expect((await host.kataSetup('uninstall', '--yes')).code).toBe(0);
		await isAsBefore();
	});
});

/** As it was when the host was opened. */
async function restoreMainFile(host: JourneyHost): Promise<void> {
	const text = mainFileOf(host.engine);
	if (text !== null) await host.run('sh', ['-c', `cat >${config}`], {input: text});
	else await host.run('sh', ['-c', `rm ${config}; rmdir --ignore-fail-on-non-empty /etc/containerd`]);
}

describe('when it goes wrong', {timeout: 10 * MINUTE}, () => {
	const engine = engines.at(-1) as ContainerdEngine;
	let host: JourneyHost;
	let before: Snapshot;
	let settings: string;
	let choice: string[];

	beforeEach(async () => {
		host = await openJourneyHost(engine, {
			mainFile: 'version = 2\n',
			env: folder => ({KATA_STAND_IN_SETTINGS: join(folder, 'stand-in.json')}),
		});
		settings = join(host.folder, 'stand-in.json');
		choice = ['--runtime', 'rust', '--hypervisor', 'qemu', ...(await ignoring(host))];
		choice.push('--archive', rust.path, '--sha256', rust.sha256);
		before = await host.snapshot();
	}, 3 * MINUTE);
	afterEach(() => host?.close());

	const behave = (mode: Record<string, string>): Promise<void> => writeFile(settings, JSON.stringify(mode));

	it('says in one plain sentence that the container ran without a VM', async () => {
		await behave({mode: 'no-vm'});
		const {code, stdout} = await host.kataSetup('install', '--yes', ...choice);
		expect(code).toBe(10);
		expect(stdout).toMatch(/^Smoke test: .*(no VM|host.s (own )?kernel)/m);
		expect((await host.kataSetup('uninstall', '--yes')).code).toBe(0);
		expect(await host.snapshot()).toEqual(before);
	});

	it('takes a VM of another program for no proof', async () => {
		await behave({mode: 'wrong-vm'});
		const {code, stdout} = await host.kataSetup('install', '--yes', '--json', ...choice);
		expect(code).toBe(10);
		expect(eventsOf(stdout).find(({event}) => event === 'verdict')).toMatchObject({verdict: {outcome: 'wrong-vm'}});
	});

	it.each(['fail', 'fail-start', 'die'])('tells the cause when the shim does this: %s', async mode => {
		await behave({mode});
		const {code, stdout} = await host.kataSetup('install', '--yes', '--json', ...choice);
		expect(code).toBe(10);
		const verdict = eventsOf(stdout).find(({event}) => event === 'verdict');
		expect(verdict).toMatchObject({verdict: {outcome: 'failed', control: {outcome: 'told-apart'}}});
		if (verdict?.event !== 'verdict') throw new Error('there is no verdict');
		expect(verdict.verdict.cause).toBeTruthy();
		expect(verdict.verdict.remedy).not.toEqual([]);
		if (mode === 'fail') expect(verdict.verdict.cause).toMatch(/kvm/i);
	});

	it('gives up on a sandbox that never starts, and leaves none behind', async () => {
		await behave({mode: 'hang'});
		// The same plan with less patience: its hash is made anew, as by whoever writes plans by hand.
		const plan = JSON.parse((await host.kataSetup('plan', '--json', ...choice)).stdout) as Plan;
		for (const step of plan.steps) if (step.kind === 'smoke-test') step.args.timeoutMs = 8_000;
		const {hash: _, kataSetup, ...rest} = plan;
		const file = join(host.folder, 'plan.json');
		await writeFile(file, JSON.stringify({...rest, kataSetup, hash: hashOf(rest)}));
		const {code, stdout} = await host.kataSetup('apply', file, '--yes', '--json');
		expect(code).toBe(10);
		expect(eventsOf(stdout).find(({event}) => event === 'verdict')).toMatchObject({
			verdict: {outcome: 'failed', cause: expect.stringMatching(/second|time/)},
		});
		expect(await host.ctr('-n', 'kata-setup', 'containers', 'ls', '-q')).toBe('');
		expect((await host.run('sh', ['-c', 'ps ax | grep [c]ontainerd-shim-kata'])).stdout).toBe('');
	});

	it('undoes everything when a step fails', async () => {
		// A mount of our own over a folder of our own: the last link cannot be made.
		await host.run('sh', [
			'-c',
			'mount --bind /usr/local/bin /usr/local/bin && mount -o remount,bind,ro /usr/local/bin',
		]);
		const {code, stderr, stdout} = await host.kataSetup('install', '--yes', ...choice);
		expect(stdout).toContain('Undoing what was done:');
		expect(stdout).toContain('/usr/local/bin cannot be written to.');
		expect(stdout).toContain('mounted read-only');
		expect(stderr).toBe('');
		expect(code).toBe(8);
		expect(await host.snapshot()).toEqual(before);
	});

	it('undoes everything when the bytes are not those that were promised', async () => {
		const lying = await serveReleases({archives: [{...rust, sha256: 'f'.repeat(64)}]});
		try {
			const words = [...choice.slice(0, choice.indexOf('--archive')), '--release-url', lying.url];
			const {code, stderr, stdout} = await host.kataSetup('install', '--yes', ...words);
			expect(code).toBe(7);
			expect(stderr + stdout).toContain('f'.repeat(12));
			expect(await host.snapshot()).toEqual(before);
		} finally {
			await lying.close();
		}
	});

	it('lets only one run at a time, says who it is and since when, and undoes a cancelled one', async () => {
		await behave({mode: 'hang'});
		const first = host.onTerminal(['install', '--yes', '--plain', ...choice], {cols: 120});
		await first.until(/\] .*(Prove|proof|VM)/, 2 * MINUTE);
		const {code, stderr} = await host.kataSetup('install', '--yes', ...choice);
		expect(code).toBe(5);
		expect(stderr).toMatch(/`kata-setup install` of root \(process \d+\) since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
		expect((await host.kataSetup('status')).stdout).toContain('At work now');
		// Once asks, twice undoes.
		first.press(KEYS.ctrlC);
		await first.until('Ctrl-C again stops and undoes it all');
		first.press(KEYS.ctrlC);
		expect((await first.exit(2 * MINUTE)).code).toBe(130);
		expect(await host.snapshot()).toEqual(before);
	});
});
