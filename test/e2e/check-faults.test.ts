/**
 * `kata-setup check` on this machine, with real faults: in private mount namespaces devices are missing or have no driver,
 * mounts are tiny, read-only or noexec, a file is a pipe, a file system's daemon is dead, and a command never ends. The
 * check names each fault, finds everything else as it is without it, and ends.
 */
// needs: engines
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {Facts} from '../../src/facts/facts.ts';
import type {Finding} from '../../src/facts/findings.ts';
import {unpackProject} from './support/package.ts';
import {openPrivateHost, type PrivateHost} from './support/private-host.ts';

interface Check {
	facts: Facts;
	findings: Finding[];
	/** Milliseconds from the start of the process to its end. */
	took: number;
	code: number | null;
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What differs between two checks of a host that has not changed. */
const changing: readonly (keyof Facts)[] = ['takenAt', 'memory', 'network'];

let host: PrivateHost;
let program: string;
let whole: Check;

beforeAll(async () => {
	host = await openPrivateHost();
	program = await unpackProject(host.folder);
	whole = await check('true');
});
afterAll(() => host?.close());

/**
 * The check after `fault`, a script that makes the fault in a mount namespace of its own. Without an index to ask: an
 * archive that is not there says that none is needed.
 */
async function check(fault: string): Promise<Check> {
	const script = `set -e
${fault}
cd /
exec "$@"`;
	const command = [process.execPath, program, 'check', '--json', '--archive', '/none.tar.zst'];
	const begun = performance.now();
	const {code, stdout, stderr} = await host.run(
		'unshare',
		['--mount', '--propagation', 'private', 'bash', '-c', script, 'fault', ...command],
		{env: {PATH: path, HOME: '/root', LANG: 'C.UTF-8'}, timeout: 40_000},
	);
	const took = performance.now() - begun;
	if (!stdout.startsWith('{')) throw new Error(`The check ended with ${code}:\n${stdout}${stderr}`);
	const {facts, findings} = JSON.parse(stdout) as {facts: Facts; findings: Finding[]};
	return {facts, findings, took, code};
}

const find = ({findings}: Check, id: string): Finding | undefined => findings.find(finding => finding.id === id);

/** Every fact but the named ones is what it is without the fault. */
function expectTheRest({facts}: Check, ...fields: (keyof Facts)[]): void {
	const rest = (of: Facts): Partial<Facts> =>
		Object.fromEntries(
			Object.entries(of).filter(([field]) => ![...changing, ...fields].includes(field as keyof Facts)),
		);
	expect(rest(facts)).toEqual(rest(whole.facts));
}

describe('a host without a fault of ours', () => {
	it('is read by every probe', () => {
		expect(whole.facts.unread).toEqual([]);
		expect(whole.facts.devices.map(({path: device}) => device)).toContain('/dev/vhost-vsock');
		expect(find(whole, 'space')?.severity).toBe('ok');
	});
});

describe('mounts', () => {
	it('says of a /dev/shm of 64 MiB what it is, for QEMU alone, and that it hides another', async () => {
		const checked = await check('mount -t tmpfs -o size=64m tiny /dev/shm');
		expect(checked.facts.memory.shm).toMatchObject({totalBytes: 64 * 1024 ** 2, freeBytes: 64 * 1024 ** 2});
		expect(find(checked, 'shm')).toMatchObject({severity: 'blocker'});
		expect(find(checked, 'shm')?.affects).toEqual([
			{runtime: 'rust', hypervisor: 'qemu'},
			{runtime: 'go', hypervisor: 'qemu'},
		]);
		expect(JSON.stringify(find(checked, 'shm'))).toContain('mount');
		expectTheRest(checked);
	});

	it.each([
		['read-only', 'ro', 'read-only'],
		['noexec', 'noexec', 'noexec'],
	])('blocks an /opt that is mounted %s', async (_, option, word) => {
		const checked = await check(`mount -t tmpfs -o ${option} fresh /opt`);
		expect(find(checked, 'space')).toMatchObject({severity: 'blocker', affects: 'all'});
		expect(find(checked, 'space')?.summary).toContain(word);
		expect(checked.code).toBe(3);
		expectTheRest(checked, 'space');
	});

	it('ends although the file system at /opt is dead, and says that it does not answer', async () => {
		const checked = await check(`exec 5<>/dev/fuse
mount -i -t fuse -o fd=5,rootmode=40000,user_id=0,group_id=0 dead /opt`);
		expect(checked.took).toBeLessThan(15_000);
		expect(checked.facts.space.find(({path: asked}) => asked.startsWith('/opt'))).toMatchObject({
			fileSystem: 'fuse',
			freeBytes: null,
		});
		expect(find(checked, 'space')).toMatchObject({severity: 'unknown'});
		expect(find(checked, 'space')?.summary).toContain('does not answer');
		// Nobody saw whether /opt/kata is free.
		expect(find(checked, 'existing-kata')).toMatchObject({severity: 'unknown'});
		expectTheRest(checked, 'space', 'paths', 'unread');
	});
});

describe('devices', () => {
	/** A /dev with what every program needs, and the devices that `nodes` makes. */
	const dev = (nodes: string): string => `mount -t tmpfs -o mode=755 dev /dev
mkdir /dev/shm /dev/net
mknod -m 666 /dev/null c 1 3
mknod -m 666 /dev/urandom c 1 9
mknod -m 666 /dev/random c 1 8
ln -s /proc/self/fd /dev/fd
mount -t tmpfs shm /dev/shm
${nodes}`;

	it('says that there is no /dev/kvm, and no vhost devices', async () => {
		const checked = await check(dev(''));
		expect(checked.facts.kvm).toMatchObject({state: 'missing', error: 'ENOENT', proof: {state: 'not-run'}});
		expect(find(checked, 'kvm')).toMatchObject({severity: 'blocker', affects: 'all'});
		expect(checked.facts.devices.filter(({state}) => state !== 'ENOENT')).toEqual([]);
		expect(find(checked, 'vhost-vsock')).toMatchObject({severity: 'blocker'});
		expect(find(checked, 'devices')).toMatchObject({severity: 'warning'});
		expect(checked.code).toBe(3);
		expect(checked.facts.blockTools).toMatchObject({loop: false});
		expectTheRest(checked, 'kvm', 'devices', 'blockTools');
	});

	it('takes a node without a driver for what it is', async () => {
		// Character devices 10, 127 and 240, 0 belong to nobody: misc(4) has no such minor, and 240 is for local use.
		const checked = await check(dev('mknod /dev/kvm c 10 127\nmknod /dev/vhost-vsock c 240 0'));
		expect(checked.facts.kvm).toMatchObject({state: 'no-driver', error: expect.stringMatching(/^ENODEV|ENXIO$/)});
		expect(find(checked, 'kvm')).toMatchObject({severity: 'blocker'});
		expect(find(checked, 'kvm')?.summary).toContain('no driver');
		expect(checked.facts.devices.find(({path: device}) => device === '/dev/vhost-vsock')?.state).toMatch(
			/^ENODEV|ENXIO$/,
		);
		expect(find(checked, 'vhost-vsock')).toMatchObject({severity: 'blocker'});
	});

	it('takes a plain file of that name, which opens, for no device', async () => {
		const checked = await check(dev('touch /dev/kvm'));
		expect(checked.facts.kvm).toMatchObject({state: 'no-driver'});
	});
});

describe('things that never end', () => {
	it('reads past pipes in the place of files, and leaves nothing waiting at them', async () => {
		const pipe = `${host.folder}/pipe`;
		const checked = await check(`mkfifo ${pipe}
for file in /etc/os-release /usr/lib/os-release /proc/cgroups; do mount --bind ${pipe} $file; done`);
		expect(checked.took).toBeLessThan(10_000);
		expect(checked.facts.os.versionId).toBeNull();
		expect(checked.facts.cgroup?.disabled).toBeNull();
		expect(checked.facts.unread).toEqual([]);
		expectTheRest(checked, 'os', 'cgroup');
		expect(await host.run('fuser', ['-s', pipe])).toMatchObject({code: 1});
	});

	it('gives up a command that never ends, at its probe’s own limit, and has all other facts', async () => {
		const checked = await check(`mkdir /run/hung
printf '#!/bin/sh\\nexec sleep 1000\\n' >/run/hung/systemd-detect-virt
chmod 755 /run/hung/systemd-detect-virt
export PATH=/run/hung:$PATH`);
		expect(checked.facts.unread).toEqual([
			{probe: 'virt', why: expect.stringMatching(/^It did not end within \d+ s\.$/)},
		]);
		expect(find(checked, 'nested')).toMatchObject({severity: 'unknown'});
		expect(checked.took).toBeLessThan(20_000);
		expectTheRest(checked, 'virt', 'unread');
		// What it had started is gone with it.
		const {stdout} = await host.run('sh', ['-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "']);
		expect(stdout).not.toContain('sleep 1000');
	});
});
