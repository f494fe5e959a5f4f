/**
 * What `check` says of real faults in memory and disk, each made in a private mount namespace: a small or a covered
 * /dev/shm, file systems that cannot be written or executed, and one that never answers.
 */
// needs: mounts
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {Facts} from '../../src/facts/facts.ts';
import type {Finding} from '../../src/facts/findings.ts';
import {unpackProject} from './support/package.ts';
import {openPrivateHost, type PrivateHost} from './support/private-host.ts';

let host: PrivateHost;
let program: string;
beforeAll(async () => {
	host = await openPrivateHost();
	program = await unpackProject(host.folder);
});
afterAll(() => host?.close());

/** The facts and findings after some commands of a shell, in a mount namespace that ends with it. */
async function checkAfter(commands: string): Promise<{facts: Facts; find: (id: string) => Finding | undefined}> {
	// The shell has to stay: a file that it opened as 5 is not for the program.
	const script = `set -e\n${commands}\n"$0" "$1" check --json 5<&- || exit 0`;
	const {stdout, stderr} = await host.run(
		'unshare',
		['--mount', '--propagation', 'private', 'sh', '-c', script, process.execPath, program],
		{timeout: 60_000},
	);
	if (!stdout.startsWith('{')) throw new Error(`The check said nothing:\n${stdout}${stderr}`);
	const {facts, findings} = JSON.parse(stdout) as {facts: Facts; findings: Finding[]};
	return {facts, find: id => findings.find(finding => finding.id === id)};
}

const shm = (size: string): string => `mount -t tmpfs -o size=${size} shm /dev/shm`;
/** Whatever this machine has there goes first, so that one mount is left. */
const onlyShm = (size: string): string => `while umount /dev/shm 2>/dev/null; do :; done\n${shm(size)}`;

describe('/dev/shm', () => {
	it('of 64 MiB, as containers have it, blocks QEMU and nothing else', async () => {
		const {facts, find} = await checkAfter(onlyShm('64m'));
		expect(facts.memory.shm).toEqual({totalBytes: 67_108_864, freeBytes: 67_108_864, mounts: 1, shared: false});
		expect(find('shm')).toMatchObject({severity: 'blocker', summary: expect.stringContaining('smallest guest')});
		expect(find('shm')?.affects).toHaveLength(2);
	});

	it('of 1 GiB gives a smaller guest', async () => {
		expect((await checkAfter(onlyShm('1g'))).find('shm')).toMatchObject({
			severity: 'warning',
			summary: expect.stringContaining('512 MiB instead of 2048'),
		});
	});

	it('that another mount covers is measured as it is seen, and told', async () => {
		const {facts, find} = await checkAfter(`${onlyShm('4g')}\n${shm('64m')}`);
		expect(facts.memory.shm).toMatchObject({totalBytes: 67_108_864, mounts: 2});
		expect(find('shm')?.detail.join()).toContain('one over the other');
	});

	it('that is full has no room', async () => {
		const {find} = await checkAfter(`${onlyShm('300m')}\nhead -c 200m /dev/zero >/dev/shm/filling`);
		expect(find('shm')).toMatchObject({severity: 'blocker'});
		expect(find('shm')?.remedy.join()).toContain('Remove what fills it');
	});
});

describe('the disk', () => {
	it('that cannot be written blocks', async () => {
		expect((await checkAfter('mount -t tmpfs -o ro fault /opt')).find('space')).toMatchObject({
			severity: 'blocker',
			summary: expect.stringContaining('/opt is mounted read-only'),
		});
	});

	it('from which nothing may run blocks', async () => {
		expect((await checkAfter('mount -t tmpfs -o noexec fault /opt')).find('space')).toMatchObject({
			severity: 'blocker',
			summary: expect.stringContaining('noexec'),
		});
	});

	it('in memory is told so', async () => {
		expect((await checkAfter('mount -t tmpfs fault /opt')).find('space-kind')).toMatchObject({severity: 'warning'});
	});

	it('that never answers is named, and holds up neither the check nor its end', async () => {
		// A file system in user space whose server is this shell, which never says a word.
		const dead = `exec 5<>/dev/fuse
mkdir -p /opt/kata-setup
mount -i -t fuse.sshfs -o fd=5,rootmode=40000,user_id=0,group_id=0 dead /opt/kata-setup`;
		const {facts, find} = await checkAfter(dead);
		expect(find('space')).toMatchObject({
			severity: 'unknown',
			summary: '/opt/kata-setup (fuse.sshfs) does not answer',
		});
		expect(facts.space.find(({path}) => path === '/etc')?.freeBytes).toBeGreaterThan(0);
		expect(facts.unread?.map(({probe}) => probe)).not.toContain('space');
	});
});
