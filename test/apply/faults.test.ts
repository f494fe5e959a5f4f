/**
 * Every call of a run made to fail in turn, in a throwaway root: the run succeeds, or it ends as documented with the host as
 * it was, and what it may have left goes with the next uninstall. Never a success that is none, never a stack trace.
 *
 * KATA_SETUP_TEST_ROUNDS=full makes every call fail in every way; else each way meets a share of the calls, another share for
 * each way.
 */
import * as fs from 'node:fs/promises';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type ErrorReport, exitCodes} from '../../src/errors.ts';
import {type Fault, faultFromEnvironment, faultyHost} from '../../src/host/fault.ts';
import {throwaway} from '../support/throwaway.ts';
import {
	type FaultRun,
	type FaultVerb,
	nothingStands,
	prepareVerbs,
	runIn,
	runOnCopy,
	uninstallOf,
} from './fault-runs.ts';

const full = process.env.KATA_SETUP_TEST_ROUNDS === 'full';
/** Of so many calls one fails, in a run that is not full. */
const share = full ? 1 : 70;

const errors = ['ENOSPC', 'EIO', 'EROFS', 'EACCES', 'EMFILE'];
const deaths = ['exit', 'signal', 'timeout', 'ENOENT'];
/** How a call fails: written as the end of KATA_SETUP_TEST_FAULT is. */
const ways = [...errors, 'EIO!', 'ENOSPC!', ...deaths];

/** The faults of one way, `goesOn` or not, that a run with these calls meets. */
function faultsOf(verb: FaultVerb, way: string, goesOn: boolean): Fault[] {
	const call = deaths.includes(way) ? 'run' : 'any';
	const total = verb.calls.filter(made => call === 'any' || made.call === call).length;
	const first = 1 + ((ways.indexOf(way) * 7 + (goesOn ? 3 : 0)) % Math.min(share, total));
	const faults: Fault[] = [];
	for (let number = first; number <= total; number += share) {
		const fault = faultFromEnvironment(`${call}:${number}${goesOn ? '+' : ''}:${way}`);
		if (fault) faults.push(fault);
	}
	return faults;
}

let verbs: FaultVerb[];
let close: () => Promise<void>;
beforeAll(async () => {
	({verbs, close} = await prepareVerbs());
}, 60_000);
afterAll(() => close());

const verbOf = (name: string): FaultVerb => verbs.find(verb => verb.name === name) as FaultVerb;

/** All errors that the run told. */
const errorsOf = ({result, events}: FaultRun): ErrorReport[] => [
	...(result.error ? [result.error] : []),
	...events.flatMap(event => ('error' in event && event.error ? [event.error] : [])),
];

/** What is wrong about how a run ended; empty if nothing. */
async function wrongs(verb: FaultVerb, run: FaultRun): Promise<string[]> {
	const found: string[] = [];
	const {outcome} = run.result;
	for (const {exit, message, evidence} of errorsOf(run)) {
		if (exit === 'bug' || !(exit in exitCodes)) found.push(`an error that nobody foresaw: ${message} ${evidence}`);
	}
	if (/\n {4}at /.test(JSON.stringify(run.events).replaceAll('\\n', '\n'))) found.push('a stack trace');
	const expected = {done: verb.after, unproven: verb.after, undone: verb.before, incomplete: null, stopped: null}[
		outcome
	];
	if (expected) found.push(...differences(expected, run.tree).map(line => `${outcome}, but ${line}`));
	if (outcome === 'undone' && run.result.error === null) found.push('undone without an error');
	if (!(await nothingStands(run.host))) {
		const removed = await runIn(run.root, await uninstallOf(run.host), null);
		const bare = verbOf('install').before;
		if (removed.result.outcome !== 'done') found.push(`the next uninstall: ${removed.result.error?.message}`);
		found.push(...differences(bare, removed.tree).map(line => `after the next uninstall ${line}`));
	} else if (outcome === 'incomplete' && verb.name === 'install') {
		found.push(...differences(verb.before, run.tree).map(line => `nothing stands, but ${line}`));
	}
	return found;
}

const differences = (expected: Record<string, string>, found: Record<string, string>): string[] =>
	[...new Set([...Object.keys(expected), ...Object.keys(found)])]
		.filter(path => expected[path] !== found[path])
		.map(path => `${path} is ${brief(found[path])}, not ${brief(expected[path])}`);

const brief = (entry: string | undefined): string =>
	entry === undefined ? 'absent' : JSON.stringify(entry.slice(0, 40));

describe.each(['install', 'switch', 'uninstall'])('calls of %s that fail', name => {
	describe.each([false, true])('going on: %s', goesOn => {
		it.each(ways)(
			'with %s',
			async way => {
				const verb = verbOf(name);
				const all: string[] = [];
				for (const fault of faultsOf(verb, way, goesOn)) {
					const run = await runOnCopy(verb.from, verb.plan, fault);
					const struck = run.watched.calls.find(({failed}) => failed);
					const what = `${fault.call}:${fault.number}${goesOn ? '+' : ''}:${way} (${struck?.call} ${struck?.path})`;
					if (!struck) all.push(`${what} never came`);
					all.push(...(await wrongs(verb, run)).map(wrong => `${what}: ${run.result.outcome}: ${wrong}`));
					await fs.rm(run.root, {recursive: true, force: true});
				}
				expect(all).toEqual([]);
			},
			full ? 600_000 : 30_000,
		);
	});
});

describe('the fault port', () => {
	it('fails the call that is meant, before or after its effect, once or from then on', async () => {
		const {host} = await throwaway();
		const once = faultyHost(host, faultFromEnvironment('write:2:ENOSPC'));
		await once.host.files.write('/a', '1');
		await expect(once.host.files.write('/b', '1')).rejects.toMatchObject({code: 'ENOSPC', path: '/b'});
		await once.host.files.write('/c', '1');
		expect(await host.files.list('/')).toEqual(['a', 'c']);
		expect(once.watched.calls).toEqual(['/a', '/b', '/c'].map(path => ({call: 'write', path, failed: path === '/b'})));

		const late = faultyHost(host, faultFromEnvironment('any:1+:EIO!')).host;
		await expect(late.files.makeDirectory('/d')).rejects.toMatchObject({code: 'EIO'});
		await expect(late.files.remove('/a')).rejects.toThrow('EIO');
		expect(await host.files.list('/')).toEqual(['c', 'd']);
	});

	it('kills children in each way', async () => {
		const {host} = await throwaway();
		const end = (what: string) => faultyHost(host, faultFromEnvironment(`run:1:${what}`)).host.run('x', ['y']);
		expect(await end('exit')).toMatchObject({command: 'x y', code: 1});
		expect(await end('signal')).toMatchObject({code: null, timedOut: false, notStarted: null});
		expect(await end('timeout')).toMatchObject({code: null, timedOut: true});
		expect(await end('EMFILE')).toMatchObject({code: null, notStarted: 'EMFILE'});
	});

	it('refuses a fault that it does not understand', () => {
		expect(faultFromEnvironment('')).toBeNull();
		expect(() => faultFromEnvironment('write:ENOSPC')).toThrow('CALL:N:FAULT');
	});
});
