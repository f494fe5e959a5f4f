/** The way to root: whether and how it is had, and what only root may read. */
import {spawn} from 'node:child_process';
import {readJournal} from '../apply/journal.ts';
import {foldJournal, type Receipt} from '../apply/receipt.ts';
import {type ErrorReport, errnoOf, KataSetupError} from '../errors.ts';
import type {Facts} from '../facts/facts.ts';
import type {Context} from './context.ts';

/** Lets sudo ask for its password; null where there is no terminal to ask on. */
export type Authenticate = (() => Promise<void>) | null;

/** Whether sudo will have to ask for a password before the worker can start. */
export const asksPassword = (context: Context, facts: Facts): boolean =>
	context.rehearsalRoot === null && facts.privileges.uid !== 0 && facts.privileges.root !== 'passwordless';

/** @throws KataSetupError (`privileges`) where root cannot be had */
export async function becomeAbleToBeRoot(
	facts: Facts,
	command: string,
	authenticate: (() => Promise<void>) | null,
): Promise<void> {
	const {root, user} = facts.privileges;
	if (root === 'passwordless') return;
	if (root !== 'none' && authenticate) return authenticate();
	throw new KataSetupError('privileges', 'Root is needed to change this host.', {
		why:
			root === 'none' ? `${user} may not use sudo.` : 'sudo wants a password, and there is no terminal to type it on.',
		remedy: `Run as root: ${command}`,
	});
}

/** Has sudo ask on this terminal; the ticket then serves the worker's start. Nothing may draw on the terminal meanwhile. */
export async function authenticateWithSudo(): Promise<void> {
	const child = spawn('sudo', ['-v', '-p', '[sudo] password for %p, to change this host: '], {stdio: 'inherit'});
	const code = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('exit', resolve);
	});
	if (code !== 0)
		throw new KataSetupError('privileges', 'sudo did not accept it; nothing was changed.', {
			remedy: 'Try again, or run kata-setup as root.',
		});
}

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
			remedy: 'Run the same command with sudo.',
		});
	}
}

/**
 * What our own dry run of a command says under sudo, where only root may read the journal and the kept plan.
 * @throws KataSetupError with that run's own report; `privileges` where root cannot be had
 */
export async function readAsRoot<T>(
	context: Context,
	facts: Facts,
	command: 'uninstall' | 'finish' | 'undo',
	authenticate: Authenticate,
): Promise<T> {
	await becomeAbleToBeRoot(facts, `kata-setup ${command} --yes`, authenticate);
	const words = ['-n', '--', ...context.self, command, '--dry-run', '--json'];
	const result = await context.host.run('sudo', words, {timeoutMs: 120_000});
	if (result.code === 0) return JSON.parse(result.stdout) as T;
	throw (
		errorIn(result.stdout) ??
		new KataSetupError('privileges', rootsAlone, {
			remedy: 'Run the same command with sudo.',
			evidence: result.stderr.trim().split('\n').slice(-3),
		})
	);
}

/** The refusal that the dry run printed as JSON, or null. */
function errorIn(stdout: string): KataSetupError | null {
	try {
		return KataSetupError.from((JSON.parse(stdout) as {error: ErrorReport}).error);
	} catch {
		return null;
	}
}
