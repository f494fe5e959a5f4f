/** A Session without a host: answers from fixtures, and runs that the test feeds event by event. */

import type {PlanHooks, Preset, RunHandle, Session, TerminalLease} from '../../screens/session.ts';
import type {RunEvent} from '../../src/apply/events.ts';
import {allAvailability} from '../../src/catalogue/availability.ts';
import type {Facts} from '../../src/facts/facts.ts';
import type {Finding} from '../../src/facts/findings.ts';
import type {Early} from '../../src/facts/looked.ts';
import type {ChosenOptions} from '../../src/kataconfig/option-choices.ts';
import type {Rest} from '../../src/plan/finish-run.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {facts, findings} from './fixtures.ts';
import {plan} from './plan-fixtures.ts';

/** Events that a test pushes and a screen reads. */
export class FakeRun implements RunHandle {
	private readonly waiting: RunEvent[] = [];
	private wake: () => void = () => {};
	private closed = false;
	cancelled = 0;
	stopped = 0;
	detached = 0;

	push(...events: RunEvent[]): this {
		this.waiting.push(...events);
		this.wake();
		return this;
	}

	/** No more events: the worker has ended. */
	close(): this {
		this.closed = true;
		this.wake();
		return this;
	}

	readonly events: AsyncIterable<RunEvent> = {
		[Symbol.asyncIterator]: () => ({
			next: async () => {
				for (;;) {
					const value = this.waiting.shift();
					if (value) return {value, done: false};
					if (this.closed) return {value: undefined, done: true};
					await new Promise<void>(resolve => {
						this.wake = resolve;
					});
				}
			},
		}),
	};

	cancel(): void {
		this.cancelled += 1;
	}

	stop(): void {
		this.stopped += 1;
	}

	detach(): void {
		this.detached += 1;
	}
}

export interface FakeSession extends Session {
	readonly run: FakeRun;
	readonly asked: {
		plans: unknown[];
		options: ChosenOptions[];
		applied: Plan[];
		finished: (string | null)[];
		gathered: number;
	};
}

export interface FakeOptions {
	facts?: Facts;
	findings?: Finding[];
	plan?: Plan | ((hooks: PlanHooks) => Promise<Plan>);
	/** The run that was begun and not finished. */
	rest?: Rest;
	run?: FakeRun;
	attached?: boolean;
	rehearsal?: {root: string} | null;
	preset?: Preset;
	/** Goes on before the host has been looked at. */
	whileLooking?: (onEarly: (found: Early) => void) => Promise<void>;
	apply?: (terminal: TerminalLease) => Promise<void>;
}

export function fakeSession(options: FakeOptions = {}): FakeSession {
	const asked: FakeSession['asked'] = {plans: [], options: [], applied: [], finished: [], gathered: 0};
	const run = options.run ?? new FakeRun();
	return {
		version: '0.1.0',
		rehearsal: options.rehearsal ?? null,
		preset: options.preset ?? {},
		run,
		asked,
		attach: async () => (options.attached ? run : null),
		gather: async onEarly => {
			asked.gathered += 1;
			await options.whileLooking?.(onEarly ?? (() => {}));
			return {facts: options.facts ?? facts, findings: options.findings ?? findings};
		},
		pairs: known => allAvailability(known, null),
		plan: async (request, hooks) => {
			if ('pair' in request) asked.options.push(request.options);
			asked.plans.push('pair' in request ? request.pair : request.verb);
			hooks.say('Asking api.github.com for the latest release of Kata Containers');
			const given = options.plan ?? plan;
			return typeof given === 'function' ? given(hooks) : given;
		},
		rest: async () => options.rest ?? Promise.reject(new Error('no run is unfinished')),
		apply: async (planned, terminal, finish) => {
			await options.apply?.(terminal);
			asked.applied.push(planned);
			asked.finished.push(finish ?? null);
			return run;
		},
		rehearse: async () => fakeSession({...options, findings, rehearsal: {root: '/tmp/kata-setup-rehearsal-x1'}}),
	};
}
