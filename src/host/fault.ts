/**
 * A host whose calls fail where a test wants it: with KATA_SETUP_TEST_FAULT set, the worker works on one. Nothing else
 * loads this file's host, and without the variable it is one comparison.
 *
 * The variable's form is `CALL:N:FAULT`: the N-th call (from 1) of CALL fails so. CALL is a name of `Files`, `run`, or
 * `any`, which counts them all together. `N+` means that call and every later one, as on a full disk. FAULT is an
 * errno code: the call does nothing and fails; with `!` behind it, it does its work and fails then, as when the fsync
 * after a rename does. For `run` a fault is a dead child: `exit` (code 1), `signal`, `timeout`, or an errno code for
 * one that never started.
 */
import {Readable, Writable} from 'node:stream';
import {getSystemErrorMap} from 'node:util';
import type {CommandResult, Files, Host, RunCommand} from './host.ts';

export interface Fault {
	/** A name of `Files`, `run`, or `any`. */
	call: string;
	/** The call that fails, counted from 1. */
	number: number;
	/** Every later one fails too. */
	goesOn: boolean;
	/** An errno code, or how a child dies. */
	what: string;
	/** The effect happens before the call fails. */
	late: boolean;
}

/** Counts a host's calls. `path` is the first argument: a path, or a program. */
export interface Watched {
	calls: {call: string; path: string; failed: boolean}[];
}

/** How a child may die. */
const deaths = ['exit', 'signal', 'timeout'];

/** These have no failure that a caller could meet. */
const neverFail: readonly string[] = ['physical'];

/**
 * The fault that KATA_SETUP_TEST_FAULT asks for; null if there is none.
 * @throws Error if it is not of the form above
 */
export function faultFromEnvironment(text = process.env.KATA_SETUP_TEST_FAULT): Fault | null {
	if (text === undefined || text === '') return null;
	const [, call, number, plus, what, late] = /^(\w+):(\d+)(\+?):(\w+)(!?)$/.exec(text) ?? [];
	if (!call || !number || !what) throw new Error(`KATA_SETUP_TEST_FAULT is not CALL:N:FAULT: ${text}`);
	return {call, number: Number(number), goesOn: plus === '+', what, late: late === '!'};
}

/**
 * The host with a fault in it, and a record of all calls that came; with `fault` null only the record.
 * What the host's own calls do inside, such as the rename in `write`, is one call here.
 */
export function faultyHost(host: Host, fault: Fault | null): {host: Host; watched: Watched} {
	const watched: Watched = {calls: []};
	let counted = 0;
	/** Whether this call is to fail. */
	const strikes = (call: string, path: string): boolean => {
		if (fault && (fault.call === 'any' || fault.call === call)) counted += 1;
		const mine = fault !== null && (fault.call === 'any' || fault.call === call);
		const failed = mine && (counted === fault.number || (fault.goesOn && counted > fault.number));
		watched.calls.push({call, path, failed});
		return failed;
	};
	const {what = 'EIO', late = false} = fault ?? {};
	const code = deaths.includes(what) ? 'EIO' : what;
	const files = Object.fromEntries(
		Object.entries(host.files).map(([name, method]) => [
			name,
			neverFail.includes(name) ? method : faulty(name, method as AnyMethod, strikes, {code, late}),
		]),
	) as unknown as Files;
	const run: RunCommand = async (file, args, options) => {
		if (!strikes('run', file)) return host.run(file, args, options);
		const command = [file, ...args].join(' ');
		return late ? dead(await host.run(file, args, options), what) : dead({...unstarted, command}, what);
	};
	return {host: {...host, files, run}, watched};
}

type AnyMethod = (...args: never[]) => unknown;

function faulty(
	name: string,
	method: AnyMethod,
	strikes: (call: string, path: string) => boolean,
	{code, late}: {code: string; late: boolean},
): AnyMethod {
	return ((path: string, ...rest: never[]) => {
		const works = (): unknown => method(path as never, ...rest);
		if (!strikes(name, path)) return works();
		const error = errno(code, name, path);
		if (name === 'readStream') return brokenReadable(error);
		if (name === 'writeStream') return brokenWritable(error);
		// This one tells the code instead of throwing it.
		if (name === 'openReadWrite') return Promise.resolve(code);
		return (late ? Promise.resolve(works()) : Promise.resolve()).then(() => {
			throw error;
		});
	}) as AnyMethod;
}

/** As Node's own file-system errors are. */
function errno(code: string, syscall: string, path: string): NodeJS.ErrnoException {
	const [number, [, words]] = [...getSystemErrorMap()].find(([, [name]]) => name === code) ?? [-5, [code, 'a fault']];
	return Object.assign(new Error(`${code}: ${words}, ${syscall} '${path}'`), {code, errno: number, syscall, path});
}

function brokenReadable(error: Error): Readable {
	return new Readable({
		read() {
			this.destroy(error);
		},
	});
}

function brokenWritable(error: Error): Writable {
	return new Writable({write: (_chunk, _encoding, done) => done(error), final: done => done(error)});
}

const unstarted: Omit<CommandResult, 'command'> = {
	code: null,
	stdout: '',
	stderr: '',
	timedOut: false,
	notStarted: null,
};

function dead(result: CommandResult, what: string): CommandResult {
	if (what === 'exit') return {...result, code: 1, stdout: '', stderr: 'a fault\n'};
	if (what === 'signal') return {...result, code: null, stdout: '', stderr: ''};
	if (what === 'timeout') return {...result, code: null, stdout: '', timedOut: true};
	return {...result, code: null, stdout: '', stderr: '', notStarted: what};
}
