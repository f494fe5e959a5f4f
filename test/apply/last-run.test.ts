/** The last run that ended has one truth, in both places of the summary. */
import {describe, expect, it} from 'vitest';
import type {JournalRecord, UnstampedRecord} from '../../src/apply/journal-records.ts';
import {agreeing} from '../../src/apply/last-run.ts';
import {foldJournal, installationOf} from '../../src/apply/receipt.ts';
import type {LastRun, Summary} from '../../src/apply/summary.ts';
import type {ErrorReport, ExitName} from '../../src/errors.ts';
import type {Verb} from '../../src/plan/plan.ts';
import {sampleChoice} from '../support/facts.ts';

const report = (exit: ExitName, message: string): ErrorReport => ({
	exit,
	message,
	why: 'Because.',
	remedy: ['Mend it.'],
	evidence: ['password = "x"'],
});
const at = (minute: number): string => `2026-11-23T08:0${minute}:00.000Z`;

/** A run's records, of the minute in its name. */
function ran(minute: number, verb: Verb, ...records: UnstampedRecord[]): JournalRecord[] {
	const begin: UnstampedRecord = {
		record: 'begin',
		verb,
		kataSetup: '0.1.0',
		planHash: 'h',
		choice: verb === 'install' ? sampleChoice() : null,
		by: 'ops',
		bootId: 'b',
	};
	return [begin, ...records].map((record, index) => ({
		...record,
		schema: 1,
		sequence: 10 * minute + index,
		at: at(minute),
		run: `r${minute}`,
	})) as JournalRecord[];
}

const link: UnstampedRecord[] = [
	{record: 'intent', step: 'l', kind: 'link', title: 't', args: {path: '/opt/kata', target: 'x'}, inverse: null},
	{record: 'done', step: 'l'},
];
const installed = ran(1, 'install', ...link, {record: 'end', outcome: 'done'});
const failed = (verb: Verb, error: ErrorReport): JournalRecord[] =>
	ran(2, verb, {record: 'failed', step: 's', error}, {record: 'end', outcome: 'undone'});
const cutShort = ran(3, 'switch', ...link.slice(0, 1));

function summaryOf(records: JournalRecord[], kept: LastRun | null): Summary {
	const receipt = foldJournal(records);
	return agreeing({schema: 1, installation: installationOf(receipt), lastRun: kept, sequence: receipt.sequence});
}
const broken = report('release', 'The archive of https://ops:secret@mirror.example/kata is broken.');

describe('the last run that ended', () => {
	it.each([
		['is told by the journal, where a run was cut short since and the summary has none', null],
		[
			'is told by the journal, where a killed worker left the summary with the one before',
			{run: 'r1', verb: 'test', at: at(1), outcome: 'undone', error: report('host', 'Another.')} as const,
		],
	])('%s', (_, kept) => {
		const {installation, lastRun} = summaryOf([...installed, ...failed('upgrade', broken), ...cutShort], kept);
		const same = {run: 'r2', verb: 'upgrade', at: at(2), outcome: 'undone'};
		expect(installation?.unfinished?.run).toBe('r3');
		expect(installation?.lastRun).toMatchObject({...same, error: {exit: 'release'}});
		expect(lastRun).toMatchObject({...same, error: {exit: 'release'}});
	});

	it('has its reason in short with the installation, without passwords and evidence, and whole beside it', () => {
		const kept: LastRun = {run: 'r2', verb: 'upgrade', at: at(4), outcome: 'undone', error: broken};
		const {installation, lastRun} = summaryOf([...installed, ...failed('upgrade', broken)], kept);
		expect(lastRun).toEqual({...kept, at: at(2)});
		expect(installation?.lastRun).toEqual({
			...kept,
			at: at(2),
			error: {exit: 'release', message: 'The archive of https://REDACTED@mirror.example/kata is broken.'},
		});
	});

	it('has a reason that the summary alone knows in both places', () => {
		const error = report('host', 'Not everything that drifted could be made right.');
		const kept: LastRun = {run: 'r2', verb: 'repair', at: at(2), outcome: 'done', error};
		const repaired = ran(2, 'repair', {record: 'end', outcome: 'done'});
		const {installation, lastRun} = summaryOf([...installed, ...repaired], kept);
		expect(lastRun?.error).toEqual(error);
		expect(installation?.lastRun?.error).toEqual({exit: 'host', message: error.message});
	});

	it('has no reason of an attempt before, when it was gone on with to its end', () => {
		const resumed = ran(
			2,
			'upgrade',
			{record: 'failed', step: 's', error: broken},
			{record: 'end', outcome: 'incomplete'},
			{record: 'resumed', kataSetup: '0.1.0', by: 'ops', bootId: 'b'},
			{record: 'end', outcome: 'undone'},
		);
		expect(summaryOf([...installed, ...resumed], null).lastRun).toMatchObject({outcome: 'undone', error: null});
	});

	it('is left as it was written where an older kata-setup did not name the run', () => {
		const {installation, ...rest} = summaryOf(installed, null);
		if (!installation) throw new Error('there is one');
		const old: Summary = {
			...rest,
			installation: {...installation, lastRun: {verb: 'install', at: at(1), outcome: 'done'}},
			lastRun: {run: 'r1', verb: 'install', at: at(1), outcome: 'done', error: null},
		};
		expect(agreeing(old)).toEqual(old);
	});
});
