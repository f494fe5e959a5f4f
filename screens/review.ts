/** Review: the complete plan before anything is touched. */
import {titleOfPair} from '../src/catalogue/availability.ts';
import type {Facts} from '../src/facts/facts.ts';
import {formatBytes} from '../src/format.ts';
import {type ChosenOptions, choiceOptionEntry, choiceOptions, valueWords} from '../src/kataconfig/option-choices.ts';
import {settingsWords} from '../src/kataconfig/setting-words.ts';
import {ourPrefix} from '../src/layout.ts';
import {commandIn} from '../src/plan/command.ts';
import {engineChangeOf, totalsOf} from '../src/plan/explain.ts';
import type {Plan, Step} from '../src/plan/plan.ts';
import {ends, span, Writer} from './doc.ts';
import {pairOf, unverifiedArchives} from './journey/questions.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import {writeReport} from './report.ts';
import type {Tone} from './theme.ts';
import {verbWords} from './verb-words.ts';
import type {ScreenView} from './view.ts';

export function reviewView(state: Journey, look: Look): ScreenView {
	const {plan} = state.planning;
	const problem = state.starting.error ?? state.planning.error;
	if (problem) return failedView(state, look);
	if (!plan || state.starting.state === 'busy') return waitingView(state, look);
	const {rest} = state.planning;
	if (plan.steps.length === 0) return soAlreadyView(state, plan, look);
	const writer = new Writer(look);
	const entry = (index: number, text: string, right: string) => {
		const here = state.reviewCursor === index;
		const left = [
			span(here ? `${look.glyphs.cursor} ` : '  ', 'accent'),
			span(writer.clean(text), here ? 'accent' : 'plain'),
		];
		writer.entry().lines.push(ends(left, right === '' ? [] : [span(right, 'dim')], writer.width, look));
	};
	entry(0, commandOf(state), '');
	if (!look.compact) writer.blank();
	const left = rest ? {...plan, steps: plan.steps.filter(({id}) => !rest.done.includes(id))} : plan;
	writer.rows(summaryOf(left, state), 2);
	for (const note of plan.notes) writer.bullet(span(look.glyphs.warning, 'warn'), note, 'plain');
	if (!look.compact) writer.blank();
	const digits = String(plan.steps.length).length;
	plan.steps.forEach((step, index) => {
		entry(
			index + 1,
			`${String(index + 1).padStart(digits)} ${step.title}`,
			rest?.done.includes(step.id) ? 'done' : costOf(step),
		);
	});
	return {
		title: rest
			? `What is left: ${left.steps.length} of ${plan.steps.length} steps`
			: 'The plan; nothing is changed yet',
		aside: asideOf(state, plan, look),
		body: {kind: 'list', doc: writer.doc(), cursor: state.reviewCursor},
	};
}

/** Finishing has a command of its own: the plan's would begin anew. */
const commandOf = ({planning: {plan, rest}, rehearsal}: Journey): string =>
	commandIn(
		rest ? `kata-setup finish --yes${rest.plan.rehearsal ? ' --rehearse' : ''}` : (plan?.command ?? ''),
		rehearsal?.root ?? null,
	);

/** Nothing differs from what was chosen: there is nothing to say yes to. */
function soAlreadyView(state: Journey, plan: Plan, look: Look): ScreenView {
	const writer = new Writer(look);
	writer.text(
		plan.verb === 'repair'
			? 'Nothing drifted: all of it is as it was left. Nothing was changed.'
			: 'What you chose is what is installed. Nothing has to be changed, and nothing was.',
	);
	for (const note of plan.notes) writer.bullet(span(look.glyphs.warning, 'warn'), note, 'plain');
	return {
		title: 'It is so already',
		aside: asideOf(state, plan, look),
		body: {kind: 'page', doc: writer.doc(), top: 0},
	};
}

export function asideOf(state: Journey, plan: Plan | null, look: Look): string {
	if (state.verb !== 'install' && !plan?.choice)
		return state.facts?.installation ? `Kata ${state.facts.installation.version}` : '';
	const pair = plan?.choice ?? pairOf(state);
	const version = plan?.choice ? ` ${look.glyphs.dot} ${plan.choice.release.version}` : '';
	return `${pair.runtime} ${look.glyphs.dot} ${titleOfPair(pair)}${version}`;
}

function costOf({cost}: Step): string {
	if (cost.downloadBytes > 0) return formatBytes(cost.downloadBytes);
	return cost.diskBytes > 0 ? `${formatBytes(cost.diskBytes)} on disk` : '';
}

/** What a guest gets otherwise than Kata ships it; null: nothing. */
function guestWords({choice}: Plan): string | null {
	const set: ChosenOptions = {
		...(choice?.guestMemoryMiB === undefined ? {} : {'guest-memory': choice.guestMemoryMiB}),
		...choice?.options,
	};
	const words = choiceOptions.flatMap(name => {
		const value = set[name];
		return value === undefined ? [] : [`${choiceOptionEntry(name).title} ${valueWords(name, value)}`];
	});
	return words.length === 0 ? null : words.join('; ');
}

function summaryOf(plan: Plan, state: Journey): {label: string; value: string; tone?: Tone}[] {
	const totals = totalsOf(plan);
	const rows: {label: string; value: string; tone?: Tone}[] = [];
	const unverified = unverifiedArchives(plan);
	if (plan.steps.some(({kind}) => kind === 'fetch-archive')) {
		const more = totals.unknownSize ? ', and an archive of unknown size' : '';
		rows.push(
			{
				label: 'Download',
				value: totals.downloadBytes > 0 ? formatBytes(totals.downloadBytes) + more : `nothing${more}`,
			},
			...(totals.diskBytes > 0
				? [{label: 'Disk', value: `about ${formatBytes(totals.diskBytes)} in ${ourPrefix}`}]
				: []),
			unverified.length > 0
				? {label: 'Verified', value: `no: no digest was published for ${unverified.join(', ')}`, tone: 'bad'}
				: {label: 'Verified', value: 'SHA-256 of every archive, before anything of it is unpacked'},
		);
	}
	const guest = guestWords(plan);
	if (guest) rows.push({label: 'Guest', value: guest});
	if (plan.settings) rows.push({label: 'Yours', value: settingsWords(plan.settings)});
	const engine = engineChangeOf(plan);
	if (plan.verb !== 'test') rows.push({label: 'Engine', value: engine ?? 'its configuration is not touched'});
	rows.push({
		label: 'Root',
		value: state.rehearsal ? 'not needed: everything goes into a throwaway root' : rootOf(state),
	});
	const {undo} = verbWords[plan.verb];
	if (undo !== undefined) rows.push({label: 'Undo', value: undo});
	return rows;
}

const rootWords: Record<Facts['privileges']['root'], (by: string) => string> = {
	root: () => 'all steps run as root; you are root',
	passwordless: by => `all steps run as root, through ${by}, without a password`,
	password: by => `all steps run as root; ${by} asks for your password once, after you say yes`,
	none: () => 'all steps need root, and neither root, sudo nor doas is to be had here',
	unknown: by => `all steps run as root; whether ${by} gives it is seen when it is asked`,
};
/** What these undo or go on with stands in the journal, which only root may read: sudo was asked before there was a plan. */
const askedBefore = ({plan, rest}: Journey['planning']): boolean =>
	rest !== null || ['uninstall', 'undo', 'repair'].includes(plan?.verb ?? '');

const rootOf = ({facts, planning}: Journey): string => {
	const {root = 'unknown', by = 'sudo'} = facts?.privileges ?? {};
	if (root === 'password' && askedBefore(planning)) return `all steps run as root, through ${by}`;
	return rootWords[root](by);
};

function waitingView(state: Journey, look: Look): ScreenView {
	const writer = new Writer(look);
	const starting = state.starting.state === 'busy';
	writer.text(starting ? 'Starting the worker that carries out the plan.' : state.planning.said, 'dim', 2);
	return {
		title: `${starting ? 'Starting' : 'Making the plan'}${look.glyphs.more}`,
		aside: asideOf(state, state.planning.plan, look),
		body: {kind: 'page', doc: writer.doc(), top: 0},
	};
}

function failedView(state: Journey, look: Look): ScreenView {
	const error = state.starting.error ?? state.planning.error;
	const writer = new Writer(look);
	if (error) writeReport(writer, error);
	return {
		title: state.starting.error
			? 'The run was not started; nothing was changed'
			: error?.exit === 'sandboxes'
				? 'Sandboxes still run; nothing was changed'
				: 'There is no plan; nothing was changed',
		aside: asideOf(state, state.planning.plan, look),
		body: {kind: 'page', doc: writer.doc(), top: state.resultTop},
	};
}

/** The command line that does the same without the wizard. */
export function commandView(state: Journey, top: number, look: Look): ScreenView {
	const {plan} = state.planning;
	const writer = new Writer(look);
	writer.text('Typed on this host, it makes the same plan and carries it out without a question:').blank();
	writer.command(commandOf(state)).blank();
	writer.text('Plan', 'dim').verbatim(plan?.hash ?? '', 'plain', 2);
	return {title: 'The command that does the same', aside: '', body: {kind: 'page', doc: writer.doc(), top}};
}

/** Bytes that nobody vouches for are a decision of its own. */
export function unverifiedView(state: Journey, top: number, look: Look): ScreenView {
	const writer = new Writer(look);
	for (const name of unverifiedArchives(state.planning.plan))
		writer.bullet(span(look.glyphs.failed, 'bad'), name, 'strong');
	writer
		.blank()
		.text(
			'Nobody published a digest for this that kata-setup knows, so nothing shows that these are the bytes Kata released. They would run as root on this host.',
		)
		.blank()
		.text('If you know the digest, go back, quit, and give it with --sha256.');
	return {title: 'These bytes cannot be verified', aside: '', body: {kind: 'page', doc: writer.doc(), top}};
}
