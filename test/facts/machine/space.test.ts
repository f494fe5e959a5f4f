import {describe, expect, it} from 'vitest';
import {parseMountInfo} from '../../../src/facts/machine/mount-info.ts';
import {placeOf} from '../../../src/facts/machine/place.ts';
import {answerLimitMs, spaceProbe} from '../../../src/facts/machine/space.ts';
import type {Host} from '../../../src/host/host.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

const local = '22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n';
const server = '40 22 0:40 / /srv/far rw,relatime - nfs4 server:/x rw,vers=4.2\n';
const folders = {'/opt/': '', '/var/lib/': '', '/etc/': '', '/usr/local/bin/': ''};

/** A host whose files below a mount must not be touched: whoever does would wait for ever. */
async function hostWith(probed: ProbedHost, untouchable = '/srv/far'): Promise<Host & {touched: string[]}> {
	const host = await probedHost(probed);
	const touched: string[] = [];
	const guard =
		<T>(work: (path: string) => Promise<T>) =>
		(path: string): Promise<T> => {
			if (path === untouchable || path.startsWith(`${untouchable}/`)) touched.push(path);
			return work(path);
		};
	const {files} = host;
	return {
		...host,
		files: {
			...files,
			stat: guard(files.stat),
			space: guard(files.space),
			readLink: guard(files.readLink),
			realPath: guard(files.realPath),
			list: guard(files.list),
		},
		touched,
	};
}

const read = async (host: Host, path: string) => {
	const found = (await spaceProbe.read(host)).find(space => space.path === path);
	if (!found) throw new Error(`${path} was not read`);
	return found;
};

describe('a place', () => {
	const mounts = parseMountInfo(local + server);
	const at = async (files: Record<string, string>, path: string) =>
		placeOf(await probedHost({files}), path, mounts).then(({on, mount, unseen}) => [on, mount?.at, unseen]);

	it.each<[Record<string, string>, string, unknown[]]>([
		[{'/opt/': ''}, '/opt/kata-setup', ['/opt', '/', false]],
		[{'/opt/kata-setup/': ''}, '/opt/kata-setup', ['/opt/kata-setup', '/', false]],
		[{}, '/opt/kata-setup', ['/', '/', false]],
		[{'/opt': 'link:/var/opt', '/var/opt/': ''}, '/opt/kata-setup', ['/var/opt', '/', false]],
		[{'/opt': 'link:var/opt', '/var/opt/': ''}, '/opt/kata-setup', ['/var/opt', '/', false]],
		[{'/a/link': 'link:b', '/a/b/': ''}, '/a/link/c', ['/a/b', '/', false]],
		[{'/a/opt': 'link:../b', '/b/c/': ''}, '/a/opt/c', ['/b/c', '/', false]],
		[{'/opt': 'link:/srv/far/opt', '/srv/': ''}, '/opt/kata-setup', ['/srv/far/opt/kata-setup', '/srv/far', true]],
		[{'/srv/': ''}, '/srv/far/x', ['/srv/far/x', '/srv/far', true]],
		[{'/srv/farther/': ''}, '/srv/farther/x', ['/srv/farther', '/', false]],
	])('with %j: %s lies at %j', async (files, path, expected) => {
		expect(await at(files, path)).toEqual(expected);
	});

	it('ends where links lead in circles', async () => {
		expect((await at({'/a': 'link:/b', '/b': 'link:/a'}, '/a/x'))[2]).toBe(false);
	});
});

describe('the space', () => {
	it('is told of the nearest folder that is there, with its mount', async () => {
		const mountInfo = `${local}31 22 254:2 / /opt ro,noexec,relatime - xfs /dev/vda2 rw\n`;
		const host = await probedHost({files: {...folders, '/proc/self/mountinfo': mountInfo}});
		const space = await spaceProbe.read(host);
		expect(space.map(({path, on, mountPoint}) => [path, on, mountPoint])).toEqual([
			['/opt/kata-setup', '/opt', '/opt'],
			['/var/lib/kata-setup', '/var/lib', '/'],
			['/etc', '/etc', '/'],
			['/usr/local/bin', '/usr/local/bin', '/'],
		]);
		expect(space[0]).toMatchObject({fileSystem: 'xfs', readOnly: true, noExec: true, immutable: null});
		expect(space[1]).toMatchObject({fileSystem: 'ext4', readOnly: false, noExec: false});
		expect(space[0]?.freeBytes).toBeGreaterThan(0);
		expect(space[0]?.freeInodes).toBeGreaterThan(0);
	});

	it('knows folders that nobody may change, and takes the letters as they are', async () => {
		const host = await probedHost({
			files: {...folders, '/proc/self/mountinfo': local},
			commands: {
				'lsattr -d /opt /var/lib /etc /usr/local/bin': {
					code: 1,
					stdout: '----i---------e------- /opt\n-----a--------e------- /etc\n-------A------eI------ /var/lib\n',
					stderr: 'lsattr: Operation not supported While reading flags on /usr/local/bin\n',
				},
			},
		});
		expect((await spaceProbe.read(host)).map(({immutable}) => immutable)).toEqual([true, false, true, null]);
	});
});

describe('a file system that may not answer', () => {
	const files = {
		...folders,
		'/srv/': '',
		'/proc/self/mountinfo': local + server,
		'/opt/kata-setup': 'link:/srv/far/kata',
	};
	const absent = {code: 1, stderr: "stat: cannot read file system information for '…': No such file or directory\n"};

	it('is asked through a program, and none of ours touches it', async () => {
		const host = await hostWith({
			files,
			commands: {
				'stat -f -c %S %a %d /srv/far/kata': absent,
				'stat -f -c %S %a %d /srv/far': '4096 2000000 900\n',
			},
		});
		expect(await read(host, '/opt/kata-setup')).toMatchObject({
			on: '/srv/far',
			freeBytes: 8_192_000_000,
			freeInodes: 900,
			fileSystem: 'nfs4',
			mountPoint: '/srv/far',
		});
		expect(host.touched).toEqual([]);
	});

	it.each([
		['does not answer in time', {code: null, timedOut: true}],
		['gives an error', {code: 1, stderr: 'stat: Stale file handle\n'}],
		['cannot be asked, because there is no stat', {code: null, notStarted: 'ENOENT'}],
		['is not there at all', absent],
	])('has no numbers where it %s', async (_, answer) => {
		const commands = Object.fromEntries(['/kata', ''].map(end => [`stat -f -c %S %a %d /srv/far${end}`, answer]));
		const host = await hostWith({files, commands});
		expect(await read(host, '/opt/kata-setup')).toMatchObject({freeBytes: null, freeInodes: null, fileSystem: 'nfs4'});
		expect((await read(host, '/etc')).freeBytes).toBeGreaterThan(0);
		expect(host.touched).toEqual([]);
	});

	it('is asked with a limit that leaves time before that of the probe', async () => {
		const limits: unknown[] = [];
		const host = await hostWith({files});
		await spaceProbe.read({
			...host,
			run: (file, args, options) => {
				limits.push(options?.timeoutMs);
				return host.run(file, args, options);
			},
		});
		expect(new Set(limits)).toEqual(new Set([answerLimitMs]));
		expect(answerLimitMs).toBeLessThanOrEqual(2000);
	});
});
