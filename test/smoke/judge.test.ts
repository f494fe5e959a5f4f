import {describe, expect, it} from 'vitest';
import {judge, type Seen} from '../../src/smoke/judge.ts';
import type {ProbeAnswer} from '../../src/smoke/probe-output.ts';
import type {SandboxHypervisor} from '../../src/smoke/sandbox.ts';
import type {SmokeVerdict} from '../../src/smoke/verdict.ts';

const ours = '1b4e28ba-2fa1-4d2e-883f-0016d3cca427';
const guests = '9c0d9f5e-5b0a-4b8e-a1c1-6f6d3c9a7e10';
const tree = '/opt/kata-setup/trees/4.1.0-rust-x';

const answer = (changes: Partial<ProbeAnswer> = {}): ProbeAnswer => ({
	release: '6.18.35',
	machine: 'x86_64',
	bootId: guests,
	cmdline: 'reboot=k panic=1 systemd.unit=kata-containers.target systemd.mask=systemd-networkd.service',
	uptime: 1.25,
	memoryKib: 2_000_000,
	...changes,
});

const qemu = (changes: Partial<SandboxHypervisor> = {}): SandboxHypervisor => ({
	hypervisor: 'qemu',
	pid: 4711,
	executable: `${tree}/bin/qemu-system-x86_64`,
	inTree: true,
	...changes,
});

/** A VM as it should be. */
const seen = (changes: Partial<Seen> = {}): Seen => ({
	pair: {runtime: 'rust', hypervisor: 'qemu'},
	shim: '/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2',
	tree,
	hostBootId: ours,
	answer: answer(),
	startMs: 1900,
	hypervisors: [qemu()],
	kernel: {file: `${tree}/share/kata-containers/vmlinux-6.18.35-202`, version: '6.18.35', inTree: true},
	failure: null,
	control: {answer: answer({bootId: ours, release: '6.1.0-40-amd64', cmdline: 'root=/dev/vda'})},
	log: ['a line'],
	remarks: [],
	...changes,
});

const proof = ({evidence}: SmokeVerdict, label: string) => evidence.find(one => one.label === label)?.proves;

describe('a VM of the chosen hypervisor', () => {
	it('is proven by boot id, process, kernel and agent, and says so plainly', () => {
		const verdict = judge(seen());
		expect(verdict).toMatchObject({
			outcome: 'vm',
			sentence: 'A container ran in a VM of QEMU, on a kernel of its own (6.18.35).',
			cause: null,
			log: [],
			remedy: [],
			startMs: 1900,
			control: {outcome: 'told-apart', detail: "its boot id is the host's"},
		});
		expect(verdict.evidence.map(({label, proves}) => [label, proves])).toEqual([
			['boot id', true],
			['hypervisor process', true],
			['guest kernel', true],
			['agent', true],
			['uptime', null],
			['memory', null],
		]);
	});

	it('may have the host’s very kernel version: the boot id decides', () => {
		expect(judge(seen({control: {answer: answer({bootId: ours})}})).outcome).toBe('vm');
	});

	it('may lack words for the agent, which prove nothing by being missing', () => {
		const verdict = judge(seen({answer: answer({cmdline: 'console=hvc0'})}));
		expect(verdict.outcome).toBe('vm');
		expect(proof(verdict, 'agent')).toBeNull();
	});

	it.each(['agent.log=debug', 'quiet agent.log_vport=1025', 'systemd.unit=kata-containers.target'])(
		'shows the agent’s words: %s',
		cmdline => expect(proof(judge(seen({answer: answer({cmdline})})), 'agent')).toBe(true),
	);

	it('is not taken for one by words that only look like the agent’s', () => {
		expect(
			proof(judge(seen({answer: answer({cmdline: 'useragent.x=1 systemd.unit=rescue.target'})})), 'agent'),
		).toBeNull();
	});

	it('may have a kernel of the user’s own, or one whose version cannot be told', () => {
		for (const kernel of [
			{file: '/srv/vmlinux-7.0.0', version: '7.0.0', inTree: false},
			{file: `${tree}/share/kata-containers/kernel`, version: null, inTree: true},
			null,
		]) {
			const verdict = judge(seen({kernel}));
			expect(verdict.outcome).toBe('vm');
			expect(proof(verdict, 'guest kernel')).toBeNull();
		}
	});

	it('compares kernels by their numbers: the file’s name has a configuration’s number too', () => {
		for (const [release, version, right] of [
			['6.18.35', '6.18.35', true],
			['6.18.35-dragonball-experimental', '6.18.35', true],
			['6.18.3', '6.18.35', false],
			['6.18.350', '6.18.35', false],
		] as const) {
			const verdict = judge(seen({answer: answer({release}), kernel: {file: 'f', version, inTree: true}}));
			expect([release, verdict.outcome]).toEqual([release, right ? 'vm' : 'wrong-vm']);
		}
	});

	it('is a VM of Dragonball by the threads of the shim', () => {
		const executable = `${tree}/runtime-rs/bin/containerd-shim-kata-v2`;
		const verdict = judge(
			seen({
				pair: {runtime: 'rust', hypervisor: 'dragonball'},
				hypervisors: [{hypervisor: 'dragonball', pid: 7, executable, inTree: true}],
			}),
		);
		expect(verdict.outcome).toBe('vm');
		expect(verdict.evidence[1]?.found).toContain('threads of the shim');
	});

	it('stands without runc, which is said', () => {
		const verdict = judge(seen({control: {notRun: 'runc is missing'}}));
		expect(verdict).toMatchObject({outcome: 'vm', control: {outcome: 'not-run', detail: 'runc is missing'}});
	});

	it('carries what is left behind', () => {
		const remark = {label: 'left behind', found: 'a folder', proves: null};
		expect(judge(seen({remarks: [remark]})).evidence).toContainEqual(remark);
	});
});

describe('no VM', () => {
	it('is the host’s own boot id, whatever else was seen', () => {
		const verdict = judge(seen({answer: answer({bootId: ours})}));
		expect(verdict).toMatchObject({outcome: 'no-vm', log: ['a line']});
		expect(verdict.sentence).toBe("The container ran, but on the host's own kernel: there was no VM.");
		expect(proof(verdict, 'boot id')).toBe(false);
		expect(verdict.cause).toContain('containerd-shim-kata-v2');
		expect(verdict.remedy).not.toEqual([]);
	});
});

describe('another VM', () => {
	const wrong = (changes: Partial<Seen>, words: string): void => {
		const verdict = judge(seen(changes));
		expect(verdict).toMatchObject({outcome: 'wrong-vm'});
		expect(verdict.sentence).toContain(words);
		expect(verdict.cause).not.toBeNull();
		expect(verdict.remedy).not.toEqual([]);
	};

	it('is one of another hypervisor, even beside the chosen one', () => {
		const other = qemu({hypervisor: 'cloud-hypervisor', executable: `${tree}/bin/cloud-hypervisor`});
		wrong({hypervisors: [other]}, 'but of Cloud Hypervisor and not of QEMU');
		wrong({hypervisors: [qemu(), other]}, 'but of Cloud Hypervisor and not of QEMU');
		expect(proof(judge(seen({hypervisors: [qemu(), other]})), 'hypervisor process')).toBe(false);
	});

	it('is one whose executable is not the tree’s', () => {
		wrong({hypervisors: [qemu({executable: '/usr/bin/qemu-system-x86_64', inTree: false})]}, 'not of the one that');
	});

	it('is one whose hypervisor was not found', () => {
		wrong({hypervisors: []}, 'no QEMU of this sandbox was found');
	});

	it('is one with another kernel than the release’s', () => {
		wrong({answer: answer({release: '6.12.1'})}, "not on the release's guest kernel");
	});
});

describe('nothing that can be judged', () => {
	it('is an answer without a boot id, or with something else in its place', () => {
		for (const bootId of ['', 'x', guests.toUpperCase(), `${guests}0`, '00000000-0000-0000-0000-000000000000']) {
			const verdict = judge(seen({answer: answer({bootId})}));
			expect([bootId, verdict.outcome]).toEqual([bootId, 'failed']);
			expect(verdict.cause).toContain(`"${bootId}"`);
		}
	});

	it('is a host whose own boot id cannot be read', () => {
		const verdict = judge(seen({hostBootId: null}));
		expect(verdict).toMatchObject({outcome: 'failed', control: {outcome: 'not-run'}});
	});

	it('is a host where plain containers have another boot id too', () => {
		const verdict = judge(seen({control: {answer: answer()}}));
		expect(verdict).toMatchObject({outcome: 'failed', control: {outcome: 'not-told-apart'}});
		expect(verdict.sentence).toContain('does not let a VM be told');
	});

	it('is no answer: the diagnosis speaks', () => {
		const verdict = judge(
			seen({
				answer: null,
				startMs: null,
				failure: {sentence: 'The container did not start.', cause: 'why', remedy: ['do'], known: 'x'},
			}),
		);
		expect(verdict).toEqual({
			outcome: 'failed',
			sentence: 'The container did not start.',
			evidence: [],
			control: {outcome: 'told-apart', detail: "its boot id is the host's"},
			cause: 'why',
			log: ['a line'],
			remedy: ['do'],
			startMs: null,
		});
	});
});
