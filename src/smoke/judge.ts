/** What was seen → the verdict. Pure and strict: `vm` only if everything that must hold does. */
import {catalogue, type Hypervisor, type Pair} from '../catalogue/catalogue.ts';
import type {Diagnosis} from './diagnose.ts';
import {type GuestKernel, kernelVersion} from './guest-kernel.ts';
import type {ProbeAnswer} from './probe-output.ts';
import type {SandboxHypervisor} from './sandbox.ts';
import type {Evidence, SmokeVerdict} from './verdict.ts';

/** Everything that the smoke test saw. */
export interface Seen {
	pair: Pair;
	shim: string;
	tree: string;
	/** The host's own boot id; null if it could not be read. */
	hostBootId: string | null;
	/** null: no complete answer came. */
	answer: ProbeAnswer | null;
	startMs: number | null;
	hypervisors: SandboxHypervisor[];
	kernel: GuestKernel | null;
	/** Why there is no answer; null if there is one. */
	failure: Diagnosis | null;
	/** The same image under runc. */
	control: {answer: ProbeAnswer} | {notRun: string};
	/** Raw lines: the engine's and the journal's. */
	log: string[];
	/** What is worth telling beside: leftovers, a container that had to be killed. */
	remarks: Evidence[];
}

/** As Linux prints a random UUID (lib/vsprintf.c, %pU). */
const wellFormed = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Words on the kernel's command line that Kata alone gives its guests. */
const agentWords = /(?:^|\s)(agent\.\S+|systemd\.unit=kata-containers\.target)/;

export function judge(seen: Seen): SmokeVerdict {
	const control = judgeControl(seen);
	const {answer} = seen;
	if (answer === null) return failed(seen, control, seen.failure);
	const evidence = [
		bootIdEvidence(answer, seen.hostBootId),
		hypervisorEvidence(seen),
		kernelEvidence(answer, seen.kernel),
		agentEvidence(answer),
		...sizeEvidence(answer),
		...seen.remarks,
	];
	const base = {evidence, control, startMs: seen.startMs};
	if (seen.hostBootId === null || !wellFormed.test(answer.bootId))
		return {
			...base,
			outcome: 'failed',
			sentence: 'A container ran, but whether it had a kernel of its own cannot be told.',
			cause:
				seen.hostBootId === null
					? "The host's own boot id could not be read, so there is nothing to compare with."
					: `It gave "${answer.bootId}" for its kernel's boot id, which is none.`,
			log: seen.log,
			remedy: ['Look whether /proc/sys/kernel/random/boot_id can be read on this host and in its containers.'],
		};
	if (answer.bootId === seen.hostBootId)
		return {
			...base,
			outcome: 'no-vm',
			sentence: "The container ran, but on the host's own kernel: there was no VM.",
			cause: `${seen.shim} started it without a VM: the kernel's boot id in the container is the host's.`,
			log: seen.log,
			remedy: [
				`See which program that is: readlink -f ${seen.shim}`,
				'Put the installation right again: kata-setup uninstall, then kata-setup install',
			],
		};
	if (control.outcome === 'not-told-apart')
		return {
			...base,
			outcome: 'failed',
			sentence: 'The container ran, but this host does not let a VM be told from an ordinary container.',
			cause: `Under runc, which uses the host's kernel, the same image did not give the host's boot id: ${control.detail}.`,
			log: seen.log,
			remedy: [
				'See which program runc is here; an engine whose plain containers are VMs too cannot be tested this way.',
			],
		};
	const wrong = wrongVm(seen, answer);
	if (wrong) return {...base, ...wrong, outcome: 'wrong-vm', log: seen.log};
	return {
		...base,
		outcome: 'vm',
		sentence: `A container ran in a VM of ${nameOf(seen.pair.hypervisor)}, on a kernel of its own (${answer.release}).`,
		cause: null,
		log: [],
		remedy: [],
	};
}

const nameOf = (hypervisor: Hypervisor): string => catalogue.hypervisors[hypervisor].name;

function failed(seen: Seen, control: SmokeVerdict['control'], failure: Diagnosis | null): SmokeVerdict {
	return {
		outcome: 'failed',
		sentence: failure?.sentence ?? 'No container ran.',
		evidence: seen.remarks,
		control,
		cause: failure?.cause ?? 'The container ended without the answer that its program gives, and nothing says why.',
		log: seen.log,
		remedy: failure?.remedy ?? [],
		startMs: null,
	};
}

function judgeControl({control, hostBootId}: Seen): SmokeVerdict['control'] {
	if ('notRun' in control) return {outcome: 'not-run', detail: control.notRun};
	const {bootId} = control.answer;
	if (hostBootId === null) return {outcome: 'not-run', detail: "the host's own boot id could not be read"};
	return bootId === hostBootId
		? {outcome: 'told-apart', detail: "its boot id is the host's"}
		: {outcome: 'not-told-apart', detail: `it gave ${bootId || 'no boot id'}, the host has ${hostBootId}`};
}

function bootIdEvidence({bootId}: ProbeAnswer, hostBootId: string | null): Evidence {
	const label = 'boot id';
	if (!wellFormed.test(bootId)) return {label, found: `"${bootId}" is no boot id`, proves: false};
	if (hostBootId === null) return {label, found: `${bootId}; the host's is not known`, proves: null};
	return bootId === hostBootId
		? {label, found: `${bootId}, the host's own`, proves: false}
		: {label, found: `${bootId}; the host has ${hostBootId}`, proves: true};
}

function hypervisorEvidence({hypervisors, pair, tree}: Seen): Evidence {
	const label = 'hypervisor process';
	const isRight = ({hypervisor, inTree}: SandboxHypervisor): boolean => hypervisor === pair.hypervisor && inTree;
	const shown = hypervisors.find(found => !isRight(found)) ?? hypervisors[0];
	if (!shown) return {label, found: `none of this sandbox in ${tree}`, proves: false};
	const threads = shown.hypervisor === 'dragonball' ? ', threads of the shim' : '';
	return {label, found: `${shown.executable}${threads} (process ${shown.pid})`, proves: isRight(shown)};
}

function kernelEvidence({release}: ProbeAnswer, kernel: GuestKernel | null): Evidence {
	const label = 'guest kernel';
	const wanted = kernel?.version ?? null;
	if (!kernel || wanted === null) return {label, found: release, proves: null};
	if (!kernel.inTree)
		return {label, found: `${release}; configured is ${kernel.file}, not the release's`, proves: null};
	return kernelVersion(release) === wanted
		? {label, found: `${release}, the release's ${wanted}`, proves: true}
		: {label, found: `${release}, but the release's is ${wanted} (${kernel.file})`, proves: false};
}

/** Missing words prove nothing: a guest whose init is the agent needs none. */
function agentEvidence({cmdline}: ProbeAnswer): Evidence {
	const word = agentWords.exec(cmdline)?.[1];
	return word
		? {label: 'agent', found: `${word} on the kernel's command line`, proves: true}
		: {label: 'agent', found: "no words for Kata's agent on the kernel's command line", proves: null};
}

function sizeEvidence({uptime, memoryKib}: ProbeAnswer): Evidence[] {
	return [
		...(uptime === null ? [] : [{label: 'uptime', found: `its kernel had been running for ${uptime} s`, proves: null}]),
		...(memoryKib === null
			? []
			: [{label: 'memory', found: `${Math.round(memoryKib / 1024)} MiB in all`, proves: null}]),
	];
}

/** A kernel of its own, but not the VM that was chosen; null if it is that one. */
function wrongVm(
	{hypervisors, pair, tree, kernel}: Seen,
	answer: ProbeAnswer,
): Pick<SmokeVerdict, 'sentence' | 'cause' | 'remedy'> | null {
	const chosen = nameOf(pair.hypervisor);
	const again = 'Put the installation right again: kata-setup uninstall, then kata-setup install';
	const others = hypervisors.filter(({hypervisor}) => hypervisor !== pair.hypervisor);
	const own = hypervisors.filter(({hypervisor}) => hypervisor === pair.hypervisor);
	const [other] = others;
	if (other)
		return {
			sentence: `The container ran in a VM, but of ${nameOf(other.hypervisor)} and not of ${chosen}.`,
			cause: `The process of this sandbox is ${other.executable}: another configuration is in force than the one that was chosen.`,
			remedy: ['See what the settings of your own in config.d change.', again],
		};
	const [first] = own;
	if (!first)
		return {
			sentence: `The container ran on a kernel of its own, but no ${chosen} of this sandbox was found.`,
			cause: `No process with this sandbox's id runs ${chosen} from ${tree}, so nothing proves which hypervisor it was.`,
			remedy: [again],
		};
	const outside = own.find(({inTree}) => !inTree);
	if (outside)
		return {
			sentence: `The container ran in a VM of ${chosen}, but not of the one that was installed.`,
			cause: `Its executable is ${outside.executable}, which is not in ${tree}.`,
			remedy: ['See which `path` the configuration and its config.d name.', again],
		};
	if (kernelEvidence(answer, kernel).proves === false)
		return {
			sentence: `The container ran in a VM of ${chosen}, but not on the release's guest kernel.`,
			cause: `Its kernel is ${answer.release}; the configuration names ${kernel?.file}.`,
			remedy: [again],
		};
	return null;
}
