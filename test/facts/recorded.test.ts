import {describe, expect, it} from 'vitest';
import {KataSetupError} from '../../src/errors.ts';
import {parseFacts} from '../../src/facts/recorded.ts';
import {sampleFacts} from '../support/facts.ts';

/** The sample as JSON, changed at one place. */
function recordedWith(change: (facts: Record<string, never>) => void): unknown {
	const facts = JSON.parse(JSON.stringify(sampleFacts())) as Record<string, never>;
	change(facts);
	return facts;
}

function refusal(recorded: unknown): KataSetupError['report'] {
	try {
		parseFacts(recorded);
	} catch (error) {
		if (error instanceof KataSetupError) return error.report;
		throw error;
	}
	throw new Error('it was accepted');
}

describe('recorded facts', () => {
	it('are the facts alone, or the whole document of `check --json`', () => {
		const facts = JSON.parse(JSON.stringify(sampleFacts())) as unknown;
		expect(parseFacts(facts)).toEqual(sampleFacts());
		expect(parseFacts({facts, findings: [], pairs: []})).toEqual(sampleFacts());
	});

	it('keep what is optional, and carry along what is not known', () => {
		const facts = {...sampleFacts({unread: [{probe: 'cpu', why: 'x'}]}), novelty: 1};
		expect(parseFacts(facts)).toEqual(facts);
	});

	it('of a newer schema are not guessed at', () => {
		const {exit, message, why} = refusal({...sampleFacts(), schema: 2});
		expect(exit).toBe('usage');
		expect(message).toContain('schema 2');
		expect(why).toContain('newer');
		expect(refusal({...sampleFacts(), schema: undefined}).message).toContain('`schema`');
	});

	it.each([
		['kvm', recordedWith(facts => delete facts.kvm)],
		['cpu.count', recordedWith(facts => Object.assign(facts.cpu ?? {}, {count: 'eight'}))],
		['cpu.count', recordedWith(facts => Object.assign(facts.cpu ?? {}, {count: -1}))],
		['kvm.state', recordedWith(facts => Object.assign(facts.kvm ?? {}, {state: 'sometimes'}))],
		['devices[1].module', recordedWith(facts => Object.assign(facts.devices?.[1] ?? {}, {module: null}))],
		[
			'containerd[0].config.imports',
			recordedWith(facts =>
				Object.assign(facts.containerd?.[0] ?? {}, {
					config: {
						...sampleFacts().containerd[0]?.config,
						imports: 'x',
					},
				}),
			),
		],
		['paths["/opt"]', recordedWith(facts => Object.assign(facts, {paths: {'/opt': 1}}))],
		['installation', recordedWith(facts => Object.assign(facts, {installation: []}))],
	])('that are wrong at %s are refused by that name', (field, recorded) => {
		const {exit, message, remedy} = refusal(recorded);
		expect(exit).toBe('usage');
		expect(message).toContain(`\`${field}\``);
		expect(remedy.join()).toContain('check --json');
		expect(refusal({facts: recorded}).message).toContain(`\`facts.${field}\``);
	});

	it.each([
		[['kvm', 'state'], 'sometimes', '`kvm.state` is "sometimes", but has to be one of opens, missing'],
		[['cpu', 'count'], -1, '`cpu.count` is -1, but has to be a number, not below 0.'],
		[['cpu', 'model'], 3, '`cpu.model` is 3, but has to be a text or null.'],
		[['memory', 'shm'], 'big', '`memory.shm` is "big", but has to be an object or null.'],
		[['memory', 'shm'], {totalBytes: 1}, '`memory.shm.freeBytes` is not there, but has to be a number, not below 0.'],
		[['systemd'], 'yes', '`systemd` is "yes", but has to be true or false.'],
		[['space'], {}, '`space` is {}, but has to be a list.'],
	])('say of %j what was found and what it has to be', (path, value, words) => {
		const recorded = recordedWith(facts => {
			let inner: Record<string, unknown> = facts;
			for (const name of path.slice(0, -1)) inner = inner[name] as Record<string, unknown>;
			inner[path.at(-1) ?? ''] = value;
		});
		expect(refusal(recorded).message).toContain(words);
	});

	it.each([[null], [[]], ['text'], [3]])('are not %j', recorded => {
		expect(refusal(recorded).exit).toBe('usage');
	});
});
