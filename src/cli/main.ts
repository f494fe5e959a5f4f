/** The program's entry: parses, dispatches, and is the one place that turns an error into words and an exit code. */
import {realpathSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {exitCodes, KataSetupError, reportOf} from '../errors.ts';
import {kataSetupVersion} from '../version.ts';
import {onTerminal} from './carry-out.ts';
import {plainCommands} from './commands.ts';
import {makeContext} from './context.ts';
import type {Flags} from './flags.ts';
import {commandLines, overviewLines} from './help.ts';
import {type Invocation, parseInvocation, wantsJson} from './parse.ts';
import {printError, printLines} from './print.ts';
import {inItsRoot} from './throwaway-root.ts';

/** Runs the command line to its end and sets the process's exit code. */
export async function run(argv = process.argv.slice(2)): Promise<void> {
	// Whoever reads our output may go away (`| head`); that is no error of ours.
	for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
	try {
		process.exitCode = await dispatch(parseInvocation(argv, process.env));
	} catch (error) {
		process.exitCode = printError(reportOf(error), wantsJson(argv, process.env));
	}
}

async function dispatch(invocation: Invocation): Promise<number> {
	const {command, named, flags, argument, printVersion} = invocation;
	if (printVersion) {
		printLines([kataSetupVersion]);
		return exitCodes.ok.code;
	}
	if (flags.help) {
		printLines(named ? commandLines(command) : overviewLines(kataSetupVersion));
		return exitCodes.ok.code;
	}
	if (command === 'worker') return (await import('./worker-process.ts')).runWorker(flags);
	if (command === 'install' && wantsScreens(flags)) return wizard(invocation);
	const plain = plainCommands[command];
	if (plain) {
		const context = await makeContext(flags, process.env);
		return inItsRoot(context, command, () => plain(context, argument));
	}
	return wizard(invocation);
}

/** A terminal that can place text. */
const onScreenTerminal = (): boolean => onTerminal() && process.env.TERM !== 'dumb';

/** `install` on a terminal is the wizard with its answers given, unless something was asked for that needs no screen. */
const wantsScreens = (flags: Flags): boolean =>
	onScreenTerminal() && !flags.yes && !flags.plain && !flags.json && !flags['dry-run'];

/** The screens are loaded only where they are shown: Ink takes a quarter of a second to load. */
async function wizard({flags}: Invocation): Promise<number> {
	if (onTerminal() && !onScreenTerminal())
		throw new KataSetupError('usage', 'This terminal (TERM=dumb) cannot show the wizard.', {
			remedy: ['In plain lines, with one question: kata-setup install --plain', 'All commands: kata-setup --help'],
		});
	if (!onScreenTerminal())
		throw new KataSetupError('usage', 'The wizard needs a terminal.', {
			remedy: ['Without one: kata-setup install --yes', 'All commands: kata-setup --help'],
		});
	// chalk ignores NO_COLOR (facts: supports-color#74), but not FORCE_COLOR; it reads it when it is loaded.
	if (process.env.NO_COLOR) process.env.FORCE_COLOR = '0';
	const {runWizardCommand} = await import('./wizard.ts');
	return runWizardCommand(await makeContext(flags, process.env));
}

const started = process.argv[1];
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) await run();
