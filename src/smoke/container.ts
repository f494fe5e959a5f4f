/** Runs one container of the smoke image, looks at it while it lives, and ends it. What is left is cleaned up elsewhere. */
import {randomBytes} from 'node:crypto';
import type {CommandResult, Host} from '../host/host.ts';
import {containerdNamespace} from '../layout.ts';
import type {Ctr} from './ctr.ts';
import {smokeImage} from './image.ts';
import {endsAnswer, type ProbeAnswer, readProbe} from './probe-output.ts';

/** What the ids of our containers begin with. */
export const idPrefix = `${containerdNamespace}-smoke-`;

/**
 * An id that no earlier try has left behind. Firecracker's is cut after 32 characters, and a jailer takes letters,
 * digits and hyphens alone.
 */
export const newId = (): string => `${idPrefix}${randomBytes(6).toString('hex')}`;

export interface ContainerOptions {
	id: string;
	/** `--runtime`: a runtime's name or a shim's absolute path. */
	runtime: string;
	configuration: string | null;
	snapshotter: string | null;
	/** For all of it, the answer and the end. */
	timeoutMs: number;
	signal: AbortSignal;
}

export interface ContainerRun<Seen> {
	/** null: it never answered, or not completely. */
	answer: ProbeAnswer | null;
	/** All that it printed. */
	output: string;
	/** From `ctr run` to the end of the answer. */
	startMs: number | null;
	/** What `look` saw; null if there was no answer. */
	seen: Seen | null;
	/** false: it answered but did not end when it was asked to. */
	endedWhenAsked: boolean;
	/** How `ctr run` ended. */
	result: CommandResult;
}

/** The program ends at once when it is asked to; a VM takes a little longer to go. */
const endingMs = 20_000;
const pollMs = 50;

/**
 * Never rejects for what the engine does.
 * @param look called once the container has answered and while it still runs
 */
export async function runContainer<Seen>(
	host: Host,
	ctr: Ctr,
	{id, runtime, configuration, snapshotter, timeoutMs, signal}: ContainerOptions,
	look: () => Promise<Seen>,
): Promise<ContainerRun<Seen>> {
	const begun = host.now();
	let output = '';
	let startMs: number | null = null;
	let answered = (): void => {};
	const answer = new Promise<void>(resolve => {
		answered = resolve;
	});
	const flags = [
		...['--runtime', runtime],
		...(configuration === null ? [] : ['--runtime-config-path', configuration]),
		...(snapshotter === null ? [] : ['--snapshotter', snapshotter]),
	];
	let result: CommandResult | null = null;
	const ended = ctr(['run', ...flags, smokeImage, id], {
		timeoutMs,
		signal,
		onLine: line => {
			output += `${line}\n`;
			if (!endsAnswer(line)) return;
			startMs ??= host.now() - begun;
			answered();
		},
	}).then(end => {
		result = end;
		return end;
	});
	await Promise.race([answer, ended]);
	const read = readProbe(output);
	const seen = read && result === null ? await look() : null;
	if (result === null) await ctr(['tasks', 'kill', '-s', 'SIGTERM', id]);
	const endedWhenAsked = await until(host, () => result !== null, endingMs);
	if (!endedWhenAsked) await ctr(['tasks', 'kill', '-s', 'SIGKILL', id]);
	return {answer: read, output, startMs: read ? startMs : null, seen, endedWhenAsked, result: await ended};
}

/** Waits for a condition. @returns whether it came true in time */
export async function until(host: Host, isTrue: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
	const begun = host.now();
	while (!(await isTrue())) {
		if (host.now() - begun > limitMs) return false;
		await host.sleep(pollMs);
	}
	return true;
}
