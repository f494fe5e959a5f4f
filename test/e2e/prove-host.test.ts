/** The proof before the download, on real hosts with real faults: nothing is fetched, and nothing is left. */
// needs: engines, guest
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import type {Snapshot} from '../lab/snapshot.ts';
import {type MadeArchive, makeArchive} from './stand-in/release.ts';
import {type ContainerdEngine, containerdEngines} from './support/engines.ts';
import {type JourneyHost, openJourneyHost} from './support/journey-host.ts';
import {ignoring} from './support/stand-in-flags.ts';

const MINUTE = 60_000;
const engine = (await containerdEngines()).at(-1) as ContainerdEngine;

describe('the proof of the host', {timeout: 5 * MINUTE}, () => {
	let rust: MadeArchive;
	let host: JourneyHost;
	let ignored: string[];
	let choice: string[];
	beforeAll(async () => {
		rust = await makeArchive('rust');
	}, 10 * MINUTE);
	beforeEach(async () => {
		host = await openJourneyHost(engine, {mainFile: 'version = 2\n'});
		ignored = await ignoring(host);
		choice = ['--runtime', 'rust', '--hypervisor', 'qemu', ...ignored];
		choice.push('--archive', rust.path, '--sha256', rust.sha256);
	}, MINUTE);
	afterEach(() => host?.close());

	/** Does something to the host, in a shell's words, and looks at it then. */
	async function broken(words: string): Promise<Snapshot> {
		expect(await host.run('sh', ['-ec', words])).toMatchObject({code: 0, stderr: ''});
		return host.snapshot();
	}

	it.each([
		['exec', 'noexec', 'A program in /opt/kata-setup cannot be executed'],
		['write', 'ro', '/opt cannot be written to'],
	])('says where it may not %s, and leaves nothing', async (_what, option, message) => {
		const before = await broken(`mount -t tmpfs -o ${option} opt /opt`);
		const {code, stdout} = await host.kataSetup('install', '--yes', ...choice, '--ignore', 'space');
		expect(stdout).toContain(message);
		expect(stdout).toContain(option === 'ro' ? 'mounted read-only' : 'mounted noexec');
		expect(stdout).not.toContain('Verify');
		expect(code).toBe(8);
		expect(await host.snapshot()).toEqual(before);
	});

	/** A plain file in the device's place, if there is a device. */
	const withoutKvm = 'mount -t tmpfs mnt /mnt; touch /mnt/kvm; [ ! -e /dev/kvm ] || mount --bind /mnt/kvm /dev/kvm';

	it('says where KVM is gone since the plan was made, and leaves nothing', async ({skip}) => {
		if (ignored.includes('kvm')) skip('There is no KVM on this machine.');
		const file = join(host.folder, 'plan.json');
		await writeFile(file, (await host.kataSetup('plan', '--json', ...choice)).stdout);
		const before = await broken(withoutKvm);
		const refused = await host.kataSetup('apply', file, '--yes');
		expect(refused.stderr).toContain('This host cannot run Kata as it is.');
		expect(refused.code).toBe(3);
		// Whoever goes on all the same is told so by the proof, which the plan asks for.
		const {code, stdout} = await host.kataSetup('apply', file, '--yes', '--ignore', 'kvm');
		expect(stdout).toContain('No VM can be started on this host.');
		expect(stdout).toContain('api-version ENOTTY');
		expect(stdout).not.toContain('Verify');
		expect(code).toBe(8);
		expect(await host.snapshot()).toEqual(before);
	});

	it('goes on where KVM is to be ignored, and notes what it said', async () => {
		await broken(withoutKvm);
		const {code, stdout} = await host.kataSetup('install', '--yes', ...choice, '--ignore', 'kvm', '--no-test');
		expect(stdout).toMatch(/\/dev\/kvm .*(ENOTTY|ENOENT); gone on with, as asked/);
		expect(code).toBe(0);
	});
});
