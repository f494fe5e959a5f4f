/** What stays on the normal screen when the wizard has closed: a few plain lines, no styles. */
import {guidanceOf} from '../src/plan/explain.ts';
import type {Journey} from './journey/state.ts';
import {headline} from './result.ts';
import {clean} from './text.ts';
import type {Glyphs} from './theme.ts';

export function summaryOf(state: Journey, glyphs: Glyphs): string[] {
	return linesOf(state).map(line => clean(line, glyphs));
}

function linesOf(state: Journey): string[] {
	const {run, end, rehearsal} = state;
	const real = rehearsal === null;
	if (end?.kind === 'detached')
		return [
			run
				? `The run ${run.run} goes on in the background. Type kata-setup to see it again.`
				: 'A run was just being started. Type kata-setup to see whether it goes on.',
		];
	const rehearsed = real
		? []
		: [`This was a rehearsal in ${rehearsal.root}, which you can delete. Nothing else on this host was changed.`];
	if (run?.phase !== 'finished') return real ? ['Nothing was changed on this host.'] : rehearsed;
	const lines = [`${headline(run, !real)}.`];
	const {verdict, error} = run;
	const reasons = [
		run.outcome === 'undone' ? null : verdict?.sentence,
		error?.message,
		error?.why,
		verdict?.cause,
	].filter(words => words !== null && words !== undefined);
	// The error of a run that proved nothing is made of the verdict.
	lines.push(...new Set(reasons));
	for (const remedy of error?.remedy ?? verdict?.remedy ?? []) lines.push(`  ${remedy}`);
	for (const left of run.left) lines.push(`left as it is: ${left}`);
	if (real && run.outcome === 'done') lines.push(...guidanceLines(state));
	return [...lines, ...rehearsed];
}

function guidanceLines(state: Journey): string[] {
	const sections = state.planning.plan ? guidanceOf(state.planning.plan) : [];
	// Commands stand alone, so that they can be copied; a terminal wraps them without breaking them.
	return sections.flatMap(({title, lines}) => [
		'',
		`${title}:`,
		...lines.map(({label, text, command}) => (command ? `  ${text}` : `  ${label}: ${text}`)),
	]);
}
