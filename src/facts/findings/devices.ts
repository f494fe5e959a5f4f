/** vhost-vsock, which QEMU needs to reach the agent, and the network's devices, which all of them use. */
import type {DeviceFacts, Facts} from '../facts.ts';
import type {Finding} from '../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from './judgement.ts';
import {qemuPairs} from './pairs.ts';

export const judgeDevices: Judgement = facts => {
	const why = unreadWhy(facts, 'devices');
	if (why) return [unreadFinding('devices', 'Devices', 'The devices', why)];
	const vsock = facts.devices.filter(({path}) => path === '/dev/vhost-vsock');
	const network = facts.devices.filter(({path}) => path !== '/dev/vhost-vsock');
	return [...vsock.map(device => judgeVsock(facts, device)), judgeNetwork(facts, network)];
};

type Standing = 'usable' | 'to-load' | 'missing';

/** Root's own devices are usable: the shim runs as root, even if this check does not. */
function standingOf({state, moduleState}: DeviceFacts, {privileges}: Facts): Standing {
	if (state === 'ok' || (state === 'EACCES' && privileges.uid !== 0)) return 'usable';
	return moduleState === 'loadable' ? 'to-load' : 'missing';
}

function judgeVsock(facts: Facts, device: DeviceFacts): Finding {
	const common = {id: 'vhost-vsock', label: 'vsock', affects: qemuPairs};
	const why = "QEMU's guests are reached through the kernel's vhost-vsock; the other hypervisors bring their own.";
	switch (standingOf(device, facts)) {
		case 'usable':
			return finding({...common, severity: 'ok', summary: `${device.path} is there for QEMU`, detail: [why]});
		case 'to-load':
			return finding({
				...common,
				severity: 'note',
				summary: `${device.module} is not loaded; with QEMU the plan loads it, for every boot`,
				detail: [why],
			});
		case 'missing':
			return finding({
				...common,
				severity: 'blocker',
				summary: `${device.path} is not here, so QEMU cannot be used`,
				detail: [why, causeOf(facts, device), "Kata's own check calls the module optional and passes without it."],
				remedy: ['Choose Cloud Hypervisor or Dragonball, which do not need it, or:', ...remedyOf(facts, device)],
			});
	}
}

/** Why a device that no module can bring is not there. */
function causeOf({virt, kernel}: Facts, {path, state, module, moduleState}: DeviceFacts): string {
	if (moduleState === 'loaded' || moduleState === 'built-in')
		return virt.container
			? `The module ${module} is there, but ${path} is not passed into this container (${state}).`
			: `The module ${module} is there, but opening ${path} gives ${state}.`;
	if (moduleState === 'absent')
		return `There is no module ${module} for the running kernel ${kernel} under /lib/modules.`;
	return `Opening ${path} gives ${state}, and there is no list of the running kernel's modules under /lib/modules.`;
}

function remedyOf({virt, os}: Facts, {path, module, moduleState}: DeviceFacts): string[] {
	if (virt.container === 'wsl') return ['Run `wsl --update` in Windows: newer kernels of WSL have the module.'];
	if (virt.container) return [`Load ${module} on the host around this container and pass ${path} in.`];
	if (virt.hypervisor === 'vmware' && moduleState !== 'absent')
		return ["Unload vmw_vsock_vmci_transport, VMware's own vsock, which keeps vhost_vsock out."];
	if (moduleState !== 'absent') return [`Load the module: sudo modprobe ${module}`];
	const extra = os.id === 'ubuntu' ? ' On Ubuntu the package linux-modules-extra has it.' : '';
	return [`If a newer kernel was installed, reboot into it; otherwise use a kernel that has the module.${extra}`];
}

function judgeNetwork(facts: Facts, devices: DeviceFacts[]): Finding {
	const common = {id: 'devices', label: 'Devices'};
	const by = (standing: Standing): DeviceFacts[] => devices.filter(device => standingOf(device, facts) === standing);
	const names = (found: DeviceFacts[]): string => found.map(({path}) => path).join(' and ');
	const missing = by('missing');
	const why = "The sandbox's network is attached through them.";
	if (missing.length > 0)
		return finding({
			...common,
			severity: 'warning',
			summary: `no ${names(missing)}: sandboxes may have no network`,
			detail: [why, ...missing.map(device => causeOf(facts, device))],
			remedy: missing.flatMap(device => remedyOf(facts, device)),
		});
	const toLoad = by('to-load');
	if (toLoad.length > 0)
		return finding({
			...common,
			severity: 'note',
			summary: `${toLoad.map(({module}) => module).join(', ')} ${toLoad.length > 1 ? 'are' : 'is'} not loaded; the plan loads ${toLoad.length > 1 ? 'them' : 'it'}, for every boot`,
			detail: [why],
		});
	return finding({...common, severity: 'ok', summary: `${names(devices)} are there`, detail: [why]});
}
