/** What Review says of root: that it is asked for after the yes, but where reading the journal asked for it already. */
import {expect, it} from 'vitest';
import {startOf} from '../../screens/journey/state.ts';
import {lookFor} from '../../screens/look.ts';
import {reviewView} from '../../screens/review.ts';
import type {Rest} from '../../src/plan/finish-run.ts';
import type {Verb} from '../../src/plan/plan.ts';
import {facts} from './fixtures.ts';
import {plan} from './plan-fixtures.ts';

const rest: Rest = {run: 'r7', begun: '2026-11-20T09:05:00.000Z', by: 'ops', plan, done: [], failure: null};

function rootRow(verb: Verb, by: 'sudo' | 'doas', isRest = false): string | undefined {
	const state = startOf({}, null);
	const privileges = {uid: 1000, user: 'ops', root: 'password' as const, ...(by === 'doas' ? {by} : {})};
	const planning = {...state.planning, plan: {...plan, verb}, rest: isRest ? rest : null};
	const look = lookFor({columns: 120, rows: 40}, 'unicode');
	const {body} = reviewView({...state, facts: {...facts, privileges}, planning}, look);
	if (!('doc' in body)) throw new Error('Review is a text.');
	return body.doc.lines.map(line => line.map(({text}) => text).join('')).find(line => /^ *Root /.test(line));
}

it.each(['install', 'switch', 'upgrade', 'rollback', 'adopt', 'test', 'fix'] as const)(
	'of %s asks after the yes',
	verb => {
		expect(rootRow(verb, 'sudo')).toMatch(/sudo asks for your password once, after you say yes/);
	},
);

it.each(['uninstall', 'undo', 'repair'] as const)('of %s does not say that it will: the plan needed it', verb => {
	for (const by of ['sudo', 'doas'] as const) {
		const row = rootRow(verb, by);
		expect(row).toContain(`all steps run as root, through ${by}`);
		expect(row).not.toContain('password');
	}
});

it('of the rest of a run does not, either', () => {
	expect(rootRow('install', 'sudo', true)).toContain('all steps run as root, through sudo');
});
