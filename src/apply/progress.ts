/** Thins a step's progress out to a few events a second, and says how fast it goes and how long it will take. */
import type {UnstampedEvent} from './events.ts';

type Progress = Extract<UnstampedEvent, {event: 'step-progress'}>;

/** At most four a second: what a screen can use, and what a slow line can carry (facts: 2 kB/s at 10 Hz). */
const leastInterval = 250;
/** Milliseconds over which the rate is taken: long enough to be calm, short enough to follow the line. */
const window = 5000;

/** One meter for a run; a new step starts it anew. */
export class ProgressMeter {
	readonly #now: () => number;
	#step = '';
	#last = Number.NEGATIVE_INFINITY;
	#samples: {at: number; done: number}[] = [];

	constructor(now: () => number) {
		this.#now = now;
	}

	/** The event with rate and ETA, or null if the last one was too short ago. The end of a step always passes. */
	measure(progress: Progress): Progress | null {
		const at = this.#now();
		if (progress.step !== this.#step) {
			this.#step = progress.step;
			this.#samples = [];
			this.#last = Number.NEGATIVE_INFINITY;
		}
		const atEnd = progress.total !== null && progress.done >= progress.total;
		if (at - this.#last < leastInterval && !atEnd) return null;
		this.#last = at;
		this.#samples.push({at, done: progress.done});
		while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > window) this.#samples.shift();
		const first = this.#samples[0];
		const span = first ? at - first.at : 0;
		const rate = first && span >= leastInterval ? ((progress.done - first.done) / span) * 1000 : null;
		const eta = rate && progress.total !== null ? Math.ceil((progress.total - progress.done) / rate) : null;
		return {...progress, rate, eta};
	}
}
