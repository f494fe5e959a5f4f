/** Loads a kernel module and opens the device that it provides. */
import {KataSetupError} from '../errors.ts';
import type {CommandResult, Host} from '../host/host.ts';
import type {StepKindOf} from './step-kind.ts';

const isLoaded = async (host: Host, module: string): Promise<boolean> =>
	(await host.files.stat(`/sys/module/${module}`)) !== null;

export const loadModuleStep: StepKindOf<'load-module', {wasLoaded: boolean}> = {
	kind: 'load-module',
	async prepare(host, {module}) {
		return {wasLoaded: await isLoaded(host, module)};
	},
	async perform(host, {module}) {
		const result = await host.run('modprobe', [module]);
		if (result.code !== 0) throw refused(module, result);
	},
	async verify(host, {module, device}) {
		// An `install` line in modprobe.d such as /bin/true lets modprobe end well without it.
		if (!(await isLoaded(host, module)))
			throw new KataSetupError('undone', `modprobe found no fault, yet ${module} is not loaded.`, {
				why: 'Most likely an `install` line in /etc/modprobe.d or /usr/lib/modprobe.d replaces the loading.',
				remedy: `See which: modprobe --showconfig | grep -E '^install ${module}'`,
			});
		const error = await host.files.openReadWrite(device);
		if (error !== null)
			throw new KataSetupError('undone', `${module} is loaded, but ${device} cannot be opened (${error}).`, {
				remedy: `ls -l ${device}`,
			});
	},
	async undo(host, {module}, {wasLoaded}, context) {
		if (wasLoaded || !(await isLoaded(host, module))) return [];
		const result = await host.run('modprobe', ['-r', module]);
		// A module that stays until the next boot breaks nothing.
		if (result.code !== 0)
			context.log(`The kernel module ${module} stays loaded until the next boot: ${whyItStays(result)}.`);
		return [];
	},
};

function whyItStays({stderr, notStarted}: CommandResult): string {
	if (notStarted !== null) return `modprobe could not be started (${notStarted})`;
	return /in use/.test(stderr) ? 'it is in use' : stderr.trim().split('\n').at(-1) || 'modprobe refuses';
}

/** What modprobe says, what it means, and what to do; the first that fits. Words of kmod 30 and of strerror(3). */
const causes: {says: RegExp; why: string; remedy: (module: string) => string[]}[] = [
	{
		says: /not found in directory/,
		why: 'It does not exist for the running kernel. Often a newer kernel was installed and the host not rebooted.',
		remedy: () => ['Reboot into the installed kernel, then run kata-setup again.'],
	},
	{
		says: /running install command/,
		why: 'An `install` line in modprobe.d replaces the loading by a command that fails.',
		remedy: module => [`See which: modprobe --showconfig | grep -E '^install ${module}'`],
	},
	{
		says: /Operation not permitted/,
		why: 'A container may not load modules; elsewhere the kernel was told not to (kernel.modules_disabled, module_blacklist).',
		remedy: module => [
			`In a container, on the outer host: modprobe ${module}`,
			'Else `kata-setup check` names what forbids it.',
		],
	},
	{
		says: /Key was rejected by service|Required key not available/,
		why: 'The kernel loads signed modules only (Secure Boot), and does not know the key of this one.',
		remedy: () => ["Use the distribution's own kernel and modules, or enrol the key: mokutil --import KEY.der"],
	},
	{
		says: /Operation not supported|Input\/output error/,
		why: 'The processor does not offer what it needs: virtualization is off or locked in the firmware.',
		remedy: () => ['Switch VT-x or AMD-V on in the firmware, or nesting on the hypervisor below.'],
	},
	{
		says: /Device or resource busy/,
		why: 'Another module holds its place, as VMware’s own vsock does.',
		remedy: module => ['modprobe -r vmw_vsock_vmci_transport', `modprobe ${module}`],
	},
];

const whyNotStarted = (code: string): string =>
	code === 'ENOENT' ? 'There is no modprobe on this host.' : `modprobe could not be started (${code}).`;

function refused(module: string, {stderr, notStarted}: CommandResult): KataSetupError {
	const cause = causes.find(({says}) => says.test(stderr));
	return new KataSetupError('undone', `The kernel module ${module} could not be loaded.`, {
		why: notStarted === null ? (cause?.why ?? 'modprobe refused it.') : whyNotStarted(notStarted),
		remedy: cause?.remedy(module) ?? [`Try it by hand: modprobe ${module}`],
		evidence: stderr.trim() || notStarted || [],
	});
}
