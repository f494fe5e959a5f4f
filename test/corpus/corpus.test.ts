/** Every recorded host through the real probes and judgements: what they find is what is true of it. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it, vi} from 'vitest';
import type {Finding} from '../../src/facts/findings.ts';
import {play} from './play.ts';
import {loadRecording, recordingNames} from './recording.ts';

// The library that fills gaps looks at the machine of the test, not at the recorded one.
vi.mock('systeminformation', () => ({default: {}}));

const textOf = ({summary, detail, sources, remedy, command}: Finding): string =>
	[summary, ...detail, ...sources, ...remedy, command ?? ''].join('\n');

it('holds at least forty hosts, and its index says of each what it is and whether it is real', () => {
	expect(recordingNames.length).toBeGreaterThanOrEqual(40);
	const index = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8').replaceAll(/ +/g, ' ');
	const [real = '', constructed = ''] = index.split('## Real')[1]?.split('## Constructed') ?? [];
	for (const file of recordingNames) {
		const {name, origin, from} = loadRecording(file);
		expect(from, file).not.toBe('');
		expect(origin === 'real' ? real : constructed).toContain(`| ${file} | ${name} | ${from}`);
		expect(origin === 'real' ? constructed : real, file).not.toContain(`| ${file} |`);
	}
});

describe.each(recordingNames)('%s', name => {
	const recording = loadRecording(name);
	const {expect: truth} = recording;

	it(`is judged as what it is: ${recording.name}`, async () => {
		const {facts, findings, pairs} = await play(recording);
		expect(facts.unread?.map(({probe}) => probe)).toEqual(truth.unread ?? []);
		const severities = Object.fromEntries(
			Object.keys(truth.findings).map(id => [id, findings.find(finding => finding.id === id)?.severity ?? null]),
		);
		expect(severities).toEqual(truth.findings);
		for (const [pair, outlook] of Object.entries(truth.pairs ?? {})) expect(pairs[pair], pair).toBe(outlook);
		for (const [id, words] of Object.entries(truth.says ?? {})) {
			const text = findings
				.filter(finding => finding.id === id)
				.map(textOf)
				.join('\n');
			for (const word of [words].flat()) expect(text, id).toContain(word);
		}
	});
});
