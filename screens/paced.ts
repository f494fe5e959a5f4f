/** Values that may come faster than a slow line can draw them. */

export interface Paced<T> {
	/** Takes a value; only the latest one is passed on. */
	readonly say: (value: T) => void;
	/** Nothing is passed on any more. */
	readonly end: () => void;
}

/** Passes the latest value on every `everyMs` milliseconds, for the first time after so long. */
export function paced<T>(everyMs: number, pass: (value: T) => void): Paced<T> {
	let waiting: {value: T} | null = null;
	let ended = false;
	const timer = setInterval(() => {
		if (waiting) pass(waiting.value);
		waiting = null;
	}, everyMs);
	return {
		say: value => {
			if (!ended) waiting = {value};
		},
		end: () => {
			ended = true;
			waiting = null;
			clearInterval(timer);
		},
	};
}
