/** A host for the probes: files as /proc and /sys give them, in a throwaway root, and a table of what commands answer. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {onTestFinished} from 'vitest';
import type {CommandResult, Host} from '../../src/host/host.ts';
import {createRootedHost} from '../../src/host/rooted.ts';

export interface ProbedHost {
	/** Path → content; `link:TARGET` makes a link, and a path that ends in `/` a folder. */
	files?: Record<string, string>;
	/** The whole command line → its standard output, or how it ended. What is not there is not installed. */
	commands?: Record<string, string | Partial<CommandResult>>;
	/** Path → the code that opening it read-write fails with; null: it opens. Others: as the file is. */
	opens?: Record<string, string | null>;
	/** Default `rehearsal`: the library that knows this machine is not asked then. */
	kind?: Host['kind'];
}

/** The host; its root is removed when the test is over. */
export async function probedHost({files = {}, commands = {}, opens = {}, kind}: ProbedHost): Promise<Host> {
	const root = await fs.mkdtemp(join(tmpdir(), 'kata-setup-probed-'));
	onTestFinished(() => fs.rm(root, {recursive: true}));
	for (const [path, content] of Object.entries(files)) {
		await fs.mkdir(join(root, path.endsWith('/') ? path : dirname(path)), {recursive: true});
		if (path.endsWith('/')) continue;
		if (content.startsWith('link:')) await fs.symlink(content.slice('link:'.length), join(root, path));
		else await fs.writeFile(join(root, path), content);
	}
	const host = createRootedHost({
		root,
		kind: kind ?? 'rehearsal',
		run: async (file, args) => answerOf([file, ...args].join(' '), commands),
		now: () => Date.UTC(2026, 10, 25, 12),
	});
	return {
		...host,
		files: {
			...host.files,
			openReadWrite: async path => (path in opens ? (opens[path] ?? null) : host.files.openReadWrite(path)),
		},
	};
}

function answerOf(command: string, commands: NonNullable<ProbedHost['commands']>): CommandResult {
	const answer = commands[command];
	const ended = {command, code: 0, stdout: '', stderr: '', timedOut: false, notStarted: null};
	if (answer === undefined) return {...ended, code: null, notStarted: 'ENOENT'};
	return typeof answer === 'string' ? {...ended, stdout: answer} : {...ended, ...answer};
}
