/** /dev/kvm opens: what a VM that was started on it came to. */
import type {Facts, KvmProof, KvmStep} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {unreadWhy} from '../judgement.ts';
import {blocker, inContainer, kvmFinding, processorHasIt} from './kvm-finding.ts';
import {nestedSwitch} from './nested-switch.ts';

export function judgeProof(facts: Facts): Finding {
	switch (facts.kvm.proof.state) {
		case 'ran':
			return paravirtual(facts) ? judgeParavirtual(facts) : judgeRan(facts);
		case 'created':
			return kvmFinding({
				severity: 'ok',
				summary: 'Works: a VM and a processor were made on it',
				detail: ['/dev/kvm was opened, its API version is 12, and a VM with one virtual processor was made on it.'],
				sources: sourcesOf(facts),
			});
		case 'failed':
			return judgeFailed(facts);
		case 'not-run':
			return judgeUnproven(facts);
	}
}

const sourcesOf = ({machine}: Facts): string[] => ['/dev/kvm', `kvm-probe-${machine}`];

/** A KVM that needs no VT-x or AMD-V, such as the kvm_pvm module of some clouds. Elsewhere than on x86 no flag would tell. */
const paravirtual = (facts: Facts): boolean =>
	facts.machine === 'x86_64' && !processorHasIt(facts) && unreadWhy(facts, 'cpu') === null;

const judgeRan = (facts: Facts): Finding =>
	kvmFinding({
		severity: 'ok',
		summary: 'Works: a VM ran on it to its halt',
		detail: [
			'/dev/kvm was opened, its API version is 12, and a VM with a page of memory and one virtual processor was made on it.',
			'The guest ran a few instructions to their halt, and left behind what it had to work out.',
		],
		sources: sourcesOf(facts),
	});

const paravirtualLines = ({modules}: Facts): string[] => [
	`Neither vmx nor svm is among the processor's flags, so KVM works without them here (${modules?.rivals.includes('kvm_pvm') ? 'the module kvm_pvm is loaded' : 'kvm_pvm, for example'}).`,
	'An ordinary guest kernel may hang in its first page-table work on such a KVM. The smoke test at the end decides.',
];

const paravirtualRemedy = [
	'Go on and let the smoke test tell; where it fails, a host with nested virtualization is needed.',
];

const judgeParavirtual = (facts: Facts): Finding =>
	kvmFinding({
		severity: 'warning',
		summary: 'A VM ran on it without VT-x or AMD-V: a paravirtual KVM',
		detail: ['A few guest instructions ran to their halt.', ...paravirtualLines(facts)],
		sources: [...sourcesOf(facts), '/proc/cpuinfo'],
		remedy: paravirtualRemedy,
	});

function judgeUnproven(facts: Facts): Finding {
	const {why, error} = facts.kvm.proof;
	const noFlags = paravirtual(facts);
	return kvmFinding({
		severity: noFlags ? 'warning' : 'unknown',
		summary: noFlags
			? '/dev/kvm opens without VT-x or AMD-V: a paravirtual KVM'
			: '/dev/kvm opens; that a VM runs on it was not proven',
		detail: [
			...(why ? [why] : []),
			'An install proves it as root, from /opt/kata-setup, before anything is downloaded.',
			...(noFlags ? paravirtualLines(facts) : []),
		],
		sources: sourcesOf(facts),
		remedy: [
			...(error === 'EACCES'
				? ['To know before: have npm keep the package on a file system without noexec (npm_config_cache=FOLDER).']
				: []),
			...(noFlags ? paravirtualRemedy : []),
		],
	});
}

/** Another hypervisor has the processor's virtualization: EBUSY. */
export function heldByAnother({modules}: Facts, what: string): Finding {
	const holders = otherHypervisors.filter(({module}) => modules?.rivals.includes(module));
	const names = holders.map(({name, module}) => `${name} (${module})`).join(' and ');
	return blocker({
		summary: "Another hypervisor holds the processor's virtualization",
		detail: [
			what,
			names
				? `${names} is loaded, and takes it while a VM of its own runs.`
				: 'VirtualBox (vboxdrv) and VMware (vmmon) take it while one of their VMs runs.',
		],
		sources: ['/dev/kvm', '/proc/modules'],
		remedy: [
			`Stop the VMs of ${holders.map(({name}) => name).join(' and ') || 'VirtualBox or VMware'} on this host, then check again.`,
		],
	});
}

const otherHypervisors = [
	{name: 'VirtualBox', module: 'vboxdrv'},
	{name: 'VMware', module: 'vmmon'},
];

const stepWords: Record<KvmStep, string> = {
	open: '/dev/kvm could not be opened',
	'api-version': '/dev/kvm does not answer as KVM',
	'create-vm': 'KVM makes no VM',
	memory: 'A VM could be made, and got no memory',
	'create-vcpu': 'A VM could be made, but no processor for it',
	registers: "A VM could be made, but its processor's registers not set",
	run: 'A VM could be made, and does not run',
};

/** What the proof came to, in one sentence without its full stop. */
export function proofWords({state, step, error, why}: KvmProof): string {
	if (state === 'ran') return 'A VM ran on /dev/kvm to its halt';
	if (state === 'created') return 'A VM and a virtual processor were made on /dev/kvm';
	if (state === 'not-run') return `It was not proven that a VM runs on /dev/kvm (${why ?? error ?? 'no reason known'})`;
	if (error === 'timeout') return 'A VM that was started on /dev/kvm did not end';
	return `${step === null ? 'No VM runs on /dev/kvm' : stepWords[step]}: ${error === null ? 'no reason' : (exits[error] ?? error)}`;
}

/** The kernel's reasons for leaving a guest, of linux/kvm.h, that say something by their name. */
const exits: Record<string, string> = {
	'exit-8': 'KVM_EXIT_SHUTDOWN',
	'exit-9': 'KVM_EXIT_FAIL_ENTRY',
	'exit-17': 'KVM_EXIT_INTERNAL_ERROR',
};

function judgeFailed(facts: Facts): Finding {
	const {step, error} = facts.kvm.proof;
	if (step === 'create-vm' && error === 'EBUSY')
		return heldByAnother(facts, 'Making a VM (KVM_CREATE_VM) gives EBUSY.');
	const summary = proofWords(facts.kvm.proof);
	if (error === 'timeout')
		return failed(facts, summary, [
			'A guest of a few instructions runs for less than a millisecond; this one was ended after three seconds.',
		]);
	if (error === 'ENOMEM' || error === 'EMFILE' || error === 'ENFILE')
		return blocker({
			summary,
			detail: ['That is want of memory or of file handles, not of KVM.'],
			sources: sourcesOf(facts),
			remedy: ['Make room, then check again: `free -m` and `ulimit -n` show what is left.'],
		});
	if (step === 'api-version')
		return blocker({
			summary,
			detail: [
				/^\d+$/.test(error ?? '')
					? "Every hypervisor wants KVM's API version 12, which has been the only one since 2007."
					: 'Something opens by that name, and it is no KVM device: a node made by hand, or another file mounted over it.',
			],
			sources: sourcesOf(facts),
			remedy: ['`ls -l /dev/kvm` shows what it is; KVM is the character device 10, 232.'],
		});
	return failed(facts, summary, ['The node opens, and the capability is not there: a node is no capability.']);
}

/** KVM is there and does not do its work: the layer below is where that is mended. */
function failed(facts: Facts, summary: string, detail: string[]): Finding {
	const {virt} = facts;
	return blocker({
		summary,
		detail: [
			...detail,
			...(virt.isGuest
				? [`This host is a VM, and ${nestedSwitch(virt).platform} passes virtualization on in part or not at all.`]
				: []),
		],
		sources: sourcesOf(facts),
		remedy: [
			...(inContainer(facts)
				? ['Run the check on the host around this container: the same kernel answers there.']
				: []),
			...(virt.isGuest
				? nestedSwitch(virt).remedy
				: ['Look at what the kernel says: `dmesg | grep -i kvm`. A firmware update mends some of it.']),
		],
	});
}
