/** The program that proves KVM by using it: where it lies, and what its word means. See assets/kvm-probe/kvm-probe.c. */
import {dirname} from 'node:path';
import {assetPath} from '../../assets.ts';
import type {CommandResult, Host} from '../../host/host.ts';
import {architectures, type KvmProof, type KvmStep} from '../facts.ts';

/** It gives up by itself after three seconds, unless the kernel does not let go of it. */
export const kvmLimitMs = 5000;

/** The program's name among our assets, for a machine that Kata has releases for. */
export const kvmAsset = (machine: string): string => `kvm-probe/kvm-probe-${machine}`;

/** The program's path in our package for a machine as `uname -m` calls it; null if there is none for it. */
export const kvmProgram = (machine: string): string | null =>
	architectures.some(name => name === machine) ? assetPath(kvmAsset(machine)) : null;

/** A proof that was not had, and the reason in one sentence. */
export const notProven = (why: string, error: string | null = null): KvmProof => ({
	state: 'not-run',
	step: null,
	error,
	why,
});

/**
 * Runs the program where our package lies, as whoever we are. Nothing is copied: where it cannot be executed, nothing is
 * proven, and why stands in the result. Never rejects.
 */
export async function proveKvm(host: Host, machine: string): Promise<KvmProof> {
	const program = kvmProgram(machine);
	if (program === null) return notProven(`kata-setup has no program that proves KVM on ${machine}.`);
	// By its name in its folder: a recording of the host is then the same wherever the package lay.
	const options = {cwd: dirname(program), timeoutMs: kvmLimitMs};
	return readProof(await host.run(`./kvm-probe-${machine}`, [], options));
}

const steps: readonly KvmStep[] = ['open', 'api-version', 'create-vm', 'memory', 'create-vcpu', 'registers', 'run'];

/** What the program came to, by its one line and its end. */
export function readProof(result: CommandResult): KvmProof {
	const {stdout, notStarted, timedOut} = result;
	if (notStarted !== null) return notProven(startWords[notStarted] ?? `It did not start: ${notStarted}.`, notStarted);
	if (timedOut) return {state: 'failed', step: null, error: 'timeout', why: null};
	const [, word, error] = /^(\S+) (\S+)\n$/.exec(stdout) ?? [];
	const step = steps.find(name => name === word);
	if (!step || !error) return notProven(endWords(result));
	if (error !== 'ok') return {state: 'failed', step, error, why: null};
	return {state: step === 'run' ? 'ran' : 'created', step, error: null, why: null};
}

const startWords: Record<string, string> = {
	EACCES:
		'The program that proves it may not be executed where kata-setup lies: on a file system mounted noexec, or without its mode.',
	EPERM: 'The program that proves it may not be executed here: a security module forbids it.',
	ENOENT: 'The program that proves it is not where kata-setup lies.',
	ENOEXEC: 'The program that proves it is for another processor than this one.',
};

const endWords = ({code, stdout}: CommandResult): string =>
	code === null
		? 'The program that proves it was ended by a signal before it could say anything.'
		: `The program that proves it ended with ${code} and said: ${stdout.trim() || 'nothing'}.`;
