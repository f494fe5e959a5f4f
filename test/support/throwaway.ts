/** A throwaway root for tests of steps: its host, what lies in it, and the context that a step is given. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {onTestFinished} from 'vitest';
import {KataSetupError} from '../../src/errors.ts';
import type {Host, Network} from '../../src/host/host.ts';
import {createRootedHost} from '../../src/host/rooted.ts';
import type {StepContext} from '../../src/steps/step-kind.ts';

export interface Throwaway {
	root: string;
	host: Host;
	/** How long the host was asked to sleep, in ms; it never really does. */
	slept: number[];
	place(path: string, content: string | Uint8Array): Promise<void>;
	/** Path → content, `folder` or `-> TARGET`. */
	listing(): Promise<Record<string, string>>;
}

/** A new root, removed when the test is over. */
export async function throwaway(network?: Network): Promise<Throwaway> {
	const root = await fs.mkdtemp(join(tmpdir(), 'kata-setup-throwaway-'));
	onTestFinished(() => fs.rm(root, {recursive: true, force: true}));
	const slept: number[] = [];
	const rooted = createRootedHost({
		root,
		kind: 'rehearsal',
		run: async file => ({command: file, code: 0, stdout: '', stderr: '', timedOut: false, notStarted: null}),
		...(network ? {network} : {}),
	});
	const host: Host = {
		...rooted,
		sleep: async ms => {
			slept.push(ms);
		},
	};
	return {
		root,
		host,
		slept,
		async place(path, content) {
			await fs.mkdir(join(root, dirname(path)), {recursive: true});
			await fs.writeFile(join(root, path), content);
		},
		async listing() {
			const found: Record<string, string> = {};
			for (const entry of await fs.readdir(root, {recursive: true, withFileTypes: true})) {
				const physical = join(entry.parentPath, entry.name);
				const content = entry.isSymbolicLink()
					? `-> ${await fs.readlink(physical)}`
					: entry.isFile()
						? await fs.readFile(physical, 'utf8')
						: 'folder';
				found[physical.slice(root.length)] = content;
			}
			return found;
		},
	};
}

export interface WatchedContext extends StepContext {
	lines: string[];
	progressed: {done: number; total: number | null}[];
	abort: AbortController;
}

export function watchedContext(): WatchedContext {
	const abort = new AbortController();
	const lines: string[] = [];
	const progressed: WatchedContext['progressed'] = [];
	return {
		abort,
		lines,
		progressed,
		signal: abort.signal,
		progress: (done, total) => void progressed.push({done, total}),
		log: line => void lines.push(line),
		verdict: () => {},
	};
}

/** The report of the KataSetupError that `work` must end with. */
export async function reportOf(work: Promise<unknown>): Promise<KataSetupError['report']> {
	const error = await work.then(
		() => null,
		(thrown: unknown) => thrown,
	);
	if (error instanceof KataSetupError) return error.report;
	throw error ?? new Error('it did not fail');
}
