/** Where root's commands are found: a `su` without `-` leaves root with the PATH of an ordinary user, without any sbin. */
import {chmod, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {runCommand} from '../../src/host/run-command.ts';

let folder: string;

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'kata-setup-path-'));
	vi.stubEnv('PATH', folder);
});
afterEach(async () => {
	vi.unstubAllEnvs();
	vi.restoreAllMocks();
	await rm(folder, {recursive: true});
});

describe('a command of root’s', () => {
	beforeEach(() => void vi.spyOn(process, 'getuid').mockReturnValue(0));

	it('is found in the system’s folders, which its own children get to know too', async () => {
		const {code, stdout} = await runCommand('sh', ['-c', 'echo $PATH']);
		expect(code).toBe(0);
		expect(stdout.trim()).toBe(`${folder}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`);
		expect(process.env.PATH).toBe(folder);
	});

	it('is the one that the PATH names first, as on a system with other folders', async () => {
		await writeFile(join(folder, 'sh'), '#!/bin/sh\necho its own\n');
		await chmod(join(folder, 'sh'), 0o755);
		expect((await runCommand('sh', [])).stdout).toBe('its own\n');
	});

	it('has no folder twice, and is found without any PATH', async () => {
		vi.stubEnv('PATH', '/usr/bin:/bin');
		expect((await runCommand('sh', ['-c', 'echo $PATH'])).stdout.trim()).toBe(
			'/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin',
		);
		vi.stubEnv('PATH', undefined);
		expect((await runCommand('sh', ['-c', 'true'])).code).toBe(0);
	});
});

describe('a command of an ordinary user’s', () => {
	it('is what the PATH says', async () => {
		vi.spyOn(process, 'getuid').mockReturnValue(1000);
		expect(await runCommand('sh', [])).toMatchObject({code: null, notStarted: 'ENOENT'});
	});
});
