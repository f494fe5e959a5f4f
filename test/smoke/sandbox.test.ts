/** Finding a sandbox's hypervisor among processes, as /proc shows them. */
import {describe, expect, it} from 'vitest';
import {catalogue, hypervisors} from '../../src/catalogue/catalogue.ts';
import {findHypervisors, hypervisorOfExecutable} from '../../src/smoke/sandbox.ts';
import {probedHost} from '../support/probed-host.ts';

const id = 'kata-setup-smoke-0123456789ab';
const tree = '/opt/kata-setup/trees/4.1.0-rust-x';

interface Process {
	exe: string;
	argv: string[];
	cgroup?: string;
	threads?: string[];
}

/** @param files beside the processes' own */
async function found(processes: Process[], files: Record<string, string> = {}, of = tree) {
	const proc: Record<string, string> = {};
	for (const [index, {exe, argv, cgroup = '0::/', threads = []}] of processes.entries()) {
		const folder = `/proc/${100 + index}`;
		proc[`${folder}/cmdline`] = `${argv.join('\0')}\0`;
		proc[`${folder}/cgroup`] = `${cgroup}\n`;
		proc[`${folder}/exe`] = `link:${exe}`;
		for (const [thread, name] of threads.entries()) proc[`${folder}/task/${200 + thread}/comm`] = `${name}\n`;
	}
	return findHypervisors(await probedHost({files: {[`${tree}/VERSION`]: '4.1.0\n', ...proc, ...files}}), id, of);
}

const shim = `${tree}/runtime-rs/bin/containerd-shim-kata-v2`;
const shimArguments = [shim, '-namespace', 'kata-setup', '-id', id];
const dragonballThreads = ['containerd-shim', 'vmm_master', 'db_vcpu0', 'tokio-runtime-w'];

it('knows every hypervisor of the catalogue by its executable, and nothing else', () => {
	for (const {hypervisor, binary} of catalogue.pairs)
		if (binary) expect(hypervisorOfExecutable(binary)).toBe(hypervisor);
	expect(hypervisorOfExecutable('qemu-system-x86_64-snp-experimental')).toBe('qemu');
	for (const name of ['qemu-img', 'virtiofsd', 'jailer', 'firecracker2', '', 'containerd-shim-kata-v2'])
		expect([name, hypervisorOfExecutable(name)]).toEqual([name, null]);
	expect(hypervisors.map(name => catalogue.pairs.some(pair => pair.hypervisor === name))).not.toContain(false);
});

describe('the hypervisor of a sandbox', () => {
	it.each([
		['qemu', 'bin/qemu-system-x86_64', ['-name', `sandbox-${id},debug-threads=on`]],
		['cloud-hypervisor', 'bin/cloud-hypervisor', ['--api-socket', `/run/kata/${id}/root/ch-api.sock`]],
		['stratovirt', 'bin/stratovirt', ['-name', `sandbox-${id}`]],
		['firecracker', 'bin/firecracker', ['--api-sock', `/run/vc/firecracker/${id}/root/run/firecracker.socket`]],
	] as const)('is seen by the id in its arguments: %s', async (hypervisor, path, argv) => {
		const executable = `${tree}/${path}`;
		const process = {exe: executable, argv: [executable, ...argv]};
		expect(await found([process])).toEqual([{hypervisor, pid: 100, executable, inTree: true}]);
	});

	it('is seen by its cgroup', async () => {
		const executable = `${tree}/bin/cloud-hypervisor`;
		const process = {exe: executable, argv: [executable], cgroup: `0::/kata_overhead/${id}`};
		expect(await found([process])).toMatchObject([{hypervisor: 'cloud-hypervisor', inTree: true}]);
	});

	it('is none of another sandbox, of libvirt, or of what merely names the id', async () => {
		const executable = `${tree}/bin/qemu-system-x86_64`;
		expect(
			await found([
				{exe: executable, argv: [executable, '-name', 'sandbox-kata-setup-smoke-ffffffffffff']},
				{exe: '/usr/bin/qemu-system-x86_64', argv: ['/usr/bin/qemu-system-x86_64', '-name', 'guest=web']},
				{exe: '/usr/bin/ctr', argv: ['ctr', 'run', id]},
				{exe: `${tree}/libexec/virtiofsd`, argv: ['virtiofsd', `--socket-path=/run/kata/${id}/root/vhost-fs.sock`]},
				{exe: shim, argv: shimArguments},
			]),
		).toEqual([]);
	});

	it('is seen outside of the tree too, and told apart; a folder that only begins alike is outside', async () => {
		for (const executable of ['/usr/bin/qemu-system-x86_64', `${tree}-old/bin/qemu-system-x86_64`])
			expect(await found([{exe: executable, argv: [executable, '-name', `sandbox-${id}`]}])).toEqual([
				{hypervisor: 'qemu', pid: 100, executable, inTree: false},
			]);
	});

	it('is in the tree that a link leads to', async () => {
		const executable = `${tree}/bin/qemu-system-x86_64`;
		const process = {exe: executable, argv: [executable, '-name', `sandbox-${id}`]};
		expect(await found([process], {'/opt/kata': `link:${tree}`}, '/opt/kata')).toMatchObject([{inTree: true}]);
	});

	it('is Dragonball by the threads of this sandbox’s shim, of which all kinds must be there', async () => {
		expect(await found([{exe: shim, argv: shimArguments, threads: dragonballThreads}])).toEqual([
			{hypervisor: 'dragonball', pid: 100, executable: shim, inTree: true},
		]);
		expect(await found([{exe: shim, argv: shimArguments, threads: ['vmm_master']}])).toEqual([]);
		const ofAnother = [shim, '-id', 'kata-setup-smoke-ffffffffffff'];
		expect(await found([{exe: shim, argv: ofAnother, threads: dragonballThreads}])).toEqual([]);
	});

	it('is Firecracker in its jail by the bytes of its executable', async () => {
		const process = {exe: '/firecracker', argv: ['firecracker', '--id', id]};
		const shipped = {[`${tree}/bin/firecracker`]: 'the program'};
		expect(await found([process], {...shipped, '/firecracker': 'the program'})).toMatchObject([
			{hypervisor: 'firecracker', inTree: true},
		]);
		expect(await found([process], {...shipped, '/firecracker': 'another one'})).toMatchObject([{inTree: false}]);
		expect(await found([process], {'/firecracker': 'the program'})).toMatchObject([{inTree: false}]);
	});
});
