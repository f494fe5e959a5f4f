/**
 * Switching, upgrading and rolling back on a real containerd, with the stand-in's releases: the engine goes on running, what
 * cannot be proven goes back by itself, and an uninstall gives the tree that was there before the first install.
 */
// needs: engines, guest
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it, vi} from 'vitest';
import type {RunEvent} from '../../src/apply/events.ts';
import {assetPath} from '../../src/assets.ts';
import type {Plan} from '../../src/plan/plan.ts';
import type {Snapshot} from '../lab/snapshot.ts';
import {type MadeRelease, makeArchive, makeRelease} from './stand-in/release.ts';
import {type ReleaseServer, serveReleases} from './stand-in/release-server.ts';
import {containerdEngines} from './support/engines.ts';
import {type JourneyHost, openJourneyHost} from './support/journey-host.ts';
import {ignoring} from './support/stand-in-flags.ts';

const MINUTE = 60_000;
const active = '/etc/kata-containers/kata-setup/active';
/** The newest: where containerd's own formats matter, `containerd` and `journey` tests have all of them. */
const engine = (await containerdEngines()).at(-1);
if (!engine) throw new Error('There is no containerd to test with.');

describe(`changing an installation, with containerd ${engine.version}`, {timeout: 10 * MINUTE}, () => {
	let host: JourneyHost;
	let server: ReleaseServer;
	let release: MadeRelease;
	let settings: string;
	let ignored: string[];
	let before: Snapshot;
	let installed: Snapshot;

	const install = () => {
		const words = ['--runtime', 'rust', '--hypervisor', 'qemu', '--version', '4.1.900', '--release-url', server.url];
		return host.kataSetup('install', '--yes', ...words, ...ignored);
	};

	/** Does something while a person's container runs in a sandbox of the installed pair, which is gone afterwards. */
	async function withSandbox(work: () => Promise<void>): Promise<void> {
		const image = 'localhost/kata-setup-smoke:1';
		await host.ctr('images', 'import', assetPath('smoke/kata-setup-smoke-x86_64.tar'));
		const words = ['--runtime', `${active}/containerd-shim-kata-v2`];
		const running = host.ctr('run', ...words, '--runtime-config-path', `${active}/configuration.toml`, image, 'mine');
		try {
			// Its VM runs before containerd has a task that could be ended.
			await vi.waitFor(async () => expect(await host.ctr('tasks', 'ls')).toMatch(/^mine .*RUNNING/m), {
				timeout: MINUTE,
			});
			expect((await host.kataSetup('status')).stdout).toMatch(/^Running {5}1 with qemu/m);
			await work();
		} finally {
			await host.ctr('tasks', 'kill', '-s', 'SIGKILL', 'mine');
			await running.catch(() => undefined);
			await host.ctr('containers', 'rm', 'mine');
			await host.ctr('images', 'rm', '--sync', image);
		}
	}
	/** How a refusal names that container. */
	const named = /mine: qemu-system-x86_64 of 4\.1\.900-rust-\w+, process (\d+)/;

	/** Everything but our own state: a rollback gives the same host, and a longer journal. */
	const withoutState = (tree: Snapshot): Snapshot =>
		Object.fromEntries(Object.entries(tree).filter(([path]) => !path.startsWith('/var/lib/kata-setup')));
	const linkOf = async (path: string): Promise<string> => (await host.run('readlink', [path])).stdout.trim();
	/** Those of QEMU that run: process id and program, a line each. */
	const hypervisors = async (): Promise<string> => {
		const script = `for process in /proc/[0-9]*; do
			program=$(readlink $process/exe) && case $program in /opt/kata-setup/trees/*qemu-system*) echo "\${process#/proc/} $program" ;; esac
		done`;
		return (await host.run('sh', ['-c', `${script}; true`])).stdout;
	};
	const daemon = async (): Promise<string> => (await host.run('sh', ['-c', 'pgrep -x containerd | sort'])).stdout;

	beforeAll(async () => {
		release = await makeRelease();
		const newer = await makeArchive('rust', {version: '4.1.901'});
		server = await serveReleases({archives: [release.rust, release.go, newer]});
		host = await openJourneyHost(engine, {
			mainFile: null,
			env: folder => ({KATA_STAND_IN_SETTINGS: join(folder, 'stand-in.json')}),
		});
		settings = join(host.folder, 'stand-in.json');
		ignored = await ignoring(host);
		before = await host.snapshot();
		const {code, stdout, stderr} = await install();
		expect(stdout + stderr).toContain('Done.');
		expect(code).toBe(0);
		installed = await host.snapshot();
	}, 5 * MINUTE);
	afterAll(async () => {
		await host?.close();
		await server?.close();
	});

	it('writes nothing where it is so already, and asks nobody for what it has', async () => {
		const asked = server.requests.length;
		for (const again of [host.kataSetup('switch', 'qemu', '--yes', ...ignored), install()]) {
			const {code, stdout} = await again;
			expect(stdout).toContain('It is so already');
			expect(code).toBe(0);
		}
		expect(server.requests).toHaveLength(asked);
		expect(await host.snapshot()).toEqual(installed);
	});

	it('changes an option, proves it without a restart of the engine or a download, and rolls back', async () => {
		const running = await daemon();
		const asked = server.requests.length;
		const link = await linkOf(active);
		const done = await host.kataSetup('switch', '--yes', '--vcpus', '2', ...ignored);
		expect(done.stdout).toMatch(/^Smoke test: .*VM/m);
		expect(done.code).toBe(0);
		expect(server.requests).toHaveLength(asked);
		expect(await daemon()).toBe(running);
		expect(await linkOf(active)).toBe(link);
		const dropIn = `${active}/config.d/10-kata-setup.toml`;
		expect((await host.run('cat', [dropIn])).stdout).toContain('default_vcpus = 2');
		const back = await host.kataSetup('rollback', '--yes', ...ignored);
		expect(back.code).toBe(0);
		expect(withoutState(await host.snapshot())).toEqual(withoutState(installed));
		expect(await daemon()).toBe(running);
	});

	it('goes back by itself from a pair that does not prove itself, and says why', async () => {
		// The stand-in's cloud-hypervisor is a placeholder: nothing starts.
		const {code, stdout} = await host.kataSetup('switch', 'clh', '--yes', '--json', ...ignored);
		const events = stdout
			.trimEnd()
			.split('\n')
			.map(line => JSON.parse(line) as RunEvent);
		expect(events.find(({event}) => event === 'verdict')).toMatchObject({verdict: {outcome: 'failed'}});
		expect(events.at(-1)).toMatchObject({event: 'run-finished', outcome: 'undone', error: {exit: 'unproven'}});
		expect(code).toBe(10);
		expect(withoutState(await host.snapshot())).toEqual(withoutState(installed));
		expect((await host.kataSetup('test', '--json')).code).toBe(0);
	});

	it('changes the runtime: downloads its archive alone, and takes shim and default configuration along', async () => {
		const asked = server.requests.length;
		const {code} = await host.kataSetup('switch', 'go', '--yes', '--release-url', server.url, ...ignored);
		expect(code).toBe(0);
		const downloads = server.requests.slice(asked).filter(request => request.includes('/download/'));
		expect(downloads).toEqual([expect.stringContaining(release.go.name)]);
		const link = await linkOf(active);
		expect(link).toMatch(/^go-qemu\/4\.1\.900-go-[0-9a-f]{12}$/);
		expect(await linkOf(`${active}/containerd-shim-kata-v2`)).toBe(
			`/opt/kata-setup/trees/${link.split('/')[1]}/bin/containerd-shim-kata-v2`,
		);
		expect(await linkOf('/opt/kata')).toBe(`kata-setup/trees/${link.split('/')[1]}`);
		expect(await linkOf('/etc/kata-containers/configuration.toml')).toBe(`${active}/configuration.toml`);
		expect(await linkOf('/etc/kata-containers/runtime-rs/configuration.toml')).toBe('');
		const plan = JSON.parse((await host.kataSetup('rollback', '--dry-run', '--json', ...ignored)).stdout) as Plan;
		expect(plan.steps.filter(({kind}) => kind === 'fetch-archive' || kind === 'containerd-config')).toEqual([]);
		const asked2 = server.requests.length;
		expect((await host.kataSetup('rollback', '--yes', ...ignored)).code).toBe(0);
		expect(server.requests).toHaveLength(asked2);
		expect(await linkOf(active)).toMatch(/^rust-qemu\//);
	});

	it('upgrades beside the old release, whose sandbox runs on, and rolls back from a newer one that does not start a VM', async () => {
		const words = ['upgrade', '--yes', '--version', '4.1.901', '--release-url', server.url, ...ignored];
		await withSandbox(async () => {
			const vm = await hypervisors();
			expect(vm).toMatch(/^\d+ \/opt\/kata-setup\/trees\/4\.1\.900-rust-\w+\/bin\/qemu-system-x86_64$/m);
			await writeFile(settings, JSON.stringify({mode: 'no-vm'}));
			expect((await host.kataSetup(...words)).code).toBe(10);
			expect(await linkOf(active)).toMatch(/^rust-qemu\/4\.1\.900-/);
			await writeFile(settings, '{}');
			const upgraded = await host.kataSetup(...words);
			expect(upgraded.stdout).toMatch(/Sandboxes that run stay as they are .*: 1 with \S+ of 4\.1\.900-rust-/);
			expect(upgraded.code).toBe(0);
			expect(await linkOf(active)).toMatch(/^rust-qemu\/4\.1\.901-/);
			const status = (await host.kataSetup('status')).stdout;
			expect(status).toMatch(/^Kata {8}4\.1\.901$/m);
			expect(status).toMatch(/^Running {5}1 with qemu/m);
			// Of the go runtime's release, which is neither in force nor what a rollback goes back to, nothing is left.
			const trees = (await host.run('ls', ['/opt/kata-setup/trees'])).stdout;
			expect(trees.match(/^\S+$/gm)?.filter(name => !name.endsWith('.manifest'))).toEqual([
				expect.stringMatching(/^4\.1\.900-rust-/),
				expect.stringMatching(/^4\.1\.901-rust-/),
			]);
			expect(trees).not.toContain('-go-');
			expect((await host.kataSetup('rollback', '--yes', ...ignored)).code).toBe(0);
			expect(await linkOf(active)).toMatch(/^rust-qemu\/4\.1\.900-/);
			// Forth and back once more, with both releases here: the index, which it knows by itself now, is not asked.
			const asked = server.requests.length;
			const forth = ['upgrade', '--yes', '--version', '4.1.901', '--no-test', ...ignored];
			expect((await host.kataSetup(...forth)).code).toBe(0);
			expect(await linkOf(active)).toMatch(/^rust-qemu\/4\.1\.901-/);
			expect((await host.kataSetup('rollback', '--yes', '--no-test', ...ignored)).code).toBe(0);
			expect(server.requests).toHaveLength(asked);
			// Without a version it asks the index that the release came from, not the default one.
			expect((await host.kataSetup('upgrade', '--dry-run', ...ignored)).code).toBe(0);
			expect(server.requests.length).toBeGreaterThan(asked);
			// The same process of the same release, through all of it.
			expect(await hypervisors()).toBe(vm);
			expect(await host.ctr('tasks', 'ls')).toMatch(/^mine .*RUNNING/m);
		});
	});

	it('takes nothing away under a sandbox that runs: names it, waits for it, and leaves all as it was on Ctrl-C', async () => {
		await withSandbox(async () => {
			const refused = await host.kataSetup('uninstall', '--yes');
			expect(refused.stderr).toMatch(named);
			expect(refused.code).toBe(13);
			const planned = JSON.parse((await host.kataSetup('uninstall', '--dry-run', '--json')).stdout) as Plan;
			expect(planned.notes[0]).toMatch(named);
			// The worker looks itself: something may start between the plan and the run.
			await writeFile(join(host.folder, 'plan.json'), JSON.stringify(planned));
			const applied = await host.kataSetup('apply', join(host.folder, 'plan.json'), '--yes');
			expect(`${applied.stdout}${applied.stderr}`).toMatch(named);
			expect(applied.code).toBe(13);
			// What the runtime keeps of its sandbox is none of ours.
			const ours = async (): Promise<Snapshot> =>
				Object.fromEntries(Object.entries(await host.snapshot()).filter(([path]) => !path.startsWith('/run/kata')));
			const standing = await ours();
			const terminal = host.onTerminal(['uninstall', '--yes', '--wait']);
			await terminal.until('Waiting for sandboxes to end: mine');
			terminal.press('\x03');
			await terminal.exit();
			expect(await ours()).toEqual(standing);
		});
	});

	it('uninstalls all of it to the tree that was there before', async () => {
		const {code, stderr} = await host.kataSetup('uninstall', '--yes');
		expect(stderr).toBe('');
		expect(code).toBe(0);
		expect(await host.snapshot()).toEqual(before);
	});

	it('goes on with an uninstall that was killed, but not under a sandbox either', async () => {
		expect((await install()).code).toBe(0);
		const killed = await host.kataSetupWith({KATA_SETUP_TEST_CHECKPOINT: 'record 1: after'}, 'uninstall', '--yes');
		expect(killed.code).toBe(9);
		await withSandbox(async () => {
			const refused = await host.kataSetup('finish', '--yes');
			expect(refused.stderr).toMatch(named);
			expect(refused.code).toBe(13);
			const terminal = host.onTerminal(['finish', '--yes', '--wait']);
			await terminal.until('Waiting for sandboxes to end: mine');
			terminal.press('\x03');
			await terminal.exit();
		});
		const {code, stderr} = await host.kataSetup('finish', '--yes', '--wait');
		expect(stderr).toBe('');
		expect(code).toBe(0);
		expect(await host.snapshot()).toEqual(before);
	});
});
