/** What the wizard knows and where it stands: plain data, changed by `journey.ts` alone. */
import type {RunEvent} from '../../src/apply/events.ts';
import type {PairAvailability} from '../../src/catalogue/availability.ts';
import type {Hypervisor, Runtime} from '../../src/catalogue/catalogue.ts';
import type {ErrorReport} from '../../src/errors.ts';
import type {Facts} from '../../src/facts/facts.ts';
import type {Finding} from '../../src/facts/findings.ts';
import type {Early} from '../../src/facts/looked.ts';
import type {ChosenOptions} from '../../src/kataconfig/option-choices.ts';
import type {Rest} from '../../src/plan/finish-run.ts';
import type {Plan, Verb} from '../../src/plan/plan.ts';
import type {Command} from '../keys.ts';
import type {RunView} from '../run-view.ts';
import type {Preset, WizardResult} from '../session.ts';

/** The screens in the order of the journey. */
export type ScreenName =
	| 'home'
	| 'host'
	| 'runtime'
	| 'hypervisor'
	| 'advanced'
	| 'options'
	| 'review'
	| 'install'
	| 'result';

/** A page lies over its screen and is closed with Esc. `top` is its first visible line. */
export type Page = {readonly top: number} & (
	| {readonly page: 'finding'; readonly finding: number}
	| {readonly page: 'step'; readonly step: number}
	/** Here `top` is the first visible row of the table, and `left` its first visible column. */
	| {readonly page: 'compare' | 'settings'; readonly left: number}
	| {
			readonly page:
				| 'outlook'
				| 'fine'
				| 'details'
				| 'why'
				| 'log'
				| 'unverified'
				| 'command'
				| 'installed'
				| 'unfinished';
	  }
);

/** Work that is under way outside the screens. `attempt` tells a late answer from the awaited one. */
export interface Pending {
	readonly attempt: number;
	readonly state: 'idle' | 'busy' | 'ready' | 'failed';
	readonly error: ErrorReport | null;
}

/** All that the wizard knows. */
export interface Journey {
	/** The throwaway root of a rehearsal, else null. */
	readonly rehearsal: {readonly root: string} | null;
	readonly screen: ScreenName;
	readonly page: Page | null;
	/** The question what shall become of a run that is going on; the chosen answer's index. */
	readonly leaving: {readonly cursor: number} | null;
	readonly verb: Verb;
	/** Whether the run that was not finished is looked at, or gone on with, by its own plan. */
	readonly finishing: boolean;
	readonly looking: Pending;
	/** What is found already while the host is being looked at; null before the first and after the last of it. */
	readonly early: Early | null;
	readonly facts: Facts | null;
	readonly findings: readonly Finding[];
	readonly pairs: readonly PairAvailability[];
	/** The answers that were given before the wizard: they come before what is recommended. */
	readonly preset: Preset;
	/** Where the cursor is on the choices; what is under it when Enter comes is the answer. */
	readonly runtime: Runtime;
	readonly hypervisor: Hypervisor;
	/** The variant of the hypervisor that was asked for or taken on Advanced; null: the plain one. */
	readonly variant: string | null;
	/** What a guest gets otherwise than by itself. */
	readonly options: ChosenOptions;
	readonly optionCursor: number;
	readonly advancedCursor: number;
	/** The first screen of the choice; Esc on it leads back to where the choice began. */
	readonly choiceFrom: 'runtime' | 'hypervisor' | 'options';
	/** Where Options was opened, and leads back to. */
	readonly optionsFrom: 'home' | 'hypervisor' | 'review';
	readonly homeCursor: number;
	readonly hostCursor: number;
	readonly reviewCursor: number;
	readonly resultTop: number;
	readonly planning: Pending & {
		readonly plan: Plan | null;
		/** Where the plan is that of an unfinished run: how far that came. */
		readonly rest: Rest | null;
		readonly said: string;
		readonly key: string;
	};
	readonly starting: Pending;
	readonly run: RunView | null;
	readonly cancelAsked: boolean;
	readonly stopAsked: boolean;
	readonly rehearseAsked: boolean;
	readonly end: Pick<WizardResult, 'kind' | 'exit'> | null;
}

/** How far the list or the page on the screen goes, as it is laid out now. */
export interface Extent {
	readonly entries: number;
	readonly maxTop: number;
	readonly rows: number;
	/** How far it goes to the right: only a table does. */
	readonly maxLeft?: number;
}

/** All that can change a journey: keys, answers from outside, time, a signal. */
export type Action =
	| {type: 'command'; command: Command; extent: Extent}
	| {type: 'highlight'; index: number}
	| {type: 'found'; attempt: number; early: Early}
	| {type: 'gathered'; attempt: number; facts: Facts; findings: Finding[]; pairs: PairAvailability[]}
	| {type: 'gather-failed'; attempt: number; error: ErrorReport}
	| {type: 'said'; attempt: number; line: string}
	| {type: 'planned'; attempt: number; plan: Plan; rest?: Rest}
	| {type: 'plan-failed'; attempt: number; error: ErrorReport}
	| {type: 'attached'}
	| {type: 'started'; attempt: number}
	| {type: 'start-failed'; attempt: number; error: ErrorReport}
	| {type: 'events'; events: readonly RunEvent[]}
	| {type: 'lost'; error: ErrorReport}
	| {type: 'rehearsal-failed'; error: ErrorReport}
	| {type: 'tick'; now: number}
	| {type: 'signal'};

const idle: Pending = {attempt: 0, state: 'idle', error: null};

/** The journey before its first look at the host. */
export function startOf(preset: Preset, rehearsal: {root: string} | null): Journey {
	return {
		rehearsal,
		screen: 'host',
		page: null,
		leaving: null,
		verb: 'install',
		finishing: false,
		looking: {attempt: 1, state: 'busy', error: null},
		early: null,
		facts: null,
		findings: [],
		pairs: [],
		preset,
		runtime: preset.runtime ?? 'rust',
		hypervisor: preset.hypervisor ?? 'qemu',
		variant: preset.variant ?? null,
		options: preset.options ?? {},
		optionCursor: 0,
		advancedCursor: 0,
		choiceFrom: 'runtime',
		optionsFrom: 'hypervisor',
		homeCursor: 0,
		hostCursor: 0,
		reviewCursor: 0,
		resultTop: 0,
		planning: {...idle, plan: null, rest: null, said: '', key: ''},
		starting: idle,
		run: null,
		cancelAsked: false,
		stopAsked: false,
		rehearseAsked: false,
		end: null,
	};
}
