/**
 * The smoke test: the image goes into a namespace of our own, a container runs through Kata and is looked at while it
 * lives, the same image runs under runc, and everything is taken away again. Whatever goes wrong is a verdict.
 */
import {quietly} from '../facts/processes.ts';
import type {CommandResult, Host} from '../host/host.ts';
import type {SmokeTestArguments} from '../plan/plan.ts';
import {cleanUp} from './clean-up.ts';
import {type ContainerRun, newId, runContainer} from './container.ts';
import {type Ctr, ctrOn} from './ctr.ts';
import {type Diagnosis, diagnose, engineWords, type FailurePlace} from './diagnose.ts';
import {configuredKernel} from './guest-kernel.ts';
import {imageArchive} from './image.ts';
import {kataJournal} from './journal-lines.ts';
import {judge, type Seen} from './judge.ts';
import {findHypervisors, type SandboxHypervisor} from './sandbox.ts';
import type {Evidence, SmokeVerdict} from './verdict.ts';

export interface Watcher {
	readonly signal: AbortSignal;
	/** One line about what goes on. */
	log(line: string): void;
}

const importTimeoutMs = 60_000;
/** runc takes a tenth of a second; a slow host may take its time. */
const controlTimeoutMs = 60_000;
/** More of one line is no evidence but noise. */
const keptCharacters = 400;

/** @throws only if the signal is aborted, and then everything has been taken away too */
export async function runSmokeTest(host: Host, args: SmokeTestArguments, watcher: Watcher): Promise<SmokeVerdict> {
	const bootId = (await quietly(host.files.readText('/proc/sys/kernel/random/boot_id')))?.trim() || null;
	const blank = blankOf(args, bootId);
	// Dialling a socket that is not there takes ctr ten seconds.
	const socket = await quietly(host.files.realPath(args.address));
	if (socket === null || (await quietly(host.files.stat(socket)))?.type !== 'socket')
		return judge({...blank, failure: diagnosisOf(args, 'socket', null, '', [])});
	let seen: Seen;
	let leftovers: string[] = [];
	try {
		seen = {...blank, ...(await look(host, args, watcher))};
	} finally {
		leftovers = await cleanUp(host, args);
	}
	watcher.signal.throwIfAborted();
	return judge({...seen, remarks: [...seen.remarks, ...leftovers.map(leftover)]});
}

const blankOf = ({pair, shim, tree}: SmokeTestArguments, hostBootId: string | null): Seen => ({
	pair,
	shim,
	tree,
	hostBootId,
	answer: null,
	startMs: null,
	hypervisors: [],
	kernel: null,
	failure: null,
	control: {notRun: 'the test did not come so far'},
	log: [],
	remarks: [],
});

async function look(host: Host, args: SmokeTestArguments, watcher: Watcher): Promise<Partial<Seen>> {
	const begun = host.now();
	const ctr = ctrOn(host, args);
	const machine = (await host.run('uname', ['-m'])).stdout.trim();
	const archive = imageArchive(machine);
	if (archive === null) return {failure: noImage(machine)};
	const imported = await ctr(['images', 'import', archive], {timeoutMs: importTimeoutMs, signal: watcher.signal});
	watcher.signal.throwIfAborted();
	if (imported.code !== 0)
		return {failure: diagnosisOf(args, 'image', imported, '', []), log: engineWords(imported).map(shortened)};

	watcher.log(`starting a container through ${args.shim}`);
	const kata = await runKata(host, ctr, args, watcher);
	watcher.signal.throwIfAborted();
	watcher.log(kata.startMs === null ? 'it gave no answer' : `it answered after ${(kata.startMs / 1000).toFixed(1)} s`);
	watcher.log('starting the same image under runc');
	const control = await runControl(host, ctr, watcher);
	const journal = await kataJournal(host, begun);
	return {
		answer: kata.answer,
		startMs: kata.startMs,
		hypervisors: kata.seen ?? [],
		kernel: await configuredKernel(host, args),
		failure: kata.answer ? null : diagnosisOf(args, 'run', kata.result, kata.output, journal),
		control,
		log: [...engineWords(kata.result), ...linesOf(kata), ...journal].map(shortened),
		remarks: kata.endedWhenAsked ? [] : [slowEnd],
	};
}

const runKata = (
	host: Host,
	ctr: Ctr,
	{shim, configuration, snapshotter, timeoutMs, tree}: SmokeTestArguments,
	{signal}: Watcher,
): Promise<ContainerRun<SandboxHypervisor[]>> => {
	const id = newId();
	return runContainer(host, ctr, {id, runtime: shim, configuration, snapshotter, timeoutMs, signal}, () =>
		findHypervisors(host, id, tree),
	);
};

async function runControl(host: Host, ctr: Ctr, {signal}: Watcher): Promise<Seen['control']> {
	const {answer, result} = await runContainer(
		host,
		ctr,
		{
			id: newId(),
			runtime: 'io.containerd.runc.v2',
			configuration: null,
			snapshotter: null,
			timeoutMs: controlTimeoutMs,
			signal,
		},
		async () => null,
	);
	if (answer) return {answer};
	const words = result.timedOut ? 'it did not answer in time' : engineWords(result).at(-1);
	return {notRun: shortened(words ?? 'it gave no answer')};
}

function diagnosisOf(
	{address, ctr, timeoutMs}: SmokeTestArguments,
	at: FailurePlace,
	result: CommandResult | null,
	output: string,
	journal: string[],
): Diagnosis {
	return diagnose({at, result, output, journal, timeoutMs, address, ctr});
}

const noImage = (machine: string): Diagnosis => ({
	sentence: 'No container could be run: there is no image for this machine.',
	cause: `kata-setup has images for the architectures that Kata knows, and ${machine || 'this one'} is none of them.`,
	remedy: [],
	known: 'no image for the machine',
});

/** What a container printed that was no complete answer. */
const linesOf = ({answer, output}: ContainerRun<unknown>): string[] =>
	answer ? [] : output.split('\n').filter(line => line.trim() !== '');

const slowEnd: Evidence = {
	label: 'end',
	found: 'it did not end when it was asked to, and had to be killed',
	proves: null,
};

const leftover = (found: string): Evidence => ({label: 'left behind', found, proves: null});

const shortened = (line: string): string =>
	line.length > keptCharacters ? `${line.slice(0, keptCharacters - 1)}…` : line;
