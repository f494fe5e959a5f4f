/**
 * Firecracker's block snapshotter on a real server: set up for Firecracker's handler alone, there again after a reboot with
 * containerd up, and gone with the uninstall. Firecracker itself is a stand-in here, so containers run under runc on it.
 *
 * KATA_SETUP_TEST_ROUNDS=full: kills in the pool's steps; blockfile too, of which a reboot has nothing to set up again, and
 * which copies files of 1 GiB.
 */
// needs: lab server
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {readDump} from '../../src/engines/containerd-dump.ts';
import {valueAt} from '../../src/engines/toml-text.ts';
import {exitCodes} from '../../src/errors.ts';
import {type Server, startServer} from '../lab/server.ts';
import {differences, type Snapshot} from '../lab/snapshot.ts';
import {archiveFlags, goArchive} from './support/miniature.ts';
import {packProject} from './support/package.ts';

const MINUTE = 60_000;
const full = process.env.KATA_SETUP_TEST_ROUNDS === 'full';
const kataSetup = '/home/user/.local/node/bin/node /srv/package/bin/kata-setup.cjs';
const image = 'localhost/kata-setup-smoke:1';

/** What an uninstall must give back; what containerd keeps below /var/lib/containerd is its own. */
const watched = ['/etc', '/opt', '/usr/local', '/var/lib/kata-setup', '/run/kata-setup'];

describe('Firecracker’s block snapshotter on a server', {timeout: 20 * MINUTE}, () => {
	let folder: string;
	let server: Server;
	let install: string;
	let before: Snapshot;
	let dumpBefore: string;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'kata-setup-firecracker-'));
		const tarball = await packProject(folder);
		// Its containerd is a 2.x, which is wholly without images and containers where one snapshotter fails.
		server = await startServer({suite: 'sid'});
		await server.push([tarball, goArchive], '/srv');
		await server.must(`cd /srv && tar xzf ${basename(tarball)} --no-same-owner`);
		const [, , ...digest] = await archiveFlags(goArchive);
		const archive = ['--archive', `/srv/${basename(goArchive)}`, ...digest];
		install = ['install --yes --no-test --runtime go --hypervisor firecracker', ...archive].join(' ');
		await server.must('ctr image import /srv/package/assets/smoke/kata-setup-smoke-x86_64.tar');
	}, 45 * MINUTE);
	afterAll(async () => {
		await server?.down();
		await rm(folder, {recursive: true, force: true});
	}, 3 * MINUTE);

	const run = async (words: string): Promise<string> => server.must(`${kataSetup} ${words}`, {timeoutMs: 10 * MINUTE});
	const stateOf = async (snapshotter: string): Promise<string> =>
		server.must(`ctr plugins ls | awk '$2 == "${snapshotter}" {print $NF}'`);
	const failing = async (): Promise<string> => server.must('ctr plugins ls | grep -w error || true');
	const look = async (): Promise<void> => {
		before = await server.snapshot(watched);
		dumpBefore = await server.must('containerd config dump');
	};

	/** Runs the probe under runc until it has said all it has to say. @returns what its root file system is mounted from */
	async function rootOfContainer(snapshotter: string): Promise<string> {
		const words = `--snapshotter ${snapshotter} --runtime io.containerd.runc.v2 ${image} by-hand`;
		await server.must(
			`timeout -s KILL 300 ctr run --rm ${words} >/tmp/said 2>/tmp/why & until grep -q end=1 /tmp/said; do kill -0 $! || { cat /tmp/why >&2; exit 1; }; sleep 0.2; done`,
			{timeoutMs: 8 * MINUTE},
		);
		const source = await server.must(
			'findmnt --noheadings --output SOURCE /run/containerd/io.containerd.runtime.v2.task/default/by-hand/rootfs',
		);
		await server.must(
			'ctr task kill -s SIGKILL by-hand; while ctr container ls -q | grep -q by-hand; do sleep 0.2; done; rm /tmp/said /tmp/why',
		);
		return source;
	}

	/** The handlers in force that have a snapshotter of their own, and containerd's own one. */
	async function selected(): Promise<{handlers: Record<string, unknown>; own: unknown}> {
		const {parsed, runtimes} = readDump(await server.must('containerd config dump'));
		const handlers = Object.entries(runtimes).filter(([, {snapshotter}]) => snapshotter);
		return {
			handlers: Object.fromEntries(handlers.map(([name, {snapshotter}]) => [name, snapshotter])),
			own: valueAt(parsed, ['plugins', 'io.containerd.cri.v1.images', 'snapshotter']),
		};
	}

	async function expectNothingLeft(): Promise<void> {
		expect(differences(before, await server.snapshot(watched))).toEqual([]);
		expect(await server.must('containerd config dump')).toBe(dumpBefore);
		expect(await failing()).toBe('');
		expect(await server.must('losetup --list --noheadings')).toBe('');
		expect(await server.must('dmsetup ls')).toBe('No devices found');
		expect(await server.must('systemctl --failed --plain --no-legend')).toBe('');
		expect(await server.must('systemctl list-units --all --plain --no-legend "kata-setup*"')).toBe('');
	}

	const withBlockfile = (): void => {
		it('is set up by an install for Firecracker’s handler alone', async () => {
			await look();
			await run(install);
			expect(await stateOf('blockfile')).toBe('ok');
			expect(await selected()).toEqual({handlers: {kata: 'blockfile'}, own: 'overlayfs'});
		});

		it('is there again after a reboot, and gives containers a block device', async () => {
			await server.reboot();
			expect(await server.must('systemctl is-active containerd')).toBe('active');
			expect(await failing()).toBe('');
			expect(await stateOf('blockfile')).toBe('ok');
			expect(await rootOfContainer('blockfile')).toMatch(/^\/dev\/loop\d+$/);
			expect(await rootOfContainer('overlayfs')).toBe('overlay');
		});

		it('goes with the uninstall, and leaves no device and no unit', async () => {
			// A snapshot that somebody has in it would keep its folder: those of the image are this test's own.
			await server.must(`ctr image rm --sync ${image}`);
			await run('uninstall --yes');
			await expectNothingLeft();
			await server.must('ctr image import /srv/package/assets/smoke/kata-setup-smoke-x86_64.tar');
		});
	};
	if (full) describe('that is blockfile', withBlockfile);

	describe('that is devmapper, where containerd has no blockfile', () => {
		const data = '/var/lib/kata-setup/devmapper/data';
		const unit = 'kata-setup-devmapper.service';
		const states = async (): Promise<string> => server.must(`systemctl is-active containerd ${unit} || true`);

		it('is set up by an install for Firecracker’s handler alone, with a pool', async () => {
			await server.must(
				`sed -i '/^version/a disabled_plugins = ["io.containerd.snapshotter.v1.blockfile"]' /etc/containerd/config.toml && systemctl restart containerd`,
			);
			await look();
			await run(install);
			expect(await stateOf('devmapper')).toBe('ok');
			expect(await selected()).toEqual({handlers: {kata: 'devmapper'}, own: 'overlayfs'});
			expect(await server.must(`systemctl is-enabled ${unit}`)).toBe('enabled');
		});

		it('is there again after a reboot, its pool before containerd, and gives containers a block device', async () => {
			await server.reboot();
			expect(await states()).toBe('active\nactive');
			expect(await failing()).toBe('');
			expect(await stateOf('devmapper')).toBe('ok');
			expect(await rootOfContainer('devmapper')).toMatch(/^\/dev\/mapper\/kata-setup-pool-snap-\d+$/);
			expect(await rootOfContainer('overlayfs')).toBe('overlay');
		});

		it('fails alone where its pool cannot be made: the unit says so, and a repair makes it again', async () => {
			await server.must(`systemctl stop containerd ${unit} && mv ${data} ${data}.away && systemctl start containerd`);
			expect(await states()).toBe('active\nfailed');
			expect(await failing()).toBe('');
			expect(await stateOf('devmapper')).toBe('skip');
			const status = await server.ssh(`${kataSetup} status`, {timeoutMs: 10 * MINUTE});
			expect(status.stdout).toContain(`${unit} is failed, not active`);
			await server.must(`mv ${data}.away ${data}`);
			await run('repair --yes --no-test');
			expect(await run('repair --yes --no-test')).toContain('Nothing drifted');
			expect(await states()).toBe('active\nactive');
			expect(await stateOf('devmapper')).toBe('ok');
		});

		it('goes with the uninstall once no container has files in it, and leaves no device and no unit', async () => {
			await server.must(`ctr container create --snapshotter devmapper ${image} somebodys`);
			const refused = await server.ssh(`${kataSetup} uninstall --yes`, {timeoutMs: 10 * MINUTE});
			expect(refused).toMatchObject({code: exitCodes.sandboxes.code, stderr: expect.stringContaining('somebodys')});
			expect(await stateOf('devmapper')).toBe('ok');
			await server.must('ctr container rm somebodys');
			await run('uninstall --yes');
			await expectNothingLeft();
		});

		/** Runs a command whose worker is killed at a place of one step. `undo`: where that step is taken back. */
		async function killed(words: string, place: string, step: string, undo = false): Promise<void> {
			const journal = '/var/lib/kata-setup/journal.ndjson';
			const of = async (): Promise<string> =>
				server.must(`grep '"step":"${step}:' ${journal} | sed -n '$s/.*"run":"\\([^"]*\\)".*/undo:\\1\\//p'`);
			const at = `${place} ${undo ? await of() : ''}${step}:`;
			const {code, stdout, stderr} = await server.ssh(`env KATA_SETUP_TEST_CHECKPOINT='${at}' ${kataSetup} ${words}`, {
				timeoutMs: 10 * MINUTE,
			});
			expect({code, said: stdout + stderr}, at).toMatchObject({
				code: exitCodes.incomplete.code,
				said: expect.stringContaining('worker ended before'),
			});
			expect(await server.must('systemctl is-active containerd')).toBe('active');
		}

		// Between what a step does and what the journal says of it, before containerd hears of the pool.
		const kills = [
			['performed', 'start-unit', 'after', 'start-unit'],
			['announced', 'thin-pool', 'before', 'start-unit'],
			['performed', 'thin-pool', 'before', 'thin-pool'],
			['announced', 'start-unit', 'after', 'thin-pool'],
		] as const;
		const killedAndWhole = (): void => {
			it.each(kills)('%s %s, and %s undoing %s', async (place, step, undoPlace, undoStep) => {
				await killed(install, place, step);
				await run('uninstall --yes');
				await expectNothingLeft();
				await killed(install, place, step);
				await run(install);
				expect(await states()).toBe('active\nactive');
				expect(await stateOf('devmapper')).toBe('ok');
				await killed('uninstall --yes', undoPlace, undoStep, true);
				await run('uninstall --yes');
				await expectNothingLeft();
			});
		};
		if (full) describe('that is made or taken away by the next command where one is killed', killedAndWhole);
	});
});
