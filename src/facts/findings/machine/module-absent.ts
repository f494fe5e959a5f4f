/** A module that the running kernel does not have: which of the causes it is, and where the module is to be had. Pure. */
import type {DeviceFacts, Facts} from '../../facts.ts';
import {compareReleases} from '../../machine/kernel-release.ts';
import {outerHost, type Refusal} from '../../machine/module-loading.ts';

/** The newest kernel on disk, if it is newer than the running one and that one's modules are gone; else null. */
export function kernelAfterReboot({modules, kernel}: Facts): string | null {
	const newest = modules?.releases?.at(-1);
	if (newest === undefined || modules?.running !== false) return null;
	return compareReleases(newest, kernel) >= 0 ? newest : null;
}

/** Why a module is absent, or cannot be told to be there, and what to do about it. */
export function absentModule(facts: Facts, {path, state, module, moduleState}: DeviceFacts): Refusal {
	const {virt, kernel, modules} = facts;
	const refusal = (why: string, remedy: string[], command: string | null = null): Refusal => ({
		why,
		remedy,
		command,
		sources: ['/lib/modules'],
	});
	if (virt.container === 'wsl')
		return refusal(
			`The kernel ${kernel} of WSL has no module ${module}.`,
			['Update WSL in Windows, then restart it (wsl --shutdown): newer kernels have the module.'],
			'wsl --update',
		);
	if (virt.container !== null)
		return refusal(`Opening ${path} gives ${state}, and modules are the host's to load.`, outerHost(facts, module));
	if (modules?.supported === false)
		return refusal(`The kernel ${kernel} was built without loadable modules, and without ${module}.`, [
			"Boot a kernel of the distribution's, which has it as a module.",
		]);
	const newer = kernelAfterReboot(facts);
	if (newer !== null)
		return refusal(
			`The running kernel ${kernel} has no modules on disk any more: ${newer} was installed since.`,
			[`Reboot into ${newer}.`],
			'sudo reboot',
		);
	const {remedy, command} = packageWith(facts, module);
	return refusal(
		moduleState === 'absent'
			? `There is no module ${module} for the running kernel ${kernel} under /lib/modules.`
			: `Opening ${path} gives ${state}, and there is no list of the running kernel's modules under /lib/modules.`,
		remedy,
		command,
	);
}

const debianNames: Record<string, string> = {x86_64: 'amd64', aarch64: 'arm64'};

/** Where distributions keep the modules that their small kernels lack. */
function packageWith({os, kernel, machine}: Facts, module: string): {remedy: string[]; command: string | null} {
	const debian = debianNames[machine];
	if (os.id === 'ubuntu')
		return {
			remedy: [`Ubuntu has it in the package linux-modules-extra of that kernel; then: sudo modprobe ${module}`],
			command: `sudo apt-get install linux-modules-extra-${kernel}`,
		};
	if (os.id === 'debian' && kernel.includes('-cloud-') && debian)
		return {
			remedy: [`Debian's cloud kernel leaves drivers out: install the ordinary one, and boot it.`],
			command: `sudo apt-get install linux-image-${debian}`,
		};
	if (['fedora', 'rhel', 'centos', 'rocky', 'almalinux', 'ol'].includes(os.id))
		return {
			remedy: [`The package kernel-modules has what kernel-core leaves out; then: sudo modprobe ${module}`],
			command: `sudo dnf install kernel-modules-${kernel}`,
		};
	return {remedy: [`Boot a kernel that has it: "cloud" and "virt" flavours leave modules out.`], command: null};
}
