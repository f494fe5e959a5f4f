/** /dev/kvm is there and may not be opened: by an ordinary user, in a container, or because something forbids it to root. */
import type {Facts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {blocker, inContainer, kvmFinding} from './kvm-finding.ts';

/** The shim runs as root, so the file's mode is no obstacle to an ordinary user's check; a container's rules are. */
export function judgePermission(facts: Facts): Finding {
	const {kvm, privileges, virt} = facts;
	if (privileges.uid !== 0 && kvm.error === 'EACCES')
		return kvmFinding({
			severity: 'unknown',
			summary: '/dev/kvm is there; only root may open it',
			detail: [
				"Nothing has to be changed: Kata's shim and hypervisors run as root.",
				'Whether a VM runs on it was not proven, because this check does not run as root. An install proves it as root before anything is downloaded.',
			],
			remedy: ['To know before: run the check as root.'],
			command: 'sudo kata-setup check',
		});
	if (inContainer(facts))
		return blocker({
			summary: `/dev/kvm may not be opened in this container (${virt.container}): ${kvm.error}`,
			detail: [
				kvm.error === 'EPERM'
					? "EPERM is a container's device rules: the node is there, and its use is not allowed."
					: "EACCES is the node's mode or owner, as it is seen in this container, or a security module.",
			],
			remedy: ['Allow the device on the host around this container (--device /dev/kvm).'],
		});
	return blocker({
		summary: `/dev/kvm may not be opened here: ${kvm.error}`,
		detail: [
			privileges.uid === 0
				? 'Even root is refused: a device rule of a service (DeviceAllow=), or a security module such as SELinux, does not allow it.'
				: 'It is not the mode of the file: a device rule of a service (DeviceAllow=) does not allow it.',
		],
		remedy: ['Look for the refusal with `dmesg` and `ausearch -m AVC -ts recent`, and allow the device.'],
	});
}
