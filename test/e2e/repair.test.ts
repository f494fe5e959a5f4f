/**
 * Repair on a real containerd: each kind of thing of ours is damaged in turn, `status` names it, `repair` makes right exactly
 * it, and the tree is then the one from before the damage. With the oldest and the newest containerd, whose configuration
 * holds our handler in different ways; and once with a real guest, whose archive is fetched again.
 */
// needs: engines, guest
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {Plan} from '../../src/plan/plan.ts';
import {type Snapshot, withoutOwnState} from '../lab/snapshot.ts';
import {type MadeRelease, makeRelease} from './stand-in/release.ts';
import {type ReleaseServer, serveReleases} from './stand-in/release-server.ts';
import {type ContainerdEngine, containerdEngines} from './support/engines.ts';
import {type JourneyHost, openJourneyHost} from './support/journey-host.ts';
import {openMiniatureHost} from './support/miniature.ts';
import {ignoring} from './support/stand-in-flags.ts';

const MINUTE = 60_000;
const engines = await containerdEngines();
const newest = engines.at(-1) as ContainerdEngine;
const oldest = engines[0] as ContainerdEngine;

interface Damage {
	what: string;
	script: string;
	/** What `status` says of it; null: only the deep look of `repair` sees it. */
	says: RegExp | null;
}

const tree = '/opt/kata-setup/trees/*-rust-*[0-9a-f]';
const pinned = '/etc/kata-containers/kata-setup/rust-qemu/*-rust-*';
const dropIn = '/etc/containerd/conf.d/kata-setup.toml';
const main = '/etc/containerd/config.toml';

const damages: Damage[] = [
	{what: 'the active link gone', script: 'rm /etc/kata-containers/kata-setup/active', says: /\/active is gone$/m},
	{what: 'a link to elsewhere', script: 'ln -sfn /srv/kata /opt/kata', says: /\/opt\/kata points at \/srv\/kata, not/},
	{
		what: 'an edited configuration',
		script: `sed -i 's/^path = .*/path = "x"/' ${pinned}/configuration.toml`,
		says: /configuration.toml was changed$/m,
	},
	{what: 'a deleted configuration', script: `rm ${pinned}/configuration.toml`, says: /configuration.toml is gone$/m},
	{what: 'a folder open to all', script: `chmod 777 ${pinned}`, says: /has the mode 777, not 755$/m},
	{what: 'a folder of somebody else', script: `chown 1000:1000 ${pinned}`, says: /belongs to the user 1000, not 0$/m},
	{
		what: 'a link of somebody else',
		script: 'chown -h 1000 /usr/local/bin/containerd-shim-kata-v2',
		says: /kata-v2 belongs to the user 1000, not 0$/m,
	},
	{
		what: 'a guest image that was cut off',
		script: `truncate -s 3 ${tree}/share/kata-containers/rehearsal.image`,
		says: /rehearsal.image was changed: it has 3 bytes, not/,
	},
	{
		what: 'a guest image with other bytes of the same number',
		script: `cd ${tree}/share/kata-containers && n=$(stat -c %s rehearsal.image) && head -c $n /dev/urandom >rehearsal.image`,
		says: null,
	},
	{what: 'a program gone', script: `rm ${tree}/libexec/virtiofsd`, says: /virtiofsd is gone$/m},
	{what: 'a program not to execute', script: `chmod 644 ${tree}/libexec/virtiofsd`, says: /virtiofsd has the mode 644/},
	{what: 'a program of somebody else', script: `chown 1000 ${tree}/libexec/virtiofsd`, says: /virtiofsd belongs to/},
	{
		what: 'the kept uninstall gone',
		script: 'rm /opt/kata-setup/uninstall',
		says: /^ +\/opt\/kata-setup\/uninstall is gone$/m,
	},
	{
		what: 'the kept kata-setup cut off',
		script: 'truncate -s 3 /opt/kata-setup/program/*/dist/kata-setup.mjs',
		says: /kata-setup.mjs was changed: it has 3 bytes, not/,
	},
	{
		what: 'the kept kata-setup of somebody else',
		script: 'chown -R 1000 /opt/kata-setup/program/*/bin',
		says: /program\/[^/]+\/bin\/kata-setup.cjs belongs to the user 1000, not 0$/m,
	},
	{what: 'the record of the tree gone', script: `rm ${tree}.manifest`, says: /\.manifest is gone$/m},
	{
		what: 'the record of the tree torn, and files of it broken',
		script: `truncate -s 200 ${tree}.manifest; truncate -s 3 ${tree}/share/kata-containers/rehearsal.image; rm ${tree}/VERSION`,
		says: /\.manifest was changed$/m,
	},
	{what: 'the whole tree gone', script: `rm -r ${tree}`, says: /trees\/[^/]+ is gone$/m},
];

const inDropIn: Damage[] = [
	{what: 'the drop-in gone', script: `rm ${dropIn}`, says: /kata-setup.toml is gone$/m},
	{
		what: 'another shim in the drop-in',
		script: `sed -i 's|^runtime_path = .*|runtime_path = "/usr/bin/mine"|' ${dropIn}`,
		says: /the handler kata in force is \/usr\/bin\/mine with/,
	},
	{what: 'no TOML in the drop-in', script: `echo '[plugins' >${dropIn}`, says: /kata-setup.toml was changed$/m},
	{what: 'the import gone', script: `sed -i '/^imports/d' ${main}`, says: /config.toml was changed$/m},
];
const inMainFile: Damage[] = [
	{
		what: 'our lines gone from the main file',
		script: `sed -i '/BEGIN kata-setup/,/END kata-setup/d' ${main}`,
		says: /the handler kata in force is not in/,
	},
	{
		what: 'another shim in our lines',
		script: `sed -i 's|^ *runtime_path = .*active.*|runtime_path = "/usr/bin/mine"|' ${main}`,
		says: /config.toml was changed$/m,
	},
];

describe.each([
	{engine: newest, damages: [...damages, ...inDropIn]},
	{engine: oldest, damages: inMainFile},
])('repair with containerd $engine.version', {timeout: 5 * MINUTE}, ({engine, damages: all}) => {
	let host: JourneyHost;
	let before: Snapshot;
	let installed: Snapshot;

	beforeAll(async () => {
		const made = await openMiniatureHost(engine);
		host = made.host;
		before = await host.snapshot();
		const {code, stderr} = await host.kataSetup(...made.install);
		expect(stderr).toBe('');
		expect(code).toBe(0);
		installed = await host.snapshot();
	}, 2 * MINUTE);
	afterAll(() => host?.close());

	it('writes nothing where nothing drifted', async () => {
		expect((await host.kataSetup('status')).stdout).toMatch(/^Drift {7}none/m);
		const {code, stdout} = await host.kataSetup('repair', '--yes');
		expect(stdout).toContain('Nothing drifted');
		expect(code).toBe(0);
		expect(await host.snapshot()).toEqual(installed);
	});

	it.each(all)('makes right: $what', async ({script, says}) => {
		expect((await host.run('sh', ['-ec', script])).stderr).toBe('');
		const told = (await host.kataSetup('status')).stdout;
		if (says === null) expect(told).toMatch(/^Drift {7}none/m);
		else expect(told).toMatch(says);
		const {code, stdout, stderr} = await host.kataSetup('repair', '--yes', '--no-test');
		expect(stdout + stderr).toContain('Done.');
		expect(code).toBe(0);
		expect(withoutOwnState(await host.snapshot())).toEqual(withoutOwnState(installed));
		expect((await host.kataSetup('status')).stdout).toMatch(/^Drift {7}none/m);
		expect(await host.dump()).toContain('/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2');
	});

	it('keeps what people wrote beside our part of the main file, through a repair and an uninstall', async () => {
		const write = `sed -i '/BEGIN kata-setup/,/END kata-setup/d; /^imports/d' ${main}; printf '\\noom_score = 7\\n' >${main}.new
			cat ${main} >>${main}.new; mv ${main}.new ${main}`;
		await host.run('sh', ['-ec', write]);
		expect((await host.kataSetup('repair', '--yes', '--no-test')).code).toBe(0);
		expect((await host.run('cat', [main])).stdout).toMatch(/^oom_score = 7$/m);
		expect(await host.dump()).toContain('active/containerd-shim-kata-v2');
		expect((await host.kataSetup('uninstall', '--yes')).code).toBe(0);
		expect((await host.run('cat', [main])).stdout).toBe('\noom_score = 7\nversion = 2\n');
		await host.run('sh', ['-c', `printf 'version = 2\\n' >${main}`]);
		expect(await host.snapshot()).toEqual(before);
	});
});

describe(`repair with a real guest, and containerd ${newest.version}`, {timeout: 10 * MINUTE}, () => {
	let host: JourneyHost;
	let server: ReleaseServer;
	let release: MadeRelease;
	let ignored: string[];
	let installed: Snapshot;

	beforeAll(async () => {
		release = await makeRelease();
		server = await serveReleases({archives: [release.rust, release.go]});
		host = await openJourneyHost(newest, {mainFile: null});
		ignored = await ignoring(host);
		const words = ['--runtime', 'rust', '--hypervisor', 'qemu', '--version', '4.1.900', '--release-url', server.url];
		expect((await host.kataSetup('install', '--yes', ...words, ...ignored)).code).toBe(0);
		installed = await host.snapshot();
	}, 5 * MINUTE);
	afterAll(async () => {
		await host?.close();
		await server?.close();
	});

	it('fetches the archive for a broken guest image alone, and proves what it mended', async () => {
		const image = (await host.run('sh', ['-c', `readlink -f ${tree}/share/kata-containers/kata-containers.img`]))
			.stdout;
		const script = `truncate -s 4096 ${image.trim()}; touch -d '2001-01-01' ${tree}/VERSION`;
		expect((await host.run('sh', ['-ec', script])).stderr).toBe('');
		const asked = server.requests.length;
		const plan = JSON.parse((await host.kataSetup('repair', '--dry-run', '--json')).stdout) as Plan;
		expect(plan.steps.map(({kind}) => kind)).toEqual(
			expect.arrayContaining(['fetch-archive', 'mend-tree', 'smoke-test', 'drop-replaced']),
		);
		expect(server.requests).toHaveLength(asked);
		const {code, stdout, stderr} = await host.kataSetup('repair', '--yes');
		expect(stdout + stderr).toMatch(/^Smoke test: .*VM/m);
		expect(code).toBe(0);
		expect(server.requests.slice(asked).filter(request => request.includes('/download/'))).toEqual([
			expect.stringContaining(release.rust.name),
		]);
		expect(withoutOwnState(await host.snapshot())).toEqual(withoutOwnState(installed));
		// Nothing else of the tree was written.
		expect((await host.run('sh', ['-c', `stat -c %y ${tree}/VERSION`])).stdout).toMatch(/^2001-01-01/);
	});

	it('needs no archive and no network for a mode', async () => {
		await host.run('sh', ['-ec', `chmod 600 ${tree}/bin/*`]);
		const asked = server.requests.length;
		expect((await host.kataSetup('repair', '--yes')).code).toBe(0);
		expect(server.requests).toHaveLength(asked);
		expect(withoutOwnState(await host.snapshot())).toEqual(withoutOwnState(installed));
	});
});
