/** Whether this host is a VM or a container, and what that changes. */
import {finding, type Judgement, unreadFinding, unreadWhy} from './judgement.ts';
import {nestedSwitch} from './nested-switch.ts';

export const judgeVirt: Judgement = facts => {
	const {virt, kvm} = facts;
	const common = {id: 'nested', label: 'Nesting'};
	const why = unreadWhy(facts, 'virt');
	if (why) return [unreadFinding('nested', 'Nesting', 'Whether this host is a VM', why)];
	const read = `Read from ${virt.source}.`;
	if (virt.isGuest === false)
		return [finding({...common, severity: 'ok', summary: 'This host is no VM itself', detail: [read]})];
	if (virt.isGuest === null)
		return [
			finding({
				...common,
				severity: 'note',
				summary: 'Whether this host is a VM could not be told',
				detail: ['If it is one, guests may start slowly; the smoke test waits long enough for them.'],
			}),
		];
	const {platform} = nestedSwitch(virt);
	return [
		finding({
			...common,
			severity: 'note',
			summary: `This host is a VM (${virt.hypervisor ?? platform})${kvm.state === 'opens' ? '; Kata waits longer for its guests' : ''}`,
			detail: [
				'Guests start slowly inside a VM, and the time that Kata waits for their agent by default is short. A drop-in raises it.',
				read,
			],
		}),
	];
};

/** Nothing is said outside of containers. */
export const judgeContainer: Judgement = ({virt}) => {
	if (virt.container === null) return [];
	const common = {id: 'container', label: 'Container'};
	if (virt.container === 'wsl')
		return [
			finding({
				...common,
				severity: 'note',
				summary: 'This is the Windows Subsystem for Linux',
				detail: ["It ends when Windows shuts it down. Its kernel is Microsoft's, and so are the modules that it has."],
			}),
		];
	return [
		finding({
			...common,
			severity: 'warning',
			summary: `This is a container (${virt.container}), not a whole server`,
			detail: [
				'Kernel modules can be loaded only on the host around it, and devices must be passed in from there.',
				'Its container engine, if it has one, is not the one that runs this container.',
			],
			remedy: [
				'Better: run kata-setup on the host itself.',
				'Otherwise pass in /dev/kvm, /dev/vhost-vsock, /dev/vhost-net and /dev/net/tun, and a /dev/shm of more than 2 GiB.',
			],
		}),
	];
};
