/** vhost-vsock, which QEMU needs to reach the agent, and the network's devices, which all of them use. */
import type {DeviceFacts, Facts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {loadingRefused, type Refusal, vsockRival} from '../../machine/module-loading.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';
import {qemuPairs} from '../pairs.ts';
import {absentModule} from './module-absent.ts';

const mshvPath = '/dev/mshv';

export const judgeDevices: Judgement = facts => {
	const why = unreadWhy(facts, 'devices');
	if (why) return [unreadFinding('devices', 'Devices', 'The devices', why)];
	const vsock = facts.devices.filter(({path}) => path === '/dev/vhost-vsock');
	const mshv = facts.devices.filter(({path}) => path === mshvPath);
	const network = facts.devices.filter(device => !vsock.includes(device) && !mshv.includes(device));
	return [
		...vsock.map(device => judgeVsock(facts, device)),
		...(network.length > 0 ? [judgeNetwork(facts, network)] : []),
		...mshv.map(judgeMshv),
	];
};

type Standing = 'usable' | 'to-load' | 'missing';

/** Root's own devices are usable: the shim runs as root, even if this check does not. */
function standingOf({state, module, moduleState}: DeviceFacts, facts: Facts): Standing {
	if (state === 'ok' || (state === 'EACCES' && facts.privileges.uid !== 0)) return 'usable';
	return moduleState === 'loadable' && !loadingRefused(facts, module) ? 'to-load' : 'missing';
}

/** What a device's standing was read from. */
const sourcesOf = (devices: readonly DeviceFacts[], ...more: string[]): string[] => [
	...devices.map(({path}) => path),
	'/proc/modules',
	...(devices.some(({moduleState}) => moduleState === 'loadable' || moduleState === 'absent') ? ['/lib/modules'] : []),
	...more,
];

function judgeVsock(facts: Facts, device: DeviceFacts): Finding {
	const common = {id: 'vhost-vsock', label: 'vsock', affects: qemuPairs, sources: sourcesOf([device])};
	const why = "QEMU's guests are reached through the kernel's vhost-vsock; the other hypervisors bring their own.";
	switch (standingOf(device, facts)) {
		case 'usable':
			return finding({...common, severity: 'ok', summary: `${device.path} is there for QEMU`, detail: [why]});
		case 'to-load':
			return judgeVsockToLoad(facts, device, [why]);
		case 'missing': {
			const refusal = refusalOf(facts, device);
			return finding({
				...common,
				severity: 'blocker',
				summary: `${device.path} is not here, so QEMU cannot be used`,
				detail: [why, refusal.why, "Kata's own check calls the module optional and passes without it."],
				sources: sourcesOf([device], ...refusal.sources),
				remedy: ['Choose Cloud Hypervisor or Dragonball, which do not need it, or:', ...refusal.remedy],
				command: refusal.command,
			});
		}
	}
}

function judgeVsockToLoad(facts: Facts, device: DeviceFacts, detail: string[]): Finding {
	const {module} = device;
	const common = {id: 'vhost-vsock', label: 'vsock', affects: qemuPairs, sources: sourcesOf([device])};
	const rival = vsockRival(facts);
	if (rival === null)
		return finding({
			...common,
			severity: 'note',
			summary: `${module} is not loaded; with QEMU the plan loads it, for every boot`,
			detail: [...detail, ...signedLine(facts)],
			remedy: ['An installation does it; before one: kata-setup check --fix'],
			command: `sudo modprobe ${module}`,
		});
	return finding({
		...common,
		severity: 'warning',
		summary: `${module} may be refused: ${rival} holds vsock`,
		detail: [
			...detail,
			`On the kernel ${facts.kernel} only one of the two can be loaded: \`modprobe ${module}\` ends with "Device or resource busy".`,
		],
		...rivalRemedy(rival, module),
	});
}

const rivalRemedy = (rival: string, module: string): {remedy: string[]; command: string} => ({
	remedy: [
		rival === 'vmw_vsock_vmci_transport'
			? "Stop VMware's tools (systemctl stop vmtoolsd open-vm-tools), unload its vsock, and keep it out for good:"
			: 'Unload it, and keep it out for good:',
		`echo blacklist ${rival} | sudo tee /etc/modprobe.d/${rival}.conf, and a reboot if it is in use.`,
		'Choose Cloud Hypervisor or Dragonball, which do not need it.',
	],
	command: `sudo modprobe -r ${rival} && sudo modprobe ${module}`,
});

/** Whoever signs modules: a distribution's own pass. */
const signedLine = ({modules}: Facts): string[] =>
	modules?.signedOnly
		? [`Only signed modules are loaded here (${modules.signedOnly}); the distribution's own are.`]
		: [];

/** Why a device that the plan cannot bring is not there, and what to do. */
function refusalOf(facts: Facts, device: DeviceFacts): Refusal {
	const {virt} = facts;
	const {path, state, module, moduleState} = device;
	if (moduleState === 'loaded' || moduleState === 'built-in') {
		const rival = path === '/dev/vhost-vsock' && state === 'EBUSY' ? 'vmw_vsock_vmci_transport' : null;
		if (virt.container !== null && virt.container !== 'wsl')
			return {
				why: `The module ${module} is there, but ${path} is not passed into this container (${state}).`,
				remedy: [`On the host around this container pass the device in: --device ${path}`],
				command: null,
				sources: [],
			};
		return {
			why: `The module ${module} is there, but opening ${path} gives ${state}.`,
			...(rival === null ? unopened(path) : rivalRemedy(rival, module)),
			sources: [],
		};
	}
	return (moduleState === 'loadable' ? loadingRefused(facts, module) : null) ?? absentModule(facts, device);
}

const unopened = (path: string): {remedy: string[]; command: string} => ({
	remedy: ["The kernel's log says more (dmesg); a missing node is made by udev, or by a restart of the host."],
	command: `ls -l ${path}`,
});

function judgeNetwork(facts: Facts, devices: DeviceFacts[]): Finding {
	const common = {id: 'devices', label: 'Devices', sources: sourcesOf(devices)};
	const by = (standing: Standing): DeviceFacts[] => devices.filter(device => standingOf(device, facts) === standing);
	const names = (found: DeviceFacts[]): string => found.map(({path}) => path).join(' and ');
	const missing = by('missing');
	const why = "The sandbox's network is attached through them.";
	if (missing.length > 0) {
		const refusals = missing.map(device => refusalOf(facts, device));
		return finding({
			...common,
			severity: 'warning',
			summary: `no ${names(missing)}: sandboxes may have no network`,
			detail: [why, ...refusals.map(refusal => refusal.why)],
			sources: [...new Set([...common.sources, ...refusals.flatMap(({sources}) => sources)])],
			remedy: [...new Set(refusals.flatMap(({remedy}) => remedy))],
			command: refusals.find(({command}) => command !== null)?.command ?? null,
		});
	}
	const toLoad = by('to-load').map(({module}) => module);
	if (toLoad.length > 0)
		return finding({
			...common,
			severity: 'note',
			summary: `${toLoad.join(', ')} ${toLoad.length > 1 ? 'are' : 'is'} not loaded; the plan loads ${toLoad.length > 1 ? 'them' : 'it'}, for every boot`,
			detail: [why, ...signedLine(facts)],
			remedy: ['An installation does it; before one: kata-setup check --fix'],
			command: `sudo modprobe -a ${toLoad.join(' ')}`,
		});
	return finding({...common, severity: 'ok', summary: `${names(devices)} are there`, detail: [why]});
}

/** Beside KVM; where there is no KVM, its own finding says what becomes of it. */
const judgeMshv = (device: DeviceFacts): Finding =>
	finding({
		id: 'mshv',
		label: 'MSHV',
		severity: 'note',
		summary:
			device.state === 'ok'
				? "/dev/mshv opens: Microsoft's hypervisor"
				: `/dev/mshv is there and does not open (${device.state})`,
		detail: [
			'Kata has configurations of its own for it (clh-azure, openvmm-azure), which this version of kata-setup does not install.',
		],
		sources: [device.path],
	});
