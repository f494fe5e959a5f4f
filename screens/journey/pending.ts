/** How work that is under way outside begins and ends. Pure. */
import type {Pending} from './state.ts';

/** Whether an answer is the one that is waited for, and not that of an earlier attempt. */
export const awaited = (pending: Pending, attempt: number): boolean =>
	pending.state === 'busy' && pending.attempt === attempt;

/** It came to its end. */
export const ready = <P extends Pending>(pending: P): P => ({...pending, state: 'ready', error: null});

/** It ended with an error. */
export const failed = <P extends Pending>(pending: P, error: Pending['error']): P => ({
	...pending,
	state: 'failed',
	error,
});

/** It begins (again): answers to earlier attempts are waited for no more. */
export const begin = <P extends Pending>(pending: P): P => ({
	...pending,
	attempt: pending.attempt + 1,
	state: 'busy',
	error: null,
});
