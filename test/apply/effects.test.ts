/** Whatever a run asks of its host, to the last call, is among the effects that its plan declares. */
import {basename} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {stateFolder} from '../../src/layout.ts';
import {effectsOf, mayChange} from '../../src/plan/effects.ts';
import {makeStep} from '../../src/plan/make-step.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {type FaultVerb, prepareVerbs} from './fault-runs.ts';

/** The calls of `Files` that change something. */
const changing = [
	...['write', 'append', 'makeDirectory', 'link', 'sweep', 'rename', 'remove', 'removeDirectory', 'removeTree'],
	...['chmod', 'writeStream'],
];
/** What preconditions ask, which changes nothing. */
const askedBy = ({steps}: Plan): string[] => [
	...['uname', 'systemctl'],
	...steps.flatMap(({pre}) => pre.flatMap(one => (one.kind === 'containerd' ? ['containerd'] : []))),
];

let verbs: FaultVerb[];
let close: () => Promise<void>;
beforeAll(async () => {
	({verbs, close} = await prepareVerbs());
}, 60_000);
afterAll(() => close());

const isOurState = (path: string): boolean => path === stateFolder || path.startsWith(`${stateFolder}/`);

/** Calls and differences that the plan did not declare. */
function undeclared({plan, calls, before, after}: FaultVerb): string[] {
	const effects = effectsOf(plan);
	const programs = [...effects.programs.map(program => basename(program)), ...askedBy(plan)];
	const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
		path => before[path] !== after[path],
	);
	return [
		...calls
			.filter(({call, path}) => changing.includes(call) && !isOurState(path) && !mayChange(effects, path))
			.map(({call, path}) => `${call} ${path}`),
		...calls
			.filter(({call, path}) => call === 'run' && !programs.includes(basename(path)))
			.map(({path}) => `run ${path}`),
		...changed.filter(path => !mayChange(effects, path)).map(path => `changed ${path}`),
	];
}

describe('the effects of a plan', () => {
	it.each(['install', 'switch', 'uninstall'])('hold all that %s does', name => {
		const verb = verbs.find(candidate => candidate.name === name) as FaultVerb;
		expect(verb.calls.filter(({call}) => changing.includes(call)).length).toBeGreaterThan(20);
		expect(undeclared(verb)).toEqual([]);
	});

	it.each(['install', 'switch', 'uninstall'])('show what %s did without a word in its plan', name => {
		const verb = verbs.find(candidate => candidate.name === name) as FaultVerb;
		for (const left of verb.plan.steps) {
			if (['make-directory', 'smoke-test', 'fetch-archive'].includes(left.kind === 'undo' ? left.args.of : left.kind))
				continue;
			const plan: Plan = {...verb.plan, steps: verb.plan.steps.filter(step => step !== left)};
			expect(undeclared({...verb, plan}), left.id).not.toEqual([]);
		}
	});

	it('name what a download and a smoke test connect to and start', () => {
		const words = {of: 'x', title: 'x', why: 'x', undo: null};
		const archive = {
			name: 'a.tar.zst',
			url: 'https://example.org/a.tar.zst',
			file: null,
			size: 1,
			sha256: null,
			digestSource: 'none',
			compression: 'zst',
			carries: [],
		} as const;
		const fetch = makeStep(
			'fetch-archive',
			{archive: {...archive, carries: []}, into: '/d/a', allowUnverified: true},
			words,
		);
		const effects = effectsOf({steps: [fetch]} as unknown as Plan);
		expect(effects).toMatchObject({paths: ['/d/a', '/d/a.part'], connections: ['https://example.org/a.tar.zst']});
		expect(mayChange(effects, '/d/.a.kata-setup-12-3')).toBe(true);
		expect(mayChange(effects, '/d')).toBe(true);
		expect(mayChange(effects, '/d/b')).toBe(false);
	});
});
