/**
 * A release unpacked by hand at /opt/kata, with a handler written by hand, on a real containerd: adopted, proven, switched,
 * rolled back, and given back by an uninstall to the very tree that was there before; where the proof fails, by itself.
 */
// needs: engines, guest
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type Snapshot, withoutOwnState} from '../lab/snapshot.ts';
import {makeArchive} from './stand-in/release.ts';
import {containerdEngines} from './support/engines.ts';
import {type JourneyHost, openJourneyHost} from './support/journey-host.ts';
import {ignoring} from './support/stand-in-flags.ts';

const MINUTE = 60_000;
const engine = (await containerdEngines()).at(-1);
if (!engine) throw new Error('There is no containerd to test with.');

const runtimeFolder = '/opt/kata/runtime-rs';
const configuration = '/opt/kata/share/defaults/kata-containers/runtime-rs/configuration-qemu-runtime-rs.toml';
const folderOfDropIns = `${configuration.replace(/\/[^/]+$/, '')}/config.d`;
const mine = '[runtime]\\nenable_debug = true\\n';
const byHand = `version = 3
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.kata]
runtime_type = "io.containerd.kata.v2"
runtime_path = "${runtimeFolder}/bin/containerd-shim-kata-v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.kata.options]
ConfigPath = "${configuration}"
`;

describe(`adopting, with containerd ${engine.version}`, {timeout: 10 * MINUTE}, () => {
	let host: JourneyHost;
	let ignored: string[];
	let before: Snapshot;
	let settings: string;

	const linkOf = async (path: string): Promise<string> => (await host.run('readlink', [path])).stdout.trim();

	beforeAll(async () => {
		host = await openJourneyHost(engine, {
			mainFile: byHand,
			env: folder => ({KATA_STAND_IN_SETTINGS: join(folder, 'stand-in.json')}),
		});
		settings = join(host.folder, 'stand-in.json');
		ignored = await ignoring(host);
		const {path} = await makeArchive('rust', {folder: host.folder});
		const unpacked = await host.run('tar', ['-xf', path, '-C', '/']);
		expect(unpacked.stderr).toBe('');
		await host.run('sh', ['-ec', `mkdir ${folderOfDropIns} && printf '${mine}' >${folderOfDropIns}/50-mine.toml`]);
		before = await host.snapshot();
	}, 5 * MINUTE);
	afterAll(() => host?.close());

	it('goes back by itself where no VM can be proven', async () => {
		await writeFile(settings, JSON.stringify({mode: 'no-vm'}));
		const {code, stdout} = await host.kataSetup('adopt', '--yes', ...ignored);
		await writeFile(settings, '{}');
		expect(code, stdout).toBe(10);
		expect(withoutOwnState(await host.snapshot())).toEqual(before);
	});

	it('leaves a sandbox running that was started before, and an uninstall waits for that', async () => {
		const image = join(import.meta.dirname, '../../assets/smoke/kata-setup-smoke-x86_64.tar');
		await host.ctr('-n', 'people', 'images', 'import', image);
		const files = ['--runtime', `${runtimeFolder}/bin/containerd-shim-kata-v2`, '--runtime-config-path', configuration];
		await host.ctr('-n', 'people', 'run', '-d', ...files, 'localhost/kata-setup-smoke:1', 'theirs');
		const running = async (): Promise<string> => host.ctr('-n', 'people', 'tasks', 'ls');
		expect(await running()).toMatch(/^theirs .*RUNNING/m);
		const done = await host.kataSetup('adopt', '--yes', ...ignored);
		expect(done.code, done.stdout + done.stderr).toBe(0);
		expect(await running()).toMatch(/^theirs .*RUNNING/m);
		const refused = await host.kataSetup('uninstall', '--yes');
		expect(refused.code, refused.stdout + refused.stderr).toBe(13);
		await host.ctr('-n', 'people', 'tasks', 'rm', '-f', 'theirs');
		await host.ctr('-n', 'people', 'containers', 'rm', 'theirs');
		await host.ctr('-n', 'people', 'images', 'rm', 'localhost/kata-setup-smoke:1');
		expect((await host.kataSetup('uninstall', '--yes')).code).toBe(0);
		expect((await host.run('test', ['-d', '/opt/kata', '-a', '!', '-L', '/opt/kata'])).code).toBe(0);
	});

	it('takes it as it is, proves it, and leaves the handler written by hand in force', async () => {
		const {code, stdout, stderr} = await host.kataSetup('adopt', '--yes', ...ignored);
		expect(stdout + stderr).toMatch(/^Smoke test: .*VM/m);
		expect(code).toBe(0);
		expect(await linkOf('/opt/kata')).toMatch(/^kata-setup\/trees\/4\.1\.900-rust-adopted$/);
		const carried = await host.run('cat', ['/etc/kata-containers/kata-setup/active/config.d/50-mine.toml']);
		expect(carried.stdout).toBe('[runtime]\nenable_debug = true\n');
		expect(stdout).toContain('Carry your drop-in 50-mine.toml over to rust-qemu');
		const dump = await host.dump();
		expect(dump).toContain('/opt/kata/runtime-rs/bin/containerd-shim-kata-v2');
		expect(dump).toContain('/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2');
		expect((await host.run('test', ['-x', '/opt/kata/runtime-rs/bin/containerd-shim-kata-v2'])).code).toBe(0);
		expect((await host.kataSetup('test', '--json')).code).toBe(0);
	});

	it('is switched and rolled back without an archive', async () => {
		expect((await host.kataSetup('switch', '--yes', '--vcpus', '2', ...ignored)).code).toBe(0);
		expect((await host.kataSetup('rollback', '--yes', ...ignored)).code).toBe(0);
		expect((await host.kataSetup('status')).stdout).toContain('4.1.900-rust-adopted');
	});

	it('is given back: the tree is the one of before, file by file', async () => {
		const {code, stderr} = await host.kataSetup('uninstall', '--yes');
		expect(stderr).toBe('');
		expect(code).toBe(0);
		expect(await host.snapshot()).toEqual(before);
	});
});
