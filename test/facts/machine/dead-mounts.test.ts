import {execFileSync} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {keptFromDeadMounts} from '../../../src/facts/machine/dead-mounts.ts';
import {createFiles} from '../../../src/host/files.ts';
import type {Host} from '../../../src/host/host.ts';
import {probedHost} from '../../support/probed-host.ts';

const mounts = `22 1 254:1 / / rw - ext4 /dev/vda1 rw
40 22 0:40 / /srv/far rw - nfs4 server:/x rw
41 22 0:41 / /srv/near rw - nfs4 other:/x rw
`;

/** `/srv/far` does not answer, `/srv/near` does. Counts how often each is asked. */
async function hostWithDeadServer(table = mounts): Promise<{host: Host; asked: string[]}> {
	const asked: string[] = [];
	const probed = await probedHost({
		files: {
			'/proc/self/mountinfo': table,
			'/srv/far/file': 'far',
			'/srv/near/file': 'near',
			'/etc/file': 'local',
			'/opt': 'link:/srv/far',
		},
	});
	const host = keptFromDeadMounts({
		...probed,
		run: async (file, args) => {
			const at = args.at(-1) ?? '';
			asked.push(at);
			const timedOut = at === '/srv/far';
			return {command: file, code: timedOut ? null : 0, stdout: '', stderr: '', timedOut, notStarted: null};
		},
	});
	return {host, asked};
}

describe('keptFromDeadMounts', () => {
	it('refuses every reading on a file system that does not answer, and asks it once', async () => {
		const {host, asked} = await hostWithDeadServer();
		const {files} = host;
		const dead = {code: 'EHOSTDOWN', message: '/srv/far (nfs4) does not answer.'};
		for (const reading of ['read', 'readText', 'stat', 'realPath', 'readLink', 'list', 'space'] as const)
			await expect(files[reading]('/srv/far/file'), reading).rejects.toMatchObject(dead);
		await expect(files.readStream('/srv/far/file').toArray()).rejects.toMatchObject(dead);
		expect(await files.openReadWrite('/srv/far/file')).toBe('EHOSTDOWN');
		expect(asked).toEqual(['/srv/far']);
	});

	it('sees where a link leads before it follows it', async () => {
		const {host} = await hostWithDeadServer();
		await expect(host.files.readText('/opt/file')).rejects.toMatchObject({code: 'EHOSTDOWN'});
	});

	it('reads what answers and what is local as before', async () => {
		const {host, asked} = await hostWithDeadServer();
		expect(await host.files.readText('/srv/near/file')).toBe('near');
		expect(await host.files.readText('/etc/file')).toBe('local');
		expect(await host.files.readStream('/etc/file').toArray()).toEqual([Buffer.from('local')]);
		expect(asked).toEqual(['/srv/near']);
	});

	it('asks nothing where no file system could hang', async () => {
		const {host, asked} = await hostWithDeadServer('22 1 254:1 / / rw - ext4 /dev/vda1 rw\n');
		expect(await host.files.readText('/srv/far/file')).toBe('far');
		expect(asked).toEqual([]);
	});
});

it('does not wait at a pipe in the place of a file', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'kata-setup-pipe-'));
	onTestFinished(() => rm(folder, {recursive: true}));
	const pipe = join(folder, 'meminfo');
	execFileSync('mkfifo', [pipe]);
	const same = (path: string): string => path;
	const files = createFiles(same, same, async () => undefined);
	expect(await files.readText(pipe)).toBe('');
	expect((await files.read(pipe)).length).toBe(0);
});
