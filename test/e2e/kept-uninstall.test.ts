/**
 * /opt/kata-setup/uninstall on a real engine: with no environment at all, no network, and the package gone that installed; from
 * an installation that is whole, one that was cut short, and an uninstall that was. Nothing stays, the script included.
 */
// needs: engines, guest
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {keptUninstall} from '../../src/layout.ts';
import type {Snapshot} from '../lab/snapshot.ts';
import {type MadeArchive, makeArchive} from './stand-in/release.ts';
import {containerdEngines} from './support/engines.ts';
import {type JourneyHost, openJourneyHost} from './support/journey-host.ts';
import {ignoring} from './support/stand-in-flags.ts';

const MINUTE = 60_000;
const [engine] = (await containerdEngines()).slice(-1);

describe('the uninstall that is left on the host', {timeout: 5 * MINUTE}, () => {
	let archive: MadeArchive;
	let host: JourneyHost;
	let before: Snapshot;
	beforeAll(async () => {
		archive = await makeArchive('rust');
	}, 10 * MINUTE);
	beforeEach(async () => {
		if (!engine) throw new Error('no containerd was fetched');
		host = await openJourneyHost(engine, {mainFile: null});
		before = await host.snapshot();
	}, 3 * MINUTE);
	afterEach(() => host?.close());

	const install = async (env: Record<string, string> = {}, words: readonly string[] = ['--no-test']) =>
		host.kataSetupWith(
			env,
			...['install', '--yes', '--runtime', 'rust', '--hypervisor', 'qemu', ...words, '--archive', archive.path],
			...['--sha256', archive.sha256, ...(await ignoring(host))],
		);
	/** As a person does whose npm cache is gone, on a host without a network. */
	const uninstall = (env: Record<string, string> = {}) =>
		host.run('unshare', [
			...['--net', 'env', '-i', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
			...[keptUninstall, '--yes'],
		]);
	const forgetPackage = (): Promise<void> => rm(join(host.folder, 'package'), {recursive: true});

	it('takes a whole installation away, itself included', async () => {
		expect((await install()).code).toBe(0);
		const status = await host.kataSetup('status');
		expect(status.stdout).toContain(keptUninstall);
		await forgetPackage();
		const {code, stderr} = await uninstall();
		expect({code, stderr}).toEqual({code: 0, stderr: ''});
		expect(await host.snapshot()).toEqual(before);
	});

	it.each(['after keep-program', 'announced unpack-tree', 'performed containerd-config'])(
		'takes away what an install left that was killed %s',
		async place => {
			await install({KATA_SETUP_TEST_CHECKPOINT: place});
			expect(await host.snapshot()).not.toEqual(before);
			await forgetPackage();
			expect(await uninstall()).toMatchObject({code: 0, stderr: ''});
			expect(await host.snapshot()).toEqual(before);
		},
	);

	it.each(['announced smoke-test', 'performed smoke-test'])(
		'takes away what an install left that was killed %s: namespace, image and processes of the test, too',
		async place => {
			await install({KATA_SETUP_TEST_CHECKPOINT: place}, []);
			await forgetPackage();
			expect(await uninstall()).toMatchObject({code: 0, stderr: ''});
			expect(await host.snapshot()).toEqual(before);
			expect(await host.ctr('namespaces', 'ls', '-q')).not.toContain('kata-setup');
		},
	);

	it('goes on with its own uninstall that was killed before its last step', async () => {
		expect((await install()).code).toBe(0);
		await forgetPackage();
		const last = await host.run('sh', ['-c', 'grep -c \'"record":"done"\' /var/lib/kata-setup/journal.ndjson']);
		expect(Number(last.stdout)).toBeGreaterThan(5);
		const killed = await uninstall({KATA_SETUP_TEST_CHECKPOINT: 'before undo:'});
		expect(killed.code).not.toBe(0);
		const later = await uninstall({KATA_SETUP_TEST_CHECKPOINT: 'record 6: after'});
		expect(later.code).not.toBe(0);
		expect(await uninstall()).toMatchObject({code: 0, stderr: ''});
		expect(await host.snapshot()).toEqual(before);
	});
});
