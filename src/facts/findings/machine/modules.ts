/** Kernel modules as a whole: a kernel that was replaced on disk, and modules that the next boot would not load. */
import type {Facts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {neededModules} from '../../machine/module-loading.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';
import {qemuPairs} from '../pairs.ts';
import {kernelAfterReboot} from './module-absent.ts';

export const judgeModules: Judgement = facts => {
	const why = unreadWhy(facts, 'modules');
	if (why) return [unreadFinding('modules', 'Modules', 'What is configured for kernel modules', why)];
	return [...judgeReplaced(facts), ...judgeBlacklisted(facts), ...judgeForgotten(facts)];
};

/** Not in a container, whose /lib/modules is its image's, nor in WSL, whose kernel comes from Windows. */
function judgeReplaced(facts: Facts): Finding[] {
	const newer = facts.virt.container === null ? kernelAfterReboot(facts) : null;
	if (newer === null) return [];
	return [
		finding({
			id: 'modules',
			label: 'Modules',
			severity: 'warning',
			summary: `the running kernel's modules are gone; ${newer} waits for a reboot`,
			detail: [
				`The running kernel is ${facts.kernel}; /lib/modules has ${facts.modules?.releases?.join(', ')}. A module that is not loaded yet cannot be loaded, by Kata as little as by containerd.`,
			],
			sources: ['/proc/sys/kernel/osrelease', '/lib/modules'],
			remedy: [`Reboot into ${newer}, then check again.`],
			command: 'sudo reboot',
		}),
	];
}

/** `blacklist` lines: loading by name works, so that all is well until the next boot. */
function judgeBlacklisted(facts: Facts): Finding[] {
	const {rules = []} = facts.modules ?? {};
	const needed = neededModules(facts, {vsock: true}).map(({module}) => module);
	const stopping = rules.filter(({for: needs, stops}) => stops === 'autoloading' && needed.includes(needs));
	const [first] = stopping;
	if (!first) return [];
	const names = [...new Set(stopping.map(({module}) => module))];
	return [
		finding({
			id: 'modules-blacklist',
			label: 'Modules',
			severity: 'warning',
			summary: `${names.join(', ')} will not be loaded at boot: blacklisted`,
			detail: [
				...stopping.map(({path, line}) => `${path} says \`${line}\`.`),
				'`modprobe` by name loads it in spite of that, but what loads modules at boot obeys it: Kata would work until the next boot.',
			],
			sources: [...new Set(stopping.map(({path}) => path))],
			remedy: stopping.map(({path, line}) =>
				path === '/proc/cmdline'
					? `Take \`${line}\` out of the boot loader's configuration.`
					: `Take \`${line}\` out of ${path}.`,
			),
			affects: stopping.every(({for: needs}) => needs === 'vhost_vsock') ? qemuPairs : 'all',
		}),
	];
}

/** After an installation: a file that somebody removed is missed at the next boot. */
function judgeForgotten(facts: Facts): Finding[] {
	const {installation, modules} = facts;
	if (!installation || !modules) return [];
	const forgotten = neededModules(facts, {vsock: installation.hypervisor === 'qemu'})
		.map(({module}) => module)
		.filter(name => !modules.atBoot.some(({module}) => module === name));
	if (forgotten.length === 0) return [];
	return [
		finding({
			id: 'modules-boot',
			label: 'Modules',
			severity: 'warning',
			summary: `${forgotten.join(', ')}: no file has ${forgotten.length > 1 ? 'them' : 'it'} loaded at boot`,
			detail: [
				'Kata is installed here and needs them; after the next boot they are there only if something else loads them.',
			],
			sources: ['/etc/modules-load.d', '/etc/modules'],
			remedy: ['kata-setup writes the file.'],
			command: 'kata-setup check --fix',
		}),
	];
}
