/** `containerd.task.v2.Task`, for the one container of this shim. */
import {execFile} from 'node:child_process';
import {existsSync, mkdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {readMount, readProcess} from './container.ts';
import {type EventSink, publish, timestamp} from './events.ts';
import {guestContainer} from './guest-container.ts';
import {hostContainer} from './host-container.ts';
import {configurationPath, readKataConfig} from './kata-config.ts';
import {noteProcess, removeSandboxFolder} from './leftovers.ts';
import {openOutput} from './output.ts';
import {encode, Message} from './protobuf.ts';
import {type Running, SIGKILL} from './running.ts';
import {readSettings, record, type Settings} from './settings.ts';
import {sandboxFolder} from './tree.ts';
import {codes, type Handler, RpcError} from './ttrpc.ts';

const states = {created: 1, running: 2, stopped: 3} as const;

interface Task {
	id: string;
	bundle: string;
	io: {stdin: string; stdout: string; stderr: string; terminal: boolean};
	running: Running;
	state: keyof typeof states;
	exit: {status: number; at: Date} | null;
	ended: Promise<{status: number; at: Date}>;
}

const nothing = Buffer.alloc(0);

/** Answers containerd's calls. @param quit ends this process, after the last answer is out */
export function taskService(sink: EventSink & {id: string}, quit: () => void): Handler {
	const {id} = sink;
	let task: Task | null = null;
	const existing = (): Task => {
		if (!task) throw new RpcError(codes.notFound, `container ${id} not found`);
		return task;
	};

	const create = async (request: Message): Promise<Buffer> => {
		const bundle = request.text(2);
		const mounts = request.messages(3).map(readMount);
		const {settings, path} = inForce(request);
		record(settings, {call: 'Create', id, configuration: path, mode: settings.mode, mounts});
		if (settings.mode === 'hang') return new Promise(() => {});
		if (settings.mode === 'die') process.kill(process.pid, 'SIGSEGV');
		if (settings.mode === 'fail') throw new Error(settings.text);

		const process_ = readProcess(bundle);
		const io = {
			stdin: request.text(5),
			stdout: request.text(6),
			stderr: request.text(7),
			terminal: !!request.number(4),
		};
		const folder = sandboxFolder(id);
		mkdirSync(folder, {recursive: true});
		noteProcess(id, 'shim.pid', process.pid);
		const output = openOutput(io.stdout);
		const running = await boot(settings, path, {id, folder, mounts, process: process_}, output.write).catch(error => {
			output.close();
			removeSandboxFolder(id);
			throw error;
		});
		noteProcess(id, 'vmm.pid', running.pid);
		const ended = running.ended.then(status => {
			output.close();
			const exit = {status, at: new Date()};
			made.exit = exit;
			made.state = 'stopped';
			record(settings, {call: 'exit', id, status});
			void publish(sink, '/tasks/exit', 'TaskExit', [
				[1, id],
				[2, id],
				[3, running.pid],
				[4, status],
				[5, timestamp(exit.at)],
			]);
			return exit;
		});
		const made: Task = {id, bundle, io, running, state: 'created', exit: null, ended};
		task = made;
		void publish(sink, '/tasks/create', 'TaskCreate', [
			[1, id],
			[2, bundle],
			[6, running.pid],
		]);
		return encode([[1, running.pid]]);
	};

	// By names in lower case: a linter takes capitals for components.
	const methods: Record<string, (request: Message) => Buffer | Promise<Buffer>> = {
		create: request => create(request).catch(logged),
		start: () => {
			const {running} = existing();
			running.start();
			existing().state = 'running';
			void publish(sink, '/tasks/start', 'TaskStart', [
				[1, id],
				[2, running.pid],
			]);
			return encode([[1, running.pid]]);
		},
		state: () => {
			const {bundle, io, running, state, exit} = existing();
			return encode([
				[1, id],
				[2, bundle],
				[3, running.pid],
				[4, states[state]],
				[5, io.stdin],
				[6, io.stdout],
				[7, io.stderr],
				[8, io.terminal],
				[9, exit?.status],
				[10, exit ? timestamp(exit.at) : undefined],
			]);
		},
		wait: async () => {
			const exit = await existing().ended;
			return encode([
				[1, exit.status],
				[2, timestamp(exit.at)],
			]);
		},
		kill: request => {
			const {running, exit} = existing();
			if (exit) throw new RpcError(codes.notFound, 'process already finished');
			running.kill(request.number(3));
			return nothing;
		},
		delete: () => {
			const {running, exit} = existing();
			if (!exit) throw new RpcError(codes.failedPrecondition, 'the container is running');
			removeSandboxFolder(id);
			task = null;
			void publish(sink, '/tasks/delete', 'TaskDelete', [
				[1, id],
				[2, running.pid],
				[3, exit.status],
				[4, timestamp(exit.at)],
			]);
			return encode([
				[1, running.pid],
				[2, exit.status],
				[3, timestamp(exit.at)],
			]);
		},
		pids: () => encode([[1, encode([[1, existing().running.pid]])]]),
		connect: () =>
			encode([
				[1, process.pid],
				[2, task?.running.pid],
				[3, 'v2'],
			]),
		shutdown: request => {
			if (task && !request.number(2)) return nothing;
			if (task && !task.exit) task.running.kill(SIGKILL);
			quit();
			return nothing;
		},
		resizepty: () => nothing,
		closeio: () => nothing,
	};

	return async (service, method, request) => {
		const answer = methods[method.toLowerCase()];
		if (service !== 'containerd.task.v2.Task' || !answer)
			throw new RpcError(codes.unimplemented, `the stand-in has no ${service}/${method}`);
		return answer(request);
	};
}

/** The configuration and the settings that count for a Create. */
function inForce(request: Message): {settings: Settings; path: string} {
	const options = request.message(10);
	// runtimeoptions.v1.Options; containerd sends none, or runc's, when nothing was configured.
	const given = options.text(1).startsWith('runtimeoptions.v1') ? new Message(options.bytes(2)).text(2) : '';
	const path = configurationPath(given);
	return {settings: readSettings(dirname(path)), path};
}

function boot(
	settings: Settings,
	path: string,
	container: Omit<Parameters<typeof guestContainer>[0], 'config' | 'executable' | 'accel'>,
	write: (chunk: Buffer) => void,
): Promise<Running> {
	// Read in every mode: a shim without a VM must still be a shim that takes no bad configuration.
	const config = readKataConfig(path);
	const {mounts, folder} = container;
	if (settings.mode === 'no-vm') return hostContainer(container.process, mounts, join(folder, 'rootfs'), write);
	const executable = settings.mode === 'wrong-vm' ? settings.wrongExecutable : config.executable;
	if (!executable) throw new Error(`the stand-in has no ${config.section}: it would be part of the shim`);
	return guestContainer({...container, config, executable, accel: settings.accel}, write);
}

/** Passes an error on, and leaves it in the journal under Kata's name where there is a journal. */
function logged(error: Error): never {
	if (existsSync('/run/systemd/journal/socket'))
		execFile('systemd-cat', ['-t', 'kata', '-p', 'err', 'echo', error.message], () => {});
	throw error;
}
