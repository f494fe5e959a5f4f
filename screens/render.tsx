/** Opens the wizard on a terminal and closes it again, whatever happens. */
import {render} from 'ink';
import {reportOf} from '../src/errors.ts';
import {App} from './app.tsx';
import type {Journey} from './journey/state.ts';
import {type KeySource, PacedStdin} from './paced-stdin.ts';
import type {Session, WizardResult} from './session.ts';
import {summaryOf} from './summary.ts';
import {type GlyphSet, glyphSetFor, glyphSets} from './theme.ts';

/** Where a process hears that it shall end: `process`, or a stand-in for it. */
export interface SignalSource {
	on(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
	off(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
}

export interface WizardOptions {
	readonly stdin: KeySource;
	readonly stdout: NodeJS.WriteStream;
	/** @default by the environment's locale and TERM */
	readonly glyphs?: GlyphSet;
	/** @default process */
	readonly signals?: SignalSource;
}

const signalNames = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Closing may wait for a terminal that is gone; not longer than this. */
const closeMs = 1000;

/**
 * Runs the wizard until the person leaves it. Only call it when both streams are terminals.
 * The terminal is as before when it returns, and the summary has been printed on it.
 */
export async function runWizard(session: Session, options: WizardOptions): Promise<WizardResult> {
	const {stdin, stdout, signals = process} = options;
	const glyphs = options.glyphs ?? glyphSetFor(process.env);
	const listeners = new Set<() => void>();
	let closing: NodeJS.Timeout | null = null;
	let giveUp: () => void = () => {};
	const givenUp = new Promise<undefined>(resolve => {
		giveUp = () => resolve(undefined);
	});
	const hangUp = () => {
		for (const listener of listeners) listener();
		closing ??= setTimeout(giveUp, closeMs);
	};
	const keys = new PacedStdin(stdin, hangUp);
	const onSignal = (listener: () => void) => {
		listeners.add(listener);
		return () => listeners.delete(listener);
	};
	for (const name of signalNames) signals.on(name, hangUp);
	// A terminal that is gone answers every write with EIO: that is a hang-up, not a crash.
	stdout.on('error', hangUp);
	const app = render(<App session={session} glyphs={glyphs} onSignal={onSignal} />, {
		stdin: keys as unknown as NodeJS.ReadStream,
		stdout,
		alternateScreen: true,
		incrementalRendering: true,
		maxFps: 10,
		exitOnCtrlC: false,
		patchConsole: false,
		interactive: true,
	});
	try {
		const state = (await Promise.race([app.waitUntilExit(), givenUp])) as Journey | undefined;
		app.unmount();
		const result: WizardResult = {
			...(state?.end ?? {kind: 'quit', exit: 'interrupted'}),
			summary: state ? summaryOf(state, glyphSets[glyphs]) : [],
		};
		if (result.summary.length > 0) stdout.write(`${result.summary.join('\n')}\n`);
		return result;
	} catch (error) {
		app.unmount();
		const report = reportOf(error);
		const summary = [report.message, ...report.remedy, ...report.evidence];
		stdout.write(`${summary.join('\n')}\n`);
		return {kind: 'failed', exit: report.exit, summary};
	} finally {
		for (const name of signalNames) signals.off(name, hangUp);
		if (closing) clearTimeout(closing);
		keys.close();
	}
}
