/** A containerd 2.1 under systemd, played in a throwaway root: it merges, restarts, fails and answers as told. */
import {mkdtempSync, rmSync} from 'node:fs';
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {emulatedDump} from '../../src/engines/emulated-dump.ts';
import type {CommandResult, Host, RunCommand} from '../../src/host/host.ts';
import {createRootedHost} from '../../src/host/rooted.ts';

export interface FakeContainerd {
	host: Host;
	root: string;
	/** Commands that were run, as one line each. */
	commands: string[];
	/** What the daemon loaded when it last started: a TOML dump. */
	loaded: () => string;
	/** To be changed by a test. */
	behaviour: {
		killMode: string;
		tasks: string;
		/** Does the next start succeed with this dump? */
		starts: (dump: string) => boolean;
		/** `ctr plugins ls` rows for a daemon that loaded this dump. */
		plugins: (dump: string) => string[];
		/** Replaces the answer of `config dump`. */
		dump: ((path: string, real: string) => string) | null;
		unit: Record<string, string>;
	};
	place: (path: string, content: string) => Promise<void>;
	/** Every file below /etc with its bytes and mode, for comparing before and after. */
	snapshot: () => Promise<Record<string, string>>;
	dispose: () => void;
}

export const goodRows = [
	'io.containerd.snapshotter.v1 overlayfs linux/amd64 ok',
	'io.containerd.snapshotter.v1 devmapper linux/amd64 error',
	'io.containerd.cri.v1 runtime linux/amd64 ok',
	'io.containerd.grpc.v1 cri linux/amd64 ok',
];

/** @param files path → content of the root; `link:TARGET` makes a link */
export async function fakeContainerd(files: Record<string, string>): Promise<FakeContainerd> {
	const root = mkdtempSync(join(tmpdir(), 'kata-setup-test-'));
	const commands: string[] = [];
	let loaded = '';
	let invocation = 1;
	let state = 'active';
	const place = async (path: string, content: string): Promise<void> => {
		await fs.mkdir(dirname(join(root, path)), {recursive: true});
		if (content.startsWith('link:')) await fs.symlink(content.slice('link:'.length), join(root, path));
		else await fs.writeFile(join(root, path), content);
	};
	for (const [path, content] of Object.entries(files)) await place(path, content);
	await place('/run/containerd/containerd.sock', '');
	const behaviour: FakeContainerd['behaviour'] = {
		killMode: 'process',
		tasks: '',
		starts: () => true,
		plugins: () => goodRows,
		dump: null,
		unit: {},
	};

	const properties = (unit: string): Record<string, string> =>
		unit === 'containerd.service'
			? {
					MainPID: '612',
					KillMode: behaviour.killMode,
					ActiveState: state,
					InvocationID: `i${invocation}`,
					...behaviour.unit,
				}
			: {MainPID: '0', ActiveState: 'active'};

	const answer = async (file: string, args: readonly string[]): Promise<string | null> => {
		const line = args.join(' ');
		if (file === 'systemctl' && args[0] === 'show')
			return Object.entries(properties(args[1] ?? ''))
				.map(([name, value]) => `${name}=${value}\n`)
				.join('');
		if (file === 'systemctl' && args[0] === 'restart') {
			const dump = await emulatedDump(host.files, '/etc/containerd/config.toml');
			invocation += 1;
			state = behaviour.starts(dump) ? 'active' : 'failed';
			if (state === 'failed') return null;
			loaded = dump;
			return '';
		}
		if (file === 'systemctl') return '';
		if (file === 'journalctl') return 'containerd: it did not start\n';
		if (line.endsWith('config dump')) {
			const real = await emulatedDump(host.files, args[1] ?? '');
			return behaviour.dump ? behaviour.dump(args[1] ?? '', real) : real;
		}
		if (line.endsWith('--version')) return 'containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7193e4\n';
		if (line.endsWith(' version'))
			return 'Client:\n  Version:  v2.1.9\n\nServer:\n  Version:  v2.1.4\n  Revision: 75\n';
		if (line.endsWith('plugins ls')) return `TYPE ID PLATFORMS STATUS\n${behaviour.plugins(loaded).join('\n')}\n`;
		if (line.endsWith('namespaces ls -q')) return 'default\n';
		if (line.endsWith('tasks ls -q')) return behaviour.tasks;
		return null;
	};
	const run: RunCommand = async (file, args): Promise<CommandResult> => {
		const command = [file, ...args].join(' ');
		commands.push(command);
		if (file.startsWith('/') && (await host.files.realPath(file)) === null)
			return {command, code: null, stdout: '', stderr: '', timedOut: false, notStarted: 'ENOENT'};
		const stdout = await answer(file, args);
		const failed = stdout === null;
		return {
			command,
			code: failed ? 1 : 0,
			stdout: stdout ?? '',
			stderr: failed ? `${file}: it failed` : '',
			timedOut: false,
			notStarted: null,
		};
	};
	const host = createRootedHost({root, kind: 'rehearsal', run});
	loaded = await emulatedDump(host.files, '/etc/containerd/config.toml');
	return {
		host,
		root,
		commands,
		loaded: () => loaded,
		behaviour,
		place,
		snapshot: () => snapshot(join(root, 'etc'), '/etc'),
		dispose: () => rmSync(root, {recursive: true, force: true}),
	};
}

async function snapshot(folder: string, name: string): Promise<Record<string, string>> {
	const found: Record<string, string> = {};
	for (const entry of await fs.readdir(folder, {withFileTypes: true})) {
		const [path, shown] = [join(folder, entry.name), `${name}/${entry.name}`];
		const mode = ((await fs.lstat(path)).mode & 0o7777).toString(8);
		if (entry.isDirectory()) Object.assign(found, {[shown]: `folder ${mode}`}, await snapshot(path, shown));
		else found[shown] = `${mode} ${(await fs.readFile(path)).toString('base64')}`;
	}
	return found;
}
