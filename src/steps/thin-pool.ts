/**
 * Makes the two files, with holes, that the devmapper snapshotter's pool lies in. The pool itself is made by its unit, as at
 * every boot (src/engines/thin-pool.ts); undoing takes it away with all that is in it, whether or not that unit still can.
 */
import {lastWords} from '../engines/containerd-daemon.ts';
import {KataSetupError} from '../errors.ts';
import type {CommandResult, Host} from '../host/host.ts';
import type {StepArguments} from '../plan/plan.ts';
import {loopDevicesOf, mappedDevices} from './kernel-devices.ts';
import {refuseTaken} from './refuse-taken.ts';
import type {StepKindOf} from './step-kind.ts';

/** Reading all units again takes a moment; a nested host can be a hundred times slower. */
const systemctlMs = 120_000;

type PoolArguments = StepArguments['thin-pool'];

export const thinPoolStep: StepKindOf<'thin-pool', {made: true}> = {
	kind: 'thin-pool',
	async prepare(host, {name, data, metadata, root}) {
		await refuseTaken(host, [data.path, metadata.path, root]);
		if ((await devicesOf(host, name)).length > 0)
			throw new KataSetupError('undone', `There is a device ${name} already, and it is not ours.`, {
				remedy: `Look what it is for: dmsetup table ${name}`,
			});
		return {made: true};
	},
	async perform(host, {data, metadata}) {
		for (const {path, bytes} of [metadata, data]) {
			const made = await host.run('truncate', ['-s', String(bytes), host.files.physical(path)]);
			if (made.code !== 0)
				throw new KataSetupError('undone', `The file ${path} of the pool could not be made.`, {
					why: lastWords(made),
					remedy: 'Is there room, and is the package coreutils installed?',
				});
			await host.files.chmod(path, 0o600);
		}
		await host.files.flush(data.path);
	},
	async verify(host, {data, metadata}) {
		for (const {path, bytes} of [data, metadata]) {
			const stat = await host.files.stat(path);
			if (stat?.type !== 'file' || stat.size !== bytes)
				throw new KataSetupError('undone', `${path} is not a file of ${bytes} bytes.`, {
					why: 'It was made a moment ago, and something changed it.',
					remedy: 'Run it again.',
				});
		}
	},
	async undo(host, args) {
		await takeApart(host, args);
		await host.files.remove(args.data.path);
		await host.files.remove(args.metadata.path);
		await host.files.removeTree(args.root);
		// The file of the unit that makes the pool went before this: systemd is to forget it.
		await host.run('systemctl', ['daemon-reload'], {timeoutMs: systemctlMs});
		return [];
	},
};

/**
 * The pool and the devices in it, as device-mapper has them; none where there is no device-mapper. That dmsetup does not work
 * does not mean that there are none: the kernel is asked then.
 */
async function devicesOf(host: Host, name: string): Promise<string[]> {
	const listed = await host.run('dmsetup', ['ls']);
	const names =
		listed.code === 0 ? listed.stdout.split('\n').map(line => line.split(/\s/)[0] ?? '') : await mappedDevices(host);
	return names.filter(device => device === name || device.startsWith(`${name}-snap-`));
}

/** The pool, last of its devices, then the loop devices of its files. @throws KataSetupError (`incomplete`) if one is in use */
async function takeApart(host: Host, {name, data, metadata}: PoolArguments): Promise<void> {
	const devices = await devicesOf(host, name);
	for (const device of devices.sort((a, b) => Number(a === name) - Number(b === name)))
		await orInUse(host, device, await host.run('dmsetup', ['remove', '--retry', device]));
	for (const {path} of [data, metadata]) {
		if ((await host.files.stat(path)) === null) continue;
		const words = ['--noheadings', '--output', 'NAME', '--associated', host.files.physical(path)];
		const listed = await host.run('losetup', words);
		const loops =
			listed.code === 0
				? listed.stdout.split(/\s+/).filter(word => word !== '')
				: await loopDevicesOf(host, host.files.physical(path));
		for (const device of loops) await orInUse(host, device, await host.run('losetup', ['--detach', device]));
	}
}

async function orInUse(host: Host, device: string, result: CommandResult): Promise<void> {
	if (result.code === 0) return;
	const again = 'Then run the same command again.';
	const [program] = result.command.split(' ');
	const users = await host.run('dmsetup', ['info', '--columns', '--noheadings', '-o', 'name,open']);
	throw new KataSetupError(
		'incomplete',
		`The device ${device} of the devmapper snapshotter's pool could not be removed.`,
		{
			why: lastWords(result),
			evidence: users.stdout.split('\n').filter(line => line.trim() !== ''),
			remedy:
				result.notStarted === null
					? [
							'Most likely a container still runs from it. Stop it, or wait for it; the devices that are open are named above.',
							again,
						]
					: [`Its files stay, as it is alive. Install ${program} again, as root has it on its PATH.`, again],
		},
	);
}
