/** A container in a guest: QEMU, with the container in its first file system and three serial ports. */
import {spawn} from 'node:child_process';
import {createWriteStream, readFileSync, writeFileSync} from 'node:fs';
import {createServer, type Server, type Socket} from 'node:net';
import {dirname, join} from 'node:path';
import {type ContainerProcess, containerArchive, type Mount} from './container.ts';
import type {KataConfig} from './kata-config.ts';
import {type Output, type Running, SIGKILL, statusOfSignal} from './running.ts';
import {tree} from './tree.ts';

/** QEMU's firmware and modules. */
const dataFolder = join(tree, 'share/kata-qemu/qemu');

/** How long a guest may take to answer, and to go off after its container has ended. A guest within an emulated server has taken a minute. */
const patience = {boot: 300_000, off: 60_000};

export interface GuestOptions {
	id: string;
	/** A folder of this sandbox, which is there. */
	folder: string;
	config: KataConfig;
	/** The program to run: the configuration's, or the wrong one. */
	executable: string;
	accel: 'tcg' | 'kvm';
	mounts: Mount[];
	process: ContainerProcess;
}

/**
 * Boots the guest and waits until its agent answers.
 * @throws Error with QEMU's own words or the console's last lines if it does not
 */
export async function guestContainer(options: GuestOptions, output: Output): Promise<Running> {
	const {folder, executable} = options;
	const initrd = join(folder, 'initrd');
	const archive = containerArchive(options.mounts, options.process, join(folder, 'rootfs'));
	writeFileSync(initrd, Buffer.concat([readFileSync(options.config.image), archive]));
	const console = join(folder, 'console.log');
	const [outPort, controlPort] = await Promise.all(['out', 'control'].map(name => serialPort(join(folder, name))));
	if (!outPort || !controlPort) throw new Error('unreachable');
	outPort.take(output);

	const child = spawn(executable, qemuArguments(options, initrd, console), {
		stdio: ['ignore', 'ignore', 'pipe'],
		env: {...process.env, QEMU_MODULE_DIR: dataFolder},
	});
	const complaints = createWriteStream(join(folder, 'qemu.log'));
	let words = '';
	child.stderr.on('data', chunk => {
		words += chunk;
		complaints.write(chunk);
	});
	let killed = false;
	let status: number | null = null;
	let off: NodeJS.Timeout | undefined;
	const gone = new Promise<void>(resolve => {
		child.on('error', error => {
			words += error.message;
			resolve();
		});
		child.on('close', () => resolve());
	}).then(async () => {
		clearTimeout(off);
		await Promise.all([outPort.drained(), controlPort.drained()]);
		complaints.end();
	});

	await new Promise<void>((resolve, reject) => {
		const failed = (what: string) => reject(new Error(`${what}\n${words.trim() || lastLines(console)}`.trim()));
		const timer = setTimeout(() => {
			child.kill('SIGKILL');
			failed(`the agent did not answer within ${patience.boot / 1000} s`);
		}, patience.boot);
		void gone.then(() => {
			clearTimeout(timer);
			failed(`${executable} exited before the agent answered:`);
		});
		let rest = '';
		controlPort.take(chunk => {
			const lines = (rest + chunk.toString('latin1')).split(/\r?\n/);
			rest = lines.pop() ?? '';
			for (const line of lines) {
				if (line.endsWith('ready')) {
					clearTimeout(timer);
					resolve();
				}
				const exit = /exit (\d+)$/.exec(line);
				if (!exit) continue;
				status = Number(exit[1]);
				off = setTimeout(() => child.kill('SIGKILL'), patience.off);
			}
		});
	});
	return {
		pid: child.pid as number,
		start: () => controlPort.send('start\n'),
		kill: signal => {
			if (signal !== SIGKILL) return controlPort.send(`kill ${signal}\n`);
			killed = true;
			child.kill('SIGKILL');
		},
		// A guest that goes without a word is a container that was killed.
		ended: gone.then(() => (killed || status === null ? statusOfSignal(SIGKILL) : status)),
	};
}

function qemuArguments({id, config, accel}: GuestOptions, initrd: string, console: string): string[] {
	const folder = dirname(initrd);
	// What Kata tells its guest: where systemd finds the agent, what the agent logs, and the configuration's own words.
	const kernelWords = [
		'console=ttyS0 quiet reboot=k panic=1 rdinit=/init mitigations=off',
		'systemd.unit=kata-containers.target systemd.mask=systemd-networkd.service agent.log=info',
		config.kernelParameters,
	];
	return [
		...['-name', `sandbox-${id},debug-threads=on`],
		...['-machine', config.machineType, '-accel', accel, '-cpu', accel === 'kvm' ? 'host' : 'max'],
		...['-m', `${config.memory}M`, '-smp', `${config.vcpus}`],
		...['-no-user-config', '-nodefaults', '-display', 'none', '-no-reboot'],
		...['-L', dataFolder],
		...['-kernel', config.kernel, '-initrd', initrd, '-append', kernelWords.join(' ').trim()],
		...['-serial', `file:${console}`],
		...['-chardev', `socket,id=out,path=${join(folder, 'out')}`, '-serial', 'chardev:out'],
		...['-chardev', `socket,id=control,path=${join(folder, 'control')}`, '-serial', 'chardev:control'],
	];
}

interface SerialPort {
	send(text: string): void;
	take(output: Output): void;
	/** Resolves when the other side is gone and everything it sent was taken. */
	drained(): Promise<void>;
}

/** A socket on which one QEMU is awaited, so that nothing it sends is lost. */
async function serialPort(path: string): Promise<SerialPort> {
	let socket: Socket | null = null;
	let output: Output = () => {};
	const server: Server = createServer();
	const closed = new Promise<void>(resolve => {
		server.on('connection', connection => {
			socket = connection;
			connection.on('data', chunk => output(chunk));
			connection.on('error', () => connection.destroy());
			connection.on('close', () => resolve());
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.on('error', reject);
		server.listen(path, resolve);
	});
	return {
		send: text => socket?.write(text),
		take: next => {
			output = next;
		},
		drained: async () => {
			server.close();
			if (socket) await closed;
		},
	};
}

function lastLines(file: string): string {
	try {
		return readFileSync(file, 'latin1').trimEnd().split(/\r?\n/).slice(-5).join('\n');
	} catch {
		return '';
	}
}
