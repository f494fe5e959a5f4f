/**
 * `kata-setup check` on real servers: with and without SVM, with one gigabyte of memory, with cgroup v1, with a kernel
 * whose modules are gone, a module that is kept out, one that is missing; on bookworm, trixie and sid. What it says is
 * compared with what the server then does.
 */
// needs: lab server
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {Facts} from '../../src/facts/facts.ts';
import type {Finding, Severity} from '../../src/facts/findings.ts';
import type {PairOutlook} from '../../src/facts/outlook.ts';
import {type Account, type Server, type ServerOptions, startServer} from '../lab/server.ts';
import {packProject} from './support/package.ts';

const MINUTE = 60_000;
const node = '/home/user/.local/node/bin/node';

interface Check {
	facts: Facts;
	findings: Finding[];
	pairs: PairOutlook[];
	code: number;
}

let folder: string;
let tarball: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'kata-setup-lab-check-'));
	tarball = await packProject(folder);
}, 5 * MINUTE);
afterAll(() => rm(folder, {recursive: true, force: true}));

/** A server with the package unpacked on it. */
async function serverWithPackage(options: ServerOptions): Promise<Server> {
	const server = await startServer(options);
	try {
		await server.push([tarball], '/srv');
		await server.must(`cd /srv && tar xzf ${basename(tarball)} --no-same-owner`);
		return server;
	} catch (error) {
		await server.down();
		throw error;
	}
}

async function check(server: Server, user: Account = 'root'): Promise<Check> {
	const command = `${node} /srv/package/bin/kata-setup.cjs check --json --archive /none.tar.zst`;
	const {code, stdout, stderr} = await server.ssh(command, {user, timeoutMs: 5 * MINUTE});
	if (!stdout.startsWith('{')) throw new Error(`The check ended with ${code}:\n${stdout}${stderr}`);
	const {facts, findings, pairs} = JSON.parse(stdout) as Check;
	expect(facts.unread).toEqual([]);
	return {facts, findings, pairs, code};
}

const find = ({findings}: Check, id: string): Finding | undefined => findings.find(finding => finding.id === id);
const severity = (checked: Check, id: string): Severity | undefined => find(checked, id)?.severity;
const textOf = (finding: Finding | undefined): string => JSON.stringify(finding);
const pairOf = ({pairs}: Check, runtime: string, hypervisor: string): PairOutlook | undefined =>
	pairs.find(pair => pair.runtime === runtime && pair.hypervisor === hypervisor);
const outlook = (checked: Check, runtime: string, hypervisor: string): string | undefined =>
	pairOf(checked, runtime, hypervisor)?.outlook;

describe('bookworm with SVM, 1 GB of memory and cgroup v1', {timeout: 15 * MINUTE}, () => {
	let server: Server;
	let whole: Check;
	beforeAll(async () => {
		server = await serverWithPackage({
			suite: 'bookworm',
			memory: 1024,
			append: 'systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1',
		});
		whole = await check(server);
	}, 45 * MINUTE);
	afterAll(() => server?.down(), 3 * MINUTE);

	it('proves KVM by a VM that ran, on a server that is a VM itself', async () => {
		expect(whole.facts.kvm).toMatchObject({state: 'opens', proof: {state: 'ran', step: 'run', error: null}});
		expect(find(whole, 'kvm')).toMatchObject({severity: 'ok'});
		expect(whole.facts.virt.isGuest).toBe(true);
		expect(severity(whole, 'nested')).toBe('note');
		expect(whole.facts.cpu.virtualization).toBe('svm');
	});

	it('offers smaller guests for the memory that there is', async () => {
		const kib = Number(await server.must("awk '/^MemTotal:/ {print $2}' /proc/meminfo"));
		expect(whole.facts.memory.totalBytes).toBe(kib * 1024);
		expect(severity(whole, 'memory')).toBe('warning');
		expect(textOf(find(whole, 'memory'))).toMatch(/guests get \d+ MiB/);
		expect(outlook(whole, 'rust', 'cloud-hypervisor')).toBe('changes');
	});

	it('names cgroup v1 as systemd made it', async () => {
		expect(await server.must('stat -fc %T /sys/fs/cgroup')).toBe('tmpfs');
		expect(whole.facts.cgroup).toMatchObject({layout: 'v1', unmounted: []});
		expect(severity(whole, 'cgroup')).toBe('warning');
	});

	it('says to a user without root that KVM was not proven, because root alone may open it', async () => {
		const checked = await check(server, 'user');
		expect(checked.facts.privileges).toMatchObject({user: 'user', root: 'password'});
		expect(checked.facts.kvm).toMatchObject({state: 'no-permission', proof: {state: 'not-run'}});
		expect(severity(checked, 'kvm')).toBe('unknown');
		expect(severity(checked, 'root')).toBe('note');
		expect(checked.facts.cgroup).toEqual(whole.facts.cgroup);
	});

	it('sees vhost_vsock as loadable, and the server loads it', async () => {
		expect(whole.facts.devices.find(({module}) => module === 'vhost_vsock')).toMatchObject({moduleState: 'loadable'});
		expect(severity(whole, 'vhost-vsock')).toBe('note');
		await server.must('modprobe vhost_vsock');
		const loaded = await check(server);
		expect(severity(loaded, 'vhost-vsock')).toBe('ok');
		await server.must('modprobe -r vhost_vsock');
	});

	it('names the line that keeps vhost_vsock out, and the server refuses it', async () => {
		const file = '/etc/modprobe.d/hardening.conf';
		await server.must(`echo 'install vhost_vsock /bin/false' >${file}`);
		const checked = await check(server);
		expect(severity(checked, 'vhost-vsock')).toBe('blocker');
		expect(textOf(find(checked, 'vhost-vsock'))).toContain(file);
		expect(outlook(checked, 'rust', 'qemu')).toBe('no');
		expect(outlook(checked, 'rust', 'cloud-hypervisor')).toBe('changes');
		expect((await server.ssh('modprobe vhost_vsock')).code).not.toBe(0);
		await server.must(`rm ${file}`);
	});

	it('says that a kernel has no vhost_vsock', async () => {
		const aside = '/root/vhost_vsock';
		await server.must(
			`mkdir ${aside} && find /lib/modules/$(uname -r) -name 'vhost_vsock.ko*' -exec mv {} ${aside} \\; && depmod`,
		);
		const checked = await check(server);
		expect(checked.facts.devices.find(({module}) => module === 'vhost_vsock')).toMatchObject({moduleState: 'absent'});
		expect(severity(checked, 'vhost-vsock')).toBe('blocker');
		expect((await server.ssh('modprobe vhost_vsock')).stderr).toContain('not found');
		await server.must(`mv ${aside}/* /lib/modules/$(uname -r)/kernel/drivers/vhost/ && depmod`);
		expect(severity(await check(server), 'vhost-vsock')).toBe('note');
	});

	it('asks for a reboot where the kernel was upgraded and its modules are gone', async () => {
		const newer = '6.1.0-999-amd64';
		await server.must(`mv /lib/modules/$(uname -r) /lib/modules/${newer}`);
		const checked = await check(server);
		expect(checked.facts.modules).toMatchObject({running: false, releases: [newer]});
		expect(severity(checked, 'modules')).toBe('warning');
		expect(textOf(find(checked, 'modules'))).toContain(newer);
		expect(severity(checked, 'vhost-vsock')).toBe('blocker');
		// What is loaded stays: KVM is proven as before.
		expect(severity(checked, 'kvm')).toBe('ok');
		expect((await server.ssh('modprobe vhost_vsock')).code).not.toBe(0);
		await server.must(`mv /lib/modules/${newer} /lib/modules/$(uname -r)`);
		expect((await check(server)).facts.modules).toEqual(whole.facts.modules);
	});
});

describe('trixie without SVM', {timeout: 15 * MINUTE}, () => {
	let server: Server;
	beforeAll(async () => {
		server = await serverWithPackage({suite: 'trixie', cpu: 'EPYC-Milan,-svm'});
	}, 45 * MINUTE);
	afterAll(() => server?.down(), 3 * MINUTE);

	it('says that no VM can start, why, and where the switch is', async () => {
		const checked = await check(server);
		expect(checked.facts.os).toMatchObject({id: 'debian', versionId: '13'});
		expect(checked.facts.kvm).toMatchObject({state: 'missing', error: 'ENOENT', proof: {state: 'not-run'}});
		expect(find(checked, 'kvm')).toMatchObject({severity: 'blocker', affects: 'all'});
		expect(find(checked, 'kvm')?.summary).toContain('No nested virtualization');
		expect(textOf(find(checked, 'kvm'))).toContain('host-passthrough');
		expect(checked.pairs.filter(pair => pair.outlook !== 'no')).toEqual([]);
		expect(checked.code).toBe(3);
		// The kernel says so too.
		expect((await server.ssh('modprobe kvm_amd')).code).not.toBe(0);
	});

	it('finds containerd 1.7, cgroup v2 and AppArmor', async () => {
		const checked = await check(server);
		expect(checked.facts.containerd).toMatchObject([
			{unit: 'containerd.service', version: expect.stringMatching(/^1\.7\./)},
		]);
		expect(severity(checked, 'engine')).toBe('ok');
		expect(checked.facts.cgroup?.layout).toBe('v2');
		expect(checked.facts.security?.apparmor).toBe(
			(await server.must('cat /sys/module/apparmor/parameters/enabled')) === 'Y',
		);
	});
});

describe('sid', {timeout: 15 * MINUTE}, () => {
	let server: Server;
	beforeAll(async () => {
		server = await serverWithPackage({suite: 'sid'});
	}, 45 * MINUTE);
	afterAll(() => server?.down(), 3 * MINUTE);

	it('proves KVM, and finds containerd 2 with every pair to be had, Firecracker too', async () => {
		const checked = await check(server);
		expect(checked.facts.kvm).toMatchObject({state: 'opens', proof: {state: 'ran'}});
		expect(checked.facts.containerd).toMatchObject([{version: expect.stringMatching(/^2\./)}]);
		expect(severity(checked, 'engine')).toBe('ok');
		expect(outlook(checked, 'rust', 'cloud-hypervisor')).toBe('changes');
		expect(outlook(checked, 'go', 'firecracker')).toBe('changes');
		expect(pairOf(checked, 'go', 'firecracker')?.changes.join('; ')).toMatch(/^sets up the blockfile snapshotter/);
		expect(checked.findings.filter(({severity: found}) => found === 'blocker')).toEqual([]);
	});

	it('proves KVM no more after its module was unloaded, and says that the plan loads it', async () => {
		await server.must('modprobe -r kvm_amd');
		const checked = await check(server);
		expect(checked.facts.kvm.state).not.toBe('opens');
		expect(checked.facts.kvm.module).toEqual({name: 'kvm_amd', state: 'loadable'});
		expect(severity(checked, 'kvm')).toBe('warning');
		expect(outlook(checked, 'rust', 'cloud-hypervisor')).toBe('changes');
		await server.must('modprobe kvm_amd');
		expect(severity(await check(server), 'kvm')).toBe('ok');
	});
});
