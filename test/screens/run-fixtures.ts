/** The events of a run, its failures and its verdicts as they really look, for tests of the screens and for the demo. */

import type {RunEvent, RunOutcome, UnstampedEvent} from '../../src/apply/events.ts';
import {unproven} from '../../src/apply/run-ends.ts';
import type {Plan} from '../../src/plan/plan.ts';
import type {SmokeVerdict} from '../../src/smoke/verdict.ts';
import {plan, tree} from './plan-fixtures.ts';

export const verdict: SmokeVerdict = {
	outcome: 'vm',
	sentence: 'The container ran in a VM of QEMU, started from the tree of Kata 4.1.0.',
	evidence: [
		{label: 'boot id', found: "9f3b… in the container, 41d7… on the host: not the host's kernel", proves: true},
		{label: 'guest kernel', found: '6.18.35 in the container, 6.12.48+deb13-amd64 on the host', proves: true},
		{label: 'agent', found: 'kata-agent is on the kernel command line', proves: true},
		{label: 'hypervisor process', found: `${tree}/bin/qemu-system-x86_64, process 4711`, proves: true},
	],
	control: {outcome: 'told-apart', detail: "under runc the boot id is the host's"},
	cause: null,
	log: [],
	remedy: [],
	startMs: 1830,
};

export const rehearsed: SmokeVerdict = {
	outcome: 'rehearsed',
	sentence: 'This was a rehearsal: no container was started and nothing was proven.',
	evidence: [],
	control: {outcome: 'not-run', detail: ''},
	cause: null,
	log: [],
	remedy: [],
	startMs: null,
};

/** Stamps events one after another, `stepMs` apart, from now on: a screen shows since when a step has been running. */
export function stamped(events: readonly UnstampedEvent[], stepMs = 100): RunEvent[] {
	const start = Date.now();
	return events.map((event, index) => ({
		...event,
		number: index + 1,
		at: new Date(start + index * stepMs).toISOString(),
	})) as RunEvent[];
}

export interface RunScript {
	plan?: Plan;
	verdict?: SmokeVerdict | null;
	outcome?: RunOutcome;
	/** Progress events for each long step. @default 20 */
	progress?: number;
	/** The kind of step that fails; everything before it is undone. */
	failAt?: string;
}

/** The events of a whole run, as the worker would send them. */
export function runEvents(script: RunScript = {}): RunEvent[] {
	const {plan: planned = plan, progress = 20, failAt} = script;
	const events: UnstampedEvent[] = [
		{
			event: 'run-started',
			run: '20261120-090500',
			verb: planned.verb,
			planHash: planned.hash,
			rehearsal: planned.rehearsal,
			notes: planned.notes,
			steps: planned.steps.map(({id, kind, title, cost}) => ({id, kind, title, seconds: cost.seconds})),
		},
	];
	const done: string[] = [];
	for (const {id, kind, cost} of planned.steps) {
		events.push({event: 'step-started', step: id});
		const total = cost.downloadBytes || cost.diskBytes;
		if (total > 0)
			for (let at = 1; at <= progress; at += 1)
				events.push({
					event: 'step-progress',
					step: id,
					done: (total * at) / progress,
					total,
					unit: 'bytes',
					rate: at < 2 ? null : 11_200_000 + at * 17_000,
					eta: at < 2 ? null : (total * (progress - at)) / progress / 11_200_000,
				});
		events.push({event: 'step-log', step: id, line: `${kind} ${id}`});
		if (kind === failAt) {
			const error = failure;
			events.push({event: 'step-failed', step: id, error}, {event: 'undo-started', reason: 'failed'});
			for (const undone of done.toReversed()) events.push({event: 'step-undone', step: undone, left: []});
			events.push({event: 'run-finished', outcome: script.outcome ?? 'undone', error, left: []});
			return stamped(events);
		}
		if (kind === 'smoke-test' && script.verdict !== null)
			events.push({event: 'verdict', verdict: script.verdict ?? verdict});
		events.push({event: 'step-done', step: id, ms: total > 0 ? 36_000 : 120});
		done.push(id);
	}
	const outcome = script.outcome ?? 'done';
	const error = outcome === 'unproven' ? unproven(script.verdict ?? null) : null;
	events.push({event: 'run-finished', outcome, error, left: []});
	return stamped(events);
}

export const failure = {
	exit: 'undone' as const,
	message: 'containerd did not come back after its restart.',
	why: 'Its configuration was accepted, but the unit failed to start within 30 seconds.',
	remedy: ['Look at `journalctl -u containerd`, then run kata-setup again.'],
	evidence: ['containerd.service: Failed with result "exit-code".'],
};

export const failedVerdict: SmokeVerdict = {
	outcome: 'failed',
	sentence: 'The container did not start.',
	evidence: [{label: 'boot id', found: 'the container never answered', proves: false}],
	control: {outcome: 'told-apart', detail: "under runc the boot id is the host's"},
	cause: "QEMU ended at once: /dev/shm has less room than the guest's memory.",
	log: ['qemu-system-x86_64: unable to map backing store for guest RAM: Cannot allocate memory'],
	remedy: ['Make /dev/shm larger than 2 GB, or choose Cloud Hypervisor, which does not use it.'],
	startMs: null,
};
