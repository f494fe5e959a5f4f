/** Loads a kernel module and opens the device that it provides. */
import {KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';
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
		if (result.code !== 0)
			throw new KataSetupError('undone', `The kernel module ${module} could not be loaded.`, {
				why: moduleCause(result.stderr),
				remedy: moduleRemedy(module, result.stderr),
				evidence: result.stderr.trim() || result.notStarted || [],
			});
	},
	async verify(host, {module, device}) {
		const error = await host.files.openReadWrite(device);
		if (error !== null)
			throw new KataSetupError('undone', `${module} is loaded, but ${device} cannot be opened (${error}).`);
	},
	async undo(host, {module}, {wasLoaded}, context) {
		if (wasLoaded || !(await isLoaded(host, module))) return [];
		const result = await host.run('modprobe', ['-r', module]);
		// A module in use stays until the next boot; nothing is broken by it.
		if (result.code !== 0) context.log(`The kernel module ${module} stays loaded until the next boot: it is in use.`);
		return [];
	},
};

function moduleCause(stderr: string): string {
	if (/not found in directory/.test(stderr))
		return 'It does not exist for the running kernel. Often a newer kernel was installed and the host not rebooted.';
	if (/Operation not permitted/.test(stderr)) return 'A container may not load modules; its host has to.';
	if (/Device or resource busy/.test(stderr)) return 'Another module holds its place, as VMware’s own vsock does.';
	return 'modprobe refused it.';
}

function moduleRemedy(module: string, stderr: string): string[] {
	if (/not found in directory/.test(stderr)) return ['Reboot into the installed kernel, then run kata-setup again.'];
	if (/Operation not permitted/.test(stderr)) return [`On the outer host: modprobe ${module}`];
	if (/Device or resource busy/.test(stderr)) return ['modprobe -r vmw_vsock_vmci_transport', `modprobe ${module}`];
	return [`Try it by hand: modprobe ${module}`];
}
