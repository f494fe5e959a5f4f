/** Commands: one function over execa that never throws for what a command does, and never waits for ever. */
import {execa} from 'execa';
import {errnoOf} from '../errors.ts';
import type {RunCommand} from './host.ts';
import {withSystemFolders} from './program-path.ts';

/** Standard output and error are kept up to this many characters each; an engine's log can be endless. */
const keptCharacters = 8_000_000;

/** Runs a program without a shell. See `CommandResult` for how its end is told. */
export const runCommand: RunCommand = async (file, args, options = {}) => {
	const path = process.getuid?.() === 0 ? {PATH: withSystemFolders(process.env.PATH)} : {};
	const child = execa(file, [...args], {
		reject: false,
		timeout: options.timeoutMs ?? 30_000,
		// A child that ignores SIGTERM is ended for good; `ctr run` has been seen to (facts: a refused Create hangs it).
		forceKillAfterDelay: 2000,
		stripFinalNewline: false,
		maxBuffer: keptCharacters,
		...(options.input === undefined ? {stdin: 'ignore' as const} : {input: options.input}),
		env: {LC_ALL: 'C', ...path, ...options.env},
		...(options.cwd === undefined ? {} : {cwd: options.cwd}),
		...(options.signal === undefined ? {} : {cancelSignal: options.signal}),
	});
	if (options.onLine) eachLine(child.stdout, options.onLine);
	const result = await child;
	const started = result.exitCode !== undefined || result.signal !== undefined;
	return {
		command: [file, ...args].join(' '),
		code: result.exitCode ?? null,
		stdout: String(result.stdout ?? ''),
		stderr: String(result.stderr ?? ''),
		timedOut: result.timedOut,
		notStarted: started ? null : (errnoOf(result.cause) ?? errnoOf(result) ?? 'EUNKNOWN'),
	};
};

function eachLine(stream: NodeJS.ReadableStream | null | undefined, onLine: (line: string) => void): void {
	let rest = '';
	stream?.on('data', (chunk: Buffer | string) => {
		const lines = (rest + chunk.toString()).split('\n');
		rest = lines.pop() ?? '';
		for (const line of lines) onLine(line);
	});
	stream?.on('end', () => {
		if (rest) onLine(rest);
	});
}
