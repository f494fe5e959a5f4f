/** Ends of a run that are no failure of a step, in words. Pure. */
import type {ErrorReport} from '../errors.ts';
import type {Plan, Verb} from '../plan/plan.ts';
import {waysOn} from '../plan/ways-on.ts';
import type {SmokeVerdict} from '../smoke/verdict.ts';

export const stoppedIn = (verb: Verb): ErrorReport => ({
	exit: 'incomplete',
	message: 'The run was stopped before its end, as it was asked to.',
	why: 'What it did so far stands.',
	remedy: waysOn(verb),
	evidence: [],
});

export const cancelled: ErrorReport = {
	exit: 'interrupted',
	message: 'The run was cancelled.',
	why: null,
	remedy: [],
	evidence: [],
};

/** @param verdict of the smoke test, which proved no VM; null: it gave none */
export const unproven = (verdict: SmokeVerdict | null): ErrorReport => ({
	exit: 'unproven',
	message: verdict?.sentence ?? 'The smoke test gave no verdict.',
	why: verdict?.cause ?? null,
	remedy: verdict?.remedy ?? [],
	evidence: verdict?.log ?? [],
});

/** The same where the journal alone tells of it. */
export const unprovenBy = (sentence: string): ErrorReport => ({...unproven(null), message: sentence});

/** What a repair leaves that is not as it should be; null: nothing, or it was no repair. */
export function unmendedIn({unmended = []}: Plan): ErrorReport | null {
	if (unmended.length === 0) return null;
	return {
		exit: 'host',
		message: 'Not everything that drifted could be made right.',
		why: unmended.map(reason => `${reason}.`).join(' '),
		remedy: ['Do what is said there, then: kata-setup repair'],
		evidence: [],
	};
}
