/** The way to root: whether and how it is had, and what only root may read. */
import {spawn} from 'node:child_process';
import {text} from 'node:stream/consumers';
import {readJournal} from '../apply/journal.ts';
import {foldJournal, type Receipt} from '../apply/receipt.ts';
import type {WorkerAnswer} from '../apply/worker.ts';
import {type ErrorReport, errnoOf, KataSetupError} from '../errors.ts';
import type {Facts} from '../facts/facts.ts';
import {keptUninstall} from '../layout.ts';
import {shellQuote} from '../plan/command.ts';
import {type Handover, handOver} from '../program/as-root.ts';
import type {Context} from './context.ts';

/** Has `work` done while sudo or doas may ask on the terminal and nothing else draws on it; null: there is none to ask on. */
export type Lend = (<T>(work: () => Promise<T>) => Promise<T>) | null;

/** What one start of ours as root came to. */
interface Ended {
	code: number | null;
	stdout: string;
	stderr: string;
}

/** The beginnings of command lines that give root: without a question, and with one. */
const prefixes = {
	sudo: {quiet: ['sudo', '-n', '--'], asking: ['sudo', '-p', '[sudo] password for %p, to change this host: ', '--']},
	doas: {quiet: ['doas', '-n', '--'], asking: ['doas', '--']},
} as const;

const wantsPassword = ({code, stdout, stderr}: Ended): boolean =>
	code !== 0 &&
	stdout === '' &&
	/password is required|terminal is required|interactive authentication|authentication required/i.test(stderr);

/**
 * Starts a copy of kata-setup as root (see `src/program/as-root.ts`) and waits for its end. Root is had without a question where
 * that is allowed, be it by the ticket of an earlier one; else the terminal is lent for the password, which is asked by
 * the very start that needs it: a ticket that runs out meanwhile, or none at all, makes no difference.
 * @param words of kata-setup; `task`: its standard input
 * @param command what a person would type to do the same, for a refusal
 * @throws KataSetupError (`privileges`) where root cannot be had; (`changed`) if our own files were replaced
 */
async function startAsRoot(
	context: Context,
	facts: Facts,
	{words, task, command, lend}: {words: string[]; task: string; command: string; lend: Lend},
): Promise<Ended> {
	const {root, user, by = 'sudo'} = facts.privileges;
	const refused = (why: string, evidence: string[] = []): KataSetupError =>
		new KataSetupError('privileges', 'Root is needed to change this host.', {
			why,
			remedy: `Run as root: ${fullCommand(context, facts, command)}`,
			evidence,
		});
	if (root === 'none') throw refused(`${user} may use neither sudo nor doas.`);
	const start = (prefix: readonly string[], handed: Handover): Promise<Ended> =>
		ended([...prefix, '/bin/sh', '-c', ...handed.words, ...words], handed.input(task));
	const {quiet, asking} = prefixes[by];
	const free = await context.host.run(quiet[0], [...quiet.slice(1), 'true'], {timeoutMs: 30_000});
	if (free.code === 0) {
		const result = await start(quiet, await handOver());
		if (!wantsPassword(result)) return result;
	}
	if (!lend) throw refused(`${by} wants a password, and there is no terminal to type it on.`);
	const handed = await handOver();
	const result = await lend(() => start(asking, handed));
	if (result.stdout !== '' || result.code === 0) return result;
	throw refused(`${by} did not allow it; nothing was changed.`, lastLines(result.stderr));
}

/** Runs a command line in this session, which sudo's tickets belong to, and feeds it. */
async function ended([file = '', ...args]: readonly string[], input: NodeJS.ReadableStream): Promise<Ended> {
	const child = spawn(file, args, {stdio: ['pipe', 'pipe', 'pipe'], cwd: '/'});
	child.stdin.on('error', () => undefined); // it ended before it had read everything: its end tells why
	input.on('error', () => child.stdin.destroy());
	input.pipe(child.stdin);
	const code = new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('exit', resolve);
	});
	const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), code]);
	return {code: await code, stdout, stderr};
}

const lastLines = (stderr: string): string[] => stderr.trim().split('\n').filter(Boolean).slice(-5);

/** The command as root can type it, whose PATH knows neither our Node nor us. */
function fullCommand({self}: Context, {installation}: Facts, command: string): string {
	const words = command.replace(/^kata-setup /, '');
	if (words.startsWith('uninstall') && installation?.keptProgram)
		return `${keptUninstall} ${words.replace(/^uninstall ?/, '')}`.trim();
	return `${self.map(shellQuote).join(' ')} ${words}`;
}

/** Starts the worker as root. @throws KataSetupError (`privileges`) where root cannot be had, or the worker gave no answer */
export async function startWorkerAsRoot(
	context: Context,
	facts: Facts,
	{task, command, lend}: {task: string; command: string; lend: Lend},
): Promise<WorkerAnswer> {
	const {stdout, stderr} = await startAsRoot(context, facts, {words: ['worker', '--launch'], task, command, lend});
	const answer = lastJson<WorkerAnswer>(stdout);
	if (answer) return answer;
	throw new KataSetupError('privileges', 'The worker could not be started as root.', {
		why: 'It ended before it answered.',
		remedy: `Run as root: ${fullCommand(context, facts, command)}`,
		evidence: lastLines(stderr),
	});
}

/** Whether we must become root to change this host, or to read what only root may. */
export const needsRoot = ({rehearsalRoot}: Context, {privileges}: Facts): boolean =>
	rehearsalRoot === null && privileges.uid !== 0;

/** The commands whose dry run only root can make. */
type ReadAsRoot = 'uninstall' | 'finish' | 'undo' | 'repair';

const rootsAlone = 'Only root may read what kata-setup did on this host.';

/**
 * The receipt.
 * @throws KataSetupError (`privileges`) if only root may read it
 */
export async function readReceipt({host}: Context): Promise<Receipt> {
	try {
		return foldJournal(await readJournal(host));
	} catch (error) {
		if (errnoOf(error) !== 'EACCES') throw error;
		throw new KataSetupError('privileges', rootsAlone, {
			remedy: 'Run the same command as root.',
		});
	}
}

/**
 * What our own dry run of a command says as root, where only root may read the journal and the kept plan. Where it finds nothing
 * to act on though what everybody may read has something, that is stale: root writes it anew, but for a dry run of the person's.
 * @param more flags for that run
 * @throws KataSetupError with that run's own report; `privileges` where root cannot be had
 */
export async function readAsRoot<T>(
	context: Context,
	facts: Facts,
	command: ReadAsRoot,
	lend: Lend,
	more: readonly string[] = [],
): Promise<T> {
	const words = [command, ...more, '--dry-run', '--json'];
	const typed = ['kata-setup', command, '--yes', ...more].map(shellQuote).join(' ');
	const {code, stdout, stderr} = await startAsRoot(context, facts, {words, task: '', command: typed, lend});
	const said = lastJson<T | {error: ErrorReport}>(stdout);
	if (code === 0 && said) return said as T;
	if (said && 'error' in (said as object)) {
		const {error} = said as {error: ErrorReport};
		const isStale = error.exit === 'nothing' && hasSomethingFor(command, facts);
		if (isStale && !context.flags['dry-run']) await tidyAsRoot(context, facts, lend);
		throw KataSetupError.from(error);
	}
	throw new KataSetupError('privileges', rootsAlone, {
		remedy: `Run as root: ${fullCommand(context, facts, typed)}`,
		evidence: lastLines(stderr),
	});
}

/** Whether there is something for a command to act on, by what everybody may read. */
const hasSomethingFor = (command: ReadAsRoot, {installation, sequence}: Facts): boolean =>
	command === 'finish' || command === 'undo' ? Boolean(installation?.unfinishedRun) : Boolean(installation || sequence);

/** @throws KataSetupError with root's own report, such as of a disk that is full */
async function tidyAsRoot(context: Context, facts: Facts, lend: Lend): Promise<void> {
	const words = ['tidy', '--json'];
	const {stdout} = await startAsRoot(context, facts, {words, task: '', command: 'kata-setup status', lend});
	const said = lastJson<{error?: ErrorReport}>(stdout);
	if (said?.error) throw KataSetupError.from(said.error);
}

/** The one JSON document of an output; null if there is none. */
function lastJson<T>(stdout: string): T | null {
	try {
		return JSON.parse(stdout) as T;
	} catch {
		return null;
	}
}
