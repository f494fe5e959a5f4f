/**
 * What commands do on the model server. They start nothing, and change nothing but the list of modules; a program that is not in the table is
 * not installed there, which is also why archives are unpacked by our own code in a rehearsal.
 */
import {basename, dirname} from 'node:path';
import {globMatches} from '../engines/containerd-imports.ts';
import {mergeLikeContainerd} from '../engines/emulated-dump.ts';
import {parseToml, stringsOf} from '../engines/toml-text.ts';
import type {Architecture} from '../facts/facts.ts';
import type {CommandResult, Files, RunCommand} from '../host/host.ts';
import {containerdPid, modelContainerdVersion, modelKernel} from './model-server.ts';
import {modprobe} from './stand-in-modprobe.ts';

/** A command's standard output, or how it failed. */
type Answer = string | {code: number; stderr: string};

/** The commands of a model server whose files are `files`. */
export function standInCommands(files: Files, machine: Architecture): RunCommand {
	const provesKvm = (): Answer => (machine === 'x86_64' ? 'run ok\n' : 'create-vcpu ok\n');
	const programs: Record<string, (args: readonly string[]) => Promise<Answer> | Answer> = {
		uname: args => (args[0] === '-m' ? `${machine}\n` : `${modelKernel}\n`),
		containerd: args => containerd(files, args),
		ctr,
		systemctl,
		modprobe: args => modprobe(files, args),
		'kvm-probe': provesKvm,
		[`kvm-probe-${machine}`]: provesKvm,
		sync: () => '',
		'systemd-detect-virt': () => ({code: 1, stderr: ''}),
	};
	return async (file, args) => {
		const command = [file, ...args].join(' ');
		const program = programs[basename(file)];
		if (!program) return ended(command, {code: null, notStarted: 'ENOENT'});
		const answer = await program(args);
		return typeof answer === 'string' ? ended(command, {code: 0, stdout: answer}) : ended(command, answer);
	};
}

const ended = (command: string, parts: Partial<CommandResult>): CommandResult => ({
	command,
	code: 0,
	stdout: '',
	stderr: '',
	timedOut: false,
	notStarted: null,
	...parts,
});

async function containerd(files: Files, args: readonly string[]): Promise<Answer> {
	if (args.includes('--version') || args.includes('-v'))
		return `containerd github.com/containerd/containerd/v2 ${modelContainerdVersion} 0000000\n`;
	if (args.at(-1) !== 'dump') return {code: 1, stderr: 'containerd: not on the model server'};
	const flag = args.findIndex(arg => arg === '-c' || arg === '--config');
	const path = flag === -1 ? '/etc/containerd/config.toml' : (args[flag + 1] ?? '');
	const main = await files.readText(path);
	try {
		return mergeLikeContainerd(main, main === null ? [] : await importsOf(files, path, main));
	} catch (error) {
		return {code: 1, stderr: `containerd: failed to load TOML: ${String(error)}`};
	}
}

async function importsOf(files: Files, path: string, main: string): Promise<string[]> {
	const texts: string[] = [];
	for (const entry of stringsOf(parseToml(main).imports)) {
		const absolute = entry.startsWith('/') ? entry : `${dirname(path)}/${entry}`;
		for (const name of (await files.list(dirname(absolute))) ?? []) {
			if (!globMatches(basename(absolute), name)) continue;
			const text = await files.readText(`${dirname(absolute)}/${name}`);
			if (text !== null) texts.push(text);
		}
	}
	return texts;
}

function ctr(args: readonly string[]): Answer {
	if (args.includes('version'))
		return `Client:\n  Version:  ${modelContainerdVersion}\n\nServer:\n  Version:  ${modelContainerdVersion}\n`;
	if (args.includes('plugins'))
		return [
			'TYPE                                   ID          PLATFORMS      STATUS',
			'io.containerd.snapshotter.v1           overlayfs   linux          ok',
			'io.containerd.snapshotter.v1           devmapper   linux          skip',
			'io.containerd.metadata.v1              bolt        -              ok',
			'io.containerd.cri.v1                   images      -              ok',
			'io.containerd.cri.v1                   runtime     -              ok',
			'io.containerd.grpc.v1                  cri         linux          ok',
			'',
		].join('\n');
	if (args.includes('namespaces')) return '';
	return {code: 1, stderr: 'ctr: not on the model server'};
}

function systemctl(args: readonly string[]): Answer {
	const [verb] = args;
	if (verb === 'show') {
		const known: Record<string, string> = {
			MainPID: String(containerdPid),
			ActiveState: 'active',
			KillMode: 'process',
			FragmentPath: '/usr/lib/systemd/system/containerd.service',
			ExecStart: '{ path=/usr/bin/containerd ; argv[]=/usr/bin/containerd ; }',
			LoadState: 'loaded',
		};
		return `${Object.entries(known)
			.map(([name, value]) => `${name}=${value}\n`)
			.join('')}`;
	}
	if (verb === 'is-active') return 'active\n';
	if (verb === 'is-system-running') return 'running\n';
	if (verb === 'restart' || verb === 'daemon-reload') return '';
	return {code: 1, stderr: `systemctl: ${verb} is not on the model server`};
}
