/** What stands around every screen: where am I above, which keys work below. */
import type {Facts} from '../src/facts/facts.ts';
import type {Verb} from '../src/plan/plan.ts';
import type {Binding} from './bindings.ts';
import {ends, type Line, type Span, span, lineWidth as widthOfLine} from './doc.ts';
import {chooses, choosesIn} from './journey/questions.ts';
import type {Journey, ScreenName} from './journey/state.ts';
import {capOf} from './keys.ts';
import type {Look} from './look.ts';
import {clean, widthOf} from './text.ts';
import {verbWords} from './verb-words.ts';
import type {ScreenView} from './view.ts';

/** Name, rehearsal, host; the journey; the question. */
export function headerLines(state: Journey, view: ScreenView, look: Look): Line[] {
	const question = clean(view.title, look.glyphs);
	const aside = clean(view.aside, look.glyphs);
	// Rather the whole question than a part of both.
	const both = aside !== '' && widthOf(question) + 2 + widthOf(aside) <= look.width;
	const title: Line[] = [ends([span(question, 'strong')], both ? [span(aside, 'dim')] : [], look.width, look)];
	const name: Span[] = [span('kata-setup', 'strong')];
	if (state.rehearsal) name.push(span('  '), span(' REHEARSAL ', 'mark'));
	if (look.compact) name.push(span('  '), ...stagesLine(state, {...look, width: 0}).slice(0, 2));
	// The mark of a rehearsal is never cut for the name of a host.
	const room = look.width - widthOfLine(name) - 2;
	const host = hostWords(state.facts, look).find(words => widthOf(words) <= room) ?? '';
	const top = ends(name, host === '' ? [] : [span(host, 'dim')], look.width, look);
	if (look.compact) return [top, ...title];
	return [top, stagesLine(state, look), [], ...title, []];
}

/** Name, machine and system of the host: all of them, and what to say where that is too much. */
function hostWords(facts: Facts | null, look: Look): string[] {
	if (!facts) return [];
	const {hostname, machine, os} = facts;
	const words = [hostname, machine, systemName(os)];
	return [3, 2, 1].map(count => clean(words.slice(0, count).join(` ${look.glyphs.dot} `), look.glyphs));
}

/** `Debian 12` for what calls itself `Debian GNU/Linux 12 (bookworm)`. */
function systemName({name, versionId}: Facts['os']): string {
	const short = name.replace(/ GNU\/Linux/, '').replace(/ \([^)]*\)$/, '');
	return versionId === null || short.includes(versionId) ? short : `${short} ${versionId}`;
}

interface Stage {
	readonly name: string;
	readonly screens: readonly ScreenName[];
}

/** The stages of a choice, by its first screen. */
const choosing: Readonly<Record<Journey['choiceFrom'], readonly Stage[]>> = {
	runtime: [
		{name: 'Runtime', screens: ['runtime']},
		{name: 'Hypervisor', screens: ['hypervisor', 'advanced', 'options']},
	],
	hypervisor: [{name: 'Hypervisor', screens: ['hypervisor', 'advanced', 'options']}],
	options: [{name: 'Options', screens: ['options']}],
};

/** What begins at the host; everything else begins at home, also the rest of a run. */
const fromHost: readonly Verb[] = ['install', 'adopt', 'fix'];

/** The stages of a verb. */
function stagesOf({verb, finishing, choiceFrom}: Journey): readonly Stage[] {
	return [
		{name: !finishing && fromHost.includes(verb) ? 'Host' : 'Home', screens: ['home', 'host']},
		...(choosesIn({verb, finishing}) ? choosing[choiceFrom] : []),
		{name: 'Review', screens: ['review']},
		{name: verbWords[verb].stage, screens: ['install']},
		{name: chooses(verb) ? 'Smoke test' : 'Result', screens: ['result']},
	];
}

/** The journey: what is behind, where we are, what comes. Where it does not fit: the number of the step. */
export function stagesLine(state: Journey, look: Look): Line {
	if (state.screen === 'home') return [span('Home', 'accent')];
	if (state.screen === 'host' && state.facts?.installation) return [span('Home, host', 'accent')];
	const all = stagesOf(state);
	const here = Math.max(0, stageIndex(state, all));
	const end = endOf(state, look);
	const line: Span[] = [];
	all.forEach(({name}, index) => {
		if (index > 0) line.push(span(` ${look.glyphs.link} `, 'dim'));
		if (index < here) line.push(span(`${name} `, 'plain'), span(look.glyphs.done, 'good'));
		else line.push(span(name, index === here ? 'accent' : 'dim'));
		if (index === here && end) line.push(span(' '), end);
	});
	if (widthOfLine(line) <= look.width) return line;
	const next = all[here + 1];
	return [
		span(`${here + 1} of ${all.length}  `, 'dim'),
		span(all[here]?.name ?? '', 'accent'),
		span(next ? `   next: ${next.name}` : '', 'dim'),
	];
}

function stageIndex(state: Journey, all: readonly Stage[]): number {
	const testing =
		chooses(state.verb) &&
		state.screen === 'install' &&
		state.run?.steps.some(({kind, state: step}) => kind === 'smoke-test' && step === 'running');
	// A run that came to nothing ended where it was carried out: what was undone is no stage behind us.
	const ended = state.screen === 'result' && cameToNothing(state) ? 'install' : state.screen;
	const screen = testing ? 'result' : ended;
	return all.findIndex(({screens}) => screens.includes(screen));
}

/** Verbs that are through when they are done: there is no container to prove. */
const provesNothing: readonly Verb[] = ['uninstall', 'undo', 'fix'];

const cameToNothing = ({run}: Journey): boolean => run?.outcome !== 'done' && run?.outcome !== 'unproven';

/** The mark of the last stage when the run is over; null where there is nothing to claim. */
function endOf(state: Journey, look: Look): Span | null {
	if (state.screen !== 'result') return null;
	const {run} = state;
	if (cameToNothing(state) || run?.outcome === 'unproven') return span(look.glyphs.failed, 'bad');
	if (run?.error) return span(look.glyphs.warning, 'warn');
	const proven = (run && provesNothing.includes(run.verb)) || run?.verdict?.outcome === 'vm';
	return proven ? span(look.glyphs.done, 'good') : null;
}

/** The keys that work here, in as many lines as they need; a little closer together if one line then does. */
export function footerLines(bindings: readonly Binding[], look: Look): Line[] {
	const keys = bindings.flatMap(({command, label}) =>
		label === null ? [] : [{cap: capOf(command, look.glyphs), label}],
	);
	const together = keys.reduce((sum, {cap, label}) => sum + widthOf(cap) + 1 + widthOf(label), 0);
	const gap = together + 3 * (keys.length - 1) <= look.width ? 3 : 2;
	const lines: Span[][] = [[]];
	let used = 0;
	for (const {cap, label} of keys) {
		const width = widthOf(cap) + 1 + widthOf(label);
		if (used > 0 && used + gap + width > look.width) {
			lines.push([]);
			used = 0;
		}
		const space = used > 0 ? [span(' '.repeat(gap))] : [];
		lines.at(-1)?.push(...space, span(cap, 'strong'), span(` ${label}`, 'dim'));
		used += space.length * gap + width;
	}
	return lines;
}
