import {describe, expect, it} from 'vitest';
import type {JournalRecord, UnstampedRecord} from '../../src/apply/journal-records.ts';
import {foldJournal, installationOf, sequenceOf} from '../../src/apply/receipt.ts';
import type {StepKind, Verb} from '../../src/plan/plan.ts';
import {sampleChoice} from '../support/facts.ts';

const records = (run: string, list: UnstampedRecord[], from = 1): JournalRecord[] =>
	list.map(
		(record, index) =>
			({
				schema: 1,
				sequence: from + index,
				at: `2026-11-23T08:00:0${index % 10}.000Z`,
				run,
				...record,
			}) as JournalRecord,
	);

const begin = (verb: Verb): UnstampedRecord => ({
	record: 'begin',
	verb,
	kataSetup: '0',
	planHash: 'h',
	choice: verb === 'install' ? sampleChoice() : null,
	by: 'ops',
	bootId: 'b',
});
const intent = (step: string, kind: StepKind = 'link', args: unknown = {}): UnstampedRecord => ({
	record: 'intent',
	step,
	kind,
	title: step,
	args,
	inverse: null,
});
const done = (step: string): UnstampedRecord => ({record: 'done', step});
const end = (outcome: 'done' | 'undone' | 'incomplete' | 'unproven'): UnstampedRecord => ({record: 'end', outcome});

const link = intent('link:/opt/kata', 'link', {path: '/opt/kata', target: 'kata-setup/trees/t'});
const installed = records('r1', [
	begin('install'),
	link,
	done('link:/opt/kata'),
	intent('c', 'containerd-config', {handler: 'kata', edits: []}),
	done('c'),
	intent('smoke', 'smoke-test'),
	done('smoke'),
	end('done'),
]);

describe('foldJournal', () => {
	it('tells what stands after an install', () => {
		const receipt = foldJournal(installed);
		expect(receipt.standing.map(({step}) => step)).toEqual(['link:/opt/kata', 'c']);
		expect(receipt.unfinished).toBeNull();
		expect(installationOf(receipt)).toMatchObject({
			version: '4.1.0',
			runtime: 'rust',
			hypervisor: 'qemu',
			tree: '/opt/kata-setup/trees/t',
			handler: 'kata',
			unfinishedRun: null,
			sequence: 8,
		});
	});

	it('counts a step that was announced and not finished as standing', () => {
		const receipt = foldJournal(records('r1', [begin('install'), link]));
		expect(receipt.standing).toMatchObject([{step: 'link:/opt/kata', done: false}]);
		expect(receipt.unfinished?.run).toBe('r1');
		expect(installationOf(receipt)?.unfinishedRun).toBe('r1');
	});

	it.each(['prove-host', 'smoke-test', 'drop-download'] as const)(
		'counts a step that leaves nothing behind as standing only while it is not through: %s',
		kind => {
			const cut = records('r1', [begin('install'), intent('x', kind)]);
			expect(foldJournal(cut).standing).toMatchObject([{step: 'x', done: false}]);
			expect(foldJournal([...cut, ...records('r1', [done('x')], 3)]).standing).toEqual([]);
		},
	);

	it('forgets what was undone', () => {
		const undone: UnstampedRecord = {record: 'undone', ofRun: 'r1', step: 'link:/opt/kata', left: []};
		const receipt = foldJournal(records('r1', [begin('install'), link, undone, end('undone')]));
		expect(receipt.standing).toEqual([]);
		expect(receipt.unfinished).toBeNull();
		expect(installationOf(receipt)).toBeNull();
	});

	it('knows an uninstall that was cut short', () => {
		const cut = records('r2', [begin('uninstall'), {record: 'undone', ofRun: 'r1', step: 'c', left: []}], 9);
		const receipt = foldJournal([...installed, ...cut]);
		expect(receipt.standing.map(({step}) => step)).toEqual(['link:/opt/kata']);
		expect(receipt.unfinished).toMatchObject({run: 'r2', verb: 'uninstall'});
	});

	it('takes a run for undone whose end the disk had, though it said that it had not', () => {
		const another = intent('link:/opt/kata', 'link', {path: '/opt/kata', target: 'kata-setup/trees/other'});
		const back: UnstampedRecord[] = [
			end('done'),
			{record: 'undone', ofRun: 'r2', step: 'link:/opt/kata', left: []},
			end('undone'),
		];
		const changed = records('r2', [begin('switch'), another, done('link:/opt/kata'), ...back], 9);
		const receipt = foldJournal([...installed, ...changed]);
		expect(receipt.standing).toEqual(foldJournal(installed).standing);
		expect(receipt.runs.at(-1)).toMatchObject({run: 'r2', outcome: 'undone'});
	});

	describe('a fix', () => {
		const load = intent('load-module:vhost_vsock', 'load-module', {module: 'vhost_vsock', device: '/dev/vhost-vsock'});
		const fixed = records('r0', [begin('fix'), load, done('load-module:vhost_vsock'), end('done')]);

		it('stands, and is no installation', () => {
			const receipt = foldJournal(fixed);
			expect(receipt.standing.map(({step}) => step)).toEqual(['load-module:vhost_vsock']);
			expect(receipt).toMatchObject({installed: null, unfinished: null});
			expect(installationOf(receipt)).toBeNull();
			expect(sequenceOf(receipt)).toBe(4);
		});

		it('stands below an installation, and above one', () => {
			const below = foldJournal([...fixed, ...installed.map(record => ({...record, sequence: record.sequence + 4}))]);
			expect(below.standing.map(({step}) => step)).toEqual(['load-module:vhost_vsock', 'link:/opt/kata', 'c']);
			expect(installationOf(below)).toMatchObject({version: '4.1.0', unfinishedRun: null, sequence: 12});
			const above = foldJournal([
				...installed,
				...records('r2', [begin('fix'), load, done('load-module:vhost_vsock'), end('done')], 9),
			]);
			expect(above.installed?.run).toBe('r1');
			expect(installationOf(above)).toMatchObject({version: '4.1.0', sequence: 12});
		});

		it('that was cut short can be taken back, and keeps no installation from being one', () => {
			const cut = foldJournal([...installed, ...records('r2', [begin('fix'), load], 9)]);
			expect(cut.standing.at(-1)).toMatchObject({step: 'load-module:vhost_vsock', done: false});
			expect(installationOf(cut)).toMatchObject({version: '4.1.0', unfinishedRun: null});
		});

		it('that was undone leaves nothing', () => {
			const undone: UnstampedRecord = {record: 'undone', ofRun: 'r0', step: 'load-module:vhost_vsock', left: []};
			expect(sequenceOf(foldJournal(records('r0', [begin('fix'), load, undone, end('undone')])))).toBe(0);
		});
	});

	it('does not take a test of the installation for an installation', () => {
		const test = records('r2', [begin('test'), intent('smoke', 'smoke-test'), done('smoke'), end('unproven')], 9);
		const receipt = foldJournal([...installed, ...test]);
		expect(receipt.installed?.run).toBe('r1');
		expect(receipt.unfinished).toBeNull();
	});
});
