/** A run's events as plain lines, for logs and for those who ask for --plain. */
import type {RunEvent} from '../apply/events.ts';
import {formatBytes, formatDuration} from '../format.ts';
import type {Verb} from '../plan/plan.ts';
import {isOnlyForward, waysOn} from '../plan/ways-on.ts';
import {verdictLines} from '../smoke/report.ts';
import {errorLines} from './print.ts';

/** Percent between two lines of progress: a log of a 1 GB download has ten lines, not ten thousand. */
const progressStride = 10;

/** Turns events into lines, one event after the other. */
export class RunText {
	readonly #titles = new Map<string, {title: string; position: string}>();
	#rehearsal = false;
	#verb: Verb = 'install';
	#percent = 0;
	/** Whether anything was begun that had to be undone. */
	#undoing = false;
	#told: string | null = null;
	readonly #planShown: boolean;

	/** @param options.planShown whether the person has read the plan, and its notes, already */
	constructor({planShown = false} = {}) {
		this.#planShown = planShown;
	}

	/** Whether an error's message was among the lines already. */
	told(message: string): boolean {
		return this.#told === message;
	}

	lines(event: RunEvent): string[] {
		switch (event.event) {
			case 'run-started':
				this.#rehearsal = event.rehearsal;
				this.#verb = event.verb;
				for (const [index, {id, title}] of event.steps.entries())
					this.#titles.set(id, {title, position: `[${index + 1}/${event.steps.length}]`});
				return [
					...(event.rehearsal
						? ['This is a rehearsal: nothing outside its throwaway root is touched and no VM runs.']
						: []),
					`Run ${event.run}: ${event.verb}, plan ${event.planHash.slice(0, 12)}`,
					...(this.#planShown ? [] : event.notes.map(note => `Note: ${note}`)),
				];
			case 'step-started':
				this.#percent = 0;
				return [this.#line(event.step)];
			case 'step-progress':
				return this.#progress(event);
			case 'step-log':
				return [`      ${event.line}`];
			case 'step-done':
				return event.ms >= 1000 ? [`      done in ${formatDuration(event.ms)}`] : [];
			case 'step-failed':
				this.#told = event.error.message;
				return errorLines(event.error).map((line, index) => (index === 0 ? `      FAILED: ${line}` : `      ${line}`));
			case 'undo-started':
				this.#undoing = true;
				return [event.reason === 'cancelled' ? 'Cancelled. Undoing what was done:' : 'Undoing what was done:'];
			case 'step-undone':
				return [
					`      undone: ${this.#titles.get(event.step)?.title ?? event.step}`,
					...event.left.map(line => `      ${line}`),
				];
			case 'undo-failed':
				return errorLines(event.error).map((line, index) =>
					index === 0 ? `      COULD NOT UNDO: ${line}` : `      ${line}`,
				);
			case 'verdict':
				return verdictLines(event.verdict);
			case 'run-finished':
				return this.#finished(event);
		}
	}

	#line(step: string): string {
		const known = this.#titles.get(step);
		return known ? `${known.position} ${known.title}` : step;
	}

	#progress({done, total, unit, rate, eta}: Extract<RunEvent, {event: 'step-progress'}>): string[] {
		if (total === null || total === 0) return [];
		const percent = Math.floor((done / total) * 100);
		if (percent < this.#percent + progressStride) return [];
		this.#percent = percent - (percent % progressStride);
		const amount = unit === 'bytes' ? `${formatBytes(done)} of ${formatBytes(total)}` : `${done} of ${total} files`;
		const speed = rate !== null && unit === 'bytes' ? `, ${formatBytes(rate)}/s` : '';
		const left = eta !== null && eta > 0 ? `, ${formatDuration(eta * 1000)} left` : '';
		return [`      ${String(percent).padStart(3)} %  ${amount}${speed}${left}`];
	}

	#finished({outcome, left}: Extract<RunEvent, {event: 'run-finished'}>): string[] {
		const words = {
			done: this.#rehearsal ? 'The rehearsal is done. Nothing was installed and nothing was proven.' : 'Done.',
			unproven: 'Done, but nothing proves that containers run in a VM.',
			undone: this.#undoing
				? 'Nothing of it stands: the host is as it was.'
				: 'Refused before the first step; nothing was done.',
			incomplete: isOnlyForward(this.#verb)
				? 'It is not finished: what was done stands.'
				: 'It failed, and not all of it could be taken back.',
			stopped: 'It is not finished: what was done stands.',
		};
		// Of a run that was stopped its error tells them.
		const ways = outcome === 'incomplete' ? waysOn(this.#verb) : [];
		return [words[outcome], ...[...left, ...ways].map(line => `  ${line}`)];
	}
}
