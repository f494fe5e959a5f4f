/** Follows a run to its end without screens: plain lines or one JSON event a line, and the exit code. */
import {createInterface, type Interface} from 'node:readline';
import type {Readable} from 'node:stream';
import type {RunView} from '../apply/client.ts';
import {exitOfRun} from '../apply/exit-of-run.ts';
import {exitCodes} from '../errors.ts';
import type {Verb} from '../plan/plan.ts';
import {isOnlyForward, restCommand} from '../plan/ways-on.ts';
import {errorLines, printEvent, printLines} from './print.ts';
import {RunText} from './run-text.ts';

export interface FollowOptions {
	json: boolean;
	/** Whether the person has read the plan, and its notes, already. */
	planShown?: boolean;
	/**
	 * What Ctrl-C does. `ask`: once it tells what can be done, twice it cancels; `cancel` asks the worker to undo at once;
	 * `detach` only stops looking. SIGTERM never asks. A run that is never turned round is stopped where another is undone.
	 */
	onInterrupt: 'ask' | 'cancel' | 'detach';
	/** Where the answer to Ctrl-C is read; default: standard input. */
	answers?: Readable;
}

/**
 * What is said at the first Ctrl-C.
 * @param verb of the run; null: it has not told yet
 */
export function interruptedWords(verb: Verb | null): string {
	const others = 'd to leave it in the background, nothing to go on.';
	return verb !== null && isOnlyForward(verb)
		? `Ctrl-C again stops after this step; \`${restCommand(verb)}\` does the rest. Or type, with Enter: ${others}`
		: `Ctrl-C again stops and undoes it all. Or type, with Enter: s to stop after this step, ${others}`;
}

/** Prints a run's events until it ends. */
export async function follow(
	view: RunView,
	{json, planShown, onInterrupt, answers = process.stdin}: FollowOptions,
): Promise<number> {
	const text = new RunText({planShown});
	const interruption = new Interruption(view, onInterrupt, answers);
	try {
		for await (const event of view.events) {
			if (json) printEvent(event);
			else printLines(text.lines(event));
			if (event.event === 'run-started') interruption.verb = event.verb;
			if (event.event !== 'run-finished') continue;
			if (!json && event.error && event.outcome !== 'unproven' && !text.told(event.error.message))
				printLines(errorLines(event.error), process.stderr);
			return exitCodes[exitOfRun(event.outcome, event.error)].code;
		}
		return interruption.detached ? exitCodes.interrupted.code : exitCodes.incomplete.code;
	} finally {
		interruption.end();
	}
}

/** What a person's Ctrl-C and the answer to it mean for a run. */
class Interruption {
	readonly #view: RunView;
	readonly #onInterrupt: FollowOptions['onInterrupt'];
	readonly #input: Readable;
	#answers: Interface | null = null;
	detached = false;
	/** What the run is for, once it has told. */
	verb: Verb | null = null;

	constructor(view: RunView, onInterrupt: FollowOptions['onInterrupt'], input: Readable) {
		this.#input = input;
		this.#view = view;
		this.#onInterrupt = onInterrupt;
		process.on('SIGINT', this.#interrupted);
		process.on('SIGTERM', this.#terminated);
	}

	end(): void {
		process.off('SIGINT', this.#interrupted);
		process.off('SIGTERM', this.#terminated);
		this.#answers?.close();
	}

	readonly #interrupted = (): void => {
		if (this.#onInterrupt !== 'ask' || this.#answers) {
			this.#terminated();
			return;
		}
		printLines([interruptedWords(this.verb)]);
		// Not as a terminal: readline would take Ctrl-C for itself, and would draw over the lines of the run.
		this.#answers = createInterface({input: this.#input, terminal: false});
		this.#answers.once('line', this.#answered);
	};

	readonly #terminated = (): void => {
		if (this.#onInterrupt === 'detach') this.#detach();
		else if (this.verb !== null && isOnlyForward(this.verb)) this.#view.stop();
		else this.#view.cancel();
	};

	readonly #answered = (line: string): void => {
		this.#answers?.close();
		this.#answers = null;
		const answer = line.trim().toLowerCase();
		if (answer === 's') {
			printLines(['It stops after this step.']);
			this.#view.stop();
		} else if (answer === 'd') {
			printLines(['It goes on in the background. Look at it with: kata-setup attach']);
			this.#detach();
		} else printLines(['It goes on.']);
	};

	#detach(): void {
		this.detached = true;
		this.#view.detach();
	}
}
