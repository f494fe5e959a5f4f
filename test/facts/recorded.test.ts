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

	it('keep what is optional and leave out what is not known', () => {
		const unread = [{probe: 'cpu', why: 'x'}];
		expect(parseFacts({...sampleFacts({unread}), novelty: 1})).toEqual(sampleFacts({unread}));
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

	it.each([[null], [[]], ['text'], [3]])('are not %j', recorded => {
		expect(refusal(recorded).exit).toBe('usage');
	});
});
