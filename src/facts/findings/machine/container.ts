/** Whether this is a container, and what the host around it must pass in. */
import type {Facts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement} from '../judgement.ts';
import {missingInContainer, passIn} from './container-passing.ts';
import {nestedSwitch} from './nested-switch.ts';

/** Nothing is said outside of containers. What could not be read is said where VMs are. */
export const judgeContainer: Judgement = facts => {
	const {container} = facts.virt;
	if (container === null) return [];
	if (container === 'wsl') return [judgeWsl(facts)];
	const missing = missingInContainer(facts);
	const name = `This is a container (${container})${around(facts)}`;
	const common = {
		id: 'container',
		label: 'Container',
		sources: [facts.virt.containerSource ?? facts.virt.source, '/proc/self/status', '/proc/self/uid_map'],
	};
	const always = [
		'Kernel modules can be loaded only on the host around it, and devices must be passed in from there.',
		'Its container engine, if it has one, is not the one that runs this container.',
	];
	if (missing.length === 0)
		return [
			finding({
				...common,
				severity: 'note',
				summary: `${name}; what Kata needs is passed in`,
				detail: always,
				remedy: ['Better: run kata-setup on the host itself.'],
			}),
		];
	return [
		finding({
			...common,
			severity: 'warning',
			summary: `${name}, not a whole server`,
			detail: [...always, `Missing here: ${missing.join(', ')}.`],
			remedy: ['Better: run kata-setup on the host itself.', ...passIn(facts)],
		}),
	];
};

/** The layer around the container. */
function around({virt}: Facts): string {
	if (virt.wsl) return ' in WSL';
	if (virt.isGuest !== true) return '';
	const {platform, short} = nestedSwitch(virt);
	return ` in a VM (${short ?? platform})`;
}

const judgeWsl = ({virt}: Facts): Finding => {
	const common = {
		id: 'container',
		label: 'WSL',
		sources: [virt.containerSource ?? '/proc/sys/kernel/osrelease'],
	};
	if (virt.wsl === 1)
		return finding({
			...common,
			severity: 'blocker',
			summary: 'This is WSL 1, which has no kernel of Linux',
			detail: ['Windows answers the system calls itself there. There is no KVM, and no VM can ever start in it.'],
			remedy: nestedSwitch(virt).remedy,
		});
	return finding({
		...common,
		severity: 'note',
		summary: 'This is the Windows Subsystem for Linux',
		detail: ["It ends when Windows shuts it down. Its kernel is Microsoft's, and so are the modules that it has."],
	});
};
