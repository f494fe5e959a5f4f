/** The shim's two processes: `start`, which containerd runs and awaits, and the server that it leaves behind. */
import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, openSync, rmSync, writeFileSync} from 'node:fs';
import {type ShimArguments, socketFolder, socketPath} from './arguments.ts';
import {removeSandbox} from './leftovers.ts';
import {readSettings, record} from './settings.ts';
import {taskService} from './task-service.ts';
import {ttrpcServer} from './ttrpc.ts';

/**
 * Starts the server in a session of its own and prints its address once it listens. The standard input, which differs
 * between containerd's versions, is not read.
 */
export async function start(args: ShimArguments): Promise<void> {
	const settings = readSettings(null);
	record(settings, {call: 'start', id: args.id, bundle: process.cwd()});
	if (settings.mode === 'fail-start') throw new Error(settings.text);
	const words = Object.entries({
		namespace: args.namespace,
		address: args.address,
		'publish-binary': args.publishBinary,
		id: args.id,
	}).flatMap(([flag, value]) => [`-${flag}`, value]);
	const server = spawn(process.execPath, [__filename, ...words, 'serve'], {
		detached: true,
		stdio: ['ignore', 'ignore', logOfBundle(), 'ipc'],
	});
	await new Promise<void>((resolve, reject) => {
		server.once('message', () => resolve());
		server.once('error', reject);
		server.once('exit', code => reject(new Error(`the shim's server ended with ${code}`)));
	});
	const address = `unix://${socketPath(args)}`;
	// Where containerd 1.x looks for a running shim after its own restart.
	writeFileSync('address', address);
	process.stdout.write(address);
	server.disconnect();
	server.unref();
}

/** The FIFO whose lines containerd adds to its own log. Our standard error would keep containerd waiting for its end. */
const logOfBundle = (): number | 'ignore' => (existsSync('log') ? openSync('log', 'r+') : 'ignore');

/** Serves until Shutdown; then nothing of the sandbox is left. */
export async function serve(args: ShimArguments): Promise<void> {
	const path = socketPath(args);
	const quit = (): void => {
		server.close();
		removeSandbox(args);
		// The answer to Shutdown is on its way: containerd hangs up when it has it.
		setTimeout(() => process.exit(0), 100);
	};
	const server = ttrpcServer(taskService(args, quit));
	mkdirSync(socketFolder, {recursive: true, mode: 0o711});
	rmSync(path, {force: true});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(path, resolve);
	});
	process.send?.('listening');
	// As a session leader without a terminal: containerd ends its shims by Shutdown alone.
	for (const signal of ['SIGINT', 'SIGHUP', 'SIGPIPE'] as const) process.on(signal, () => {});
	process.on('SIGTERM', quit);
}
