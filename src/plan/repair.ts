/**
 * The receipt and what drifted from it → the plan that makes right only that. Pure. People's own files and edits stay; what
 * cannot be made right is named with its reason.
 */
import type {Receipt, StandingStep} from '../apply/receipt.ts';
import {KataSetupError} from '../errors.ts';
import type {ContainerdFacts, DriftFacts, DriftItem, Facts} from '../facts/facts.ts';
import {manifestOf} from '../release/manifest.ts';
import {requireInstallation} from './change.ts';
import {repairCommand} from './command.ts';
import {finishPlan} from './finish.ts';
import {engineFor, smokeSteps} from './parts/engine.ts';
import {mendEngine, withPool} from './parts/mend-engine.ts';
import {doneAgain, isAccess, mendOwned, pathsOf, setAccess} from './parts/mend-owned.ts';
import {mendProgram} from './parts/mend-program.ts';
import {mendScratch} from './parts/mend-scratch.ts';
import {type Materials, type Mending, mendTree, recordedAnew} from './parts/mend-trees.ts';
import {onHost} from './parts/on-host.ts';
import type {ContainerdConfigArguments, Plan, Step, StepArguments} from './plan.ts';

export interface RepairOptions {
	rehearsal: boolean;
	restartEngine: boolean;
	smokeTest: boolean;
	/** The local archives that the person named, for the command that does the same again; absent: none. */
	given?: readonly string[];
}

/**
 * @param facts with a deep look at what drifted; a receipt that has changed since is told by the plan's sequence
 * @returns a plan without steps where nothing drifted
 * @throws KataSetupError (`nothing`) without an installation; `incomplete` while a run is not finished; `host` if what
 * drifted could not be told, or nothing of it can be made right
 */
export function planRepair(facts: Facts, receipt: Receipt, materials: Materials, options: RepairOptions): Plan {
	const installation = requireInstallation(facts);
	const {drift} = facts;
	if (!drift)
		throw new KataSetupError('host', 'What drifted could not be told.', {
			why: facts.unread?.find(({probe}) => probe === 'drift')?.why ?? 'Nothing looked for it.',
			remedy: 'Run it again; if it stays so, look whether the disk answers.',
		});
	const notes: string[] = [];
	const reasons: string[] = [];
	const containerd = runningEngine(facts, notes);
	const choice = receipt.installed?.choice ?? null;
	const {changes, afterwards, atEnd} = changesFor(facts, receipt, materials, {drift, containerd, reasons, ...options});
	if (changes.length === 0 && reasons.length > 0) throw unmendable(reasons);
	const proof =
		changes.length > 0 && choice && containerd
			? smokeSteps(facts, {...choice, ...options}, containerd, installation.tree, notes)
			: [];
	// What is put back here need not be told to be unknown.
	const putsBack = changes.some(({kind}) => kind === 'containerd-config');
	const unjudged = drift.unjudged.filter(({path}) => !(putsBack && path === installation.handler));
	notes.push(
		...reasons.map(reason => `Not made right: ${reason}.`),
		...unjudged.map(({path, why}) => `Not judged: ${path}: ${why}.`),
		...drift.theirs.map(path => `${path} was changed since it was written for you: it is yours and stays.`),
	);
	const steps = [...changes, ...(changes.length > 0 ? [...afterwards, ...proof, ...atEnd] : [])];
	const footing = {machine: facts.machine, sequence: installation.sequence};
	return finishPlan(facts, {
		verb: 'repair',
		rehearsal: options.rehearsal,
		choice,
		steps: onHost(steps, {...footing, ...(needsEngine(steps) && containerd ? {containerd} : {})}),
		...(reasons.length > 0 ? {unmended: reasons} : {}),
		notes: steps.length === 0 ? notes.filter(note => note.startsWith('Not judged')) : notes,
		command: repairCommand(options, options.given ?? [], options.rehearsal),
	});
}

interface Wish extends RepairOptions {
	drift: DriftFacts;
	containerd: ContainerdFacts | null;
	reasons: string[];
}

/** In the order in which the things were made: folders before what lies in them, trees before what leads to them. */
function changesFor(facts: Facts, {standing}: Receipt, materials: Materials, wish: Wish) {
	const {drift, containerd, reasons, restartEngine} = wish;
	const changes: Step[] = [];
	const afterwards: Step[] = [];
	const atEnd: Step[] = [];
	const take = (mending: Mending): void => {
		changes.push(...mending.steps);
		afterwards.push(...mending.afterwards);
		atEnd.push(...mending.atEnd);
	};
	const engines = standing.filter(({kind, done}) => kind === 'containerd-config' && done);
	for (const step of standing.filter(({kind, done}) => done && kind !== 'containerd-config')) {
		if (step.kind === 'unpack-tree') {
			const {tree} = step.args as StepArguments['unpack-tree'];
			take(mendTree(step, ofTree(tree, drift), materials, reasons));
		} else if (step.kind === 'keep-program')
			changes.push(...mendProgram(step, drift.items, materials.program, reasons));
		else if (step.kind === 'adopt-tree') take(ofAdopted(step, drift, materials, reasons));
		else if (step.kind === 'scratch-file') take(ofScratch(step, drift, materials, reasons));
		else changes.push(...mendOne(step, drift, reasons));
	}
	const madePool = changes.some(({kind}) => kind === 'start-unit');
	for (const step of engines) {
		const engine = {containerd, restartEngine};
		// containerd sees the handler's section only while the pool is up: both come back together.
		const pooled = madePool ? withPool(facts, step, engine, reasons) : null;
		const items = ofEngine(step, drift.items).filter(({kind}) => kind !== 'handler' || pooled === null);
		const mended = mendEngine(facts, step, items, engine, reasons);
		const restarts = mended.some(({kind}) => kind === 'containerd-config');
		changes.push(...mended, ...(restarts || !pooled ? [] : pooled));
	}
	return {changes: once(changes), afterwards: once(afterwards), atEnd};
}

const ofTree = (tree: string, {items}: DriftFacts): DriftItem[] =>
	items.filter(item => item.path === tree || item.tree === tree);

/** There is no archive to mend it from, and its files are whose they were before; its record alone is ours. */
function ofAdopted(step: StandingStep, drift: DriftFacts, materials: Materials, reasons: string[]): Mending {
	const {tree} = step.args as StepArguments['adopt-tree'];
	const items = ofTree(tree, drift);
	const record = items.find(({path}) => path === manifestOf(tree));
	for (const {path} of items.filter(item => item !== record))
		reasons.push(
			`${path} is not as it was when the release was adopted, which came without an archive. Put it back, or bring the release anew: kata-setup upgrade`,
		);
	const nothing: Mending = {steps: [], afterwards: [], atEnd: []};
	if (!record) return nothing;
	if (record.kind === 'mode' || record.kind === 'owner')
		return {...nothing, steps: [setAccess(record.path, 0o644, record)]};
	return recordedAnew(step, record, materials, reasons) ?? nothing;
}

function ofScratch(step: StandingStep, {items}: DriftFacts, {snapshots}: Materials, reasons: string[]): Mending {
	const {path: file} = step.args as StepArguments['scratch-file'];
	const its = items.filter(({path}) => path === file);
	const broken = its.find(item => !isAccess(item) && item.kind !== 'type');
	if (!broken) return {steps: mendOwned(step, file, its, reasons), afterwards: [], atEnd: []};
	return {...mendScratch(step, broken, snapshots, reasons), afterwards: []};
}

function mendOne(step: StandingStep, {items}: DriftFacts, reasons: string[]): Step[] {
	const mends = pathsOf(step).flatMap(path => {
		const its = items.filter(item => item.path === path && item.tree === undefined);
		return its.length > 0 ? [mendOwned(step, path, its, reasons)] : [];
	});
	if (mends.length > 0 || step.kind !== 'kata-config') return mends.flat();
	// A copy of what is broken itself says nothing about the copy: it is made anew once that is mended.
	const {from, to} = step.args as StepArguments['kata-config'];
	const source = items.find(item =>
		item.path === from
			? item.kind !== 'mode' && item.kind !== 'owner'
			: item.kind === 'missing' && from.startsWith(`${item.path}/`),
	);
	return source ? [doneAgain(step, to, source)] : [];
}

function ofEngine({args}: StandingStep, items: readonly DriftItem[]): DriftItem[] {
	const {edits, handler} = args as ContainerdConfigArguments;
	return items.filter(({kind, path}) =>
		kind === 'handler' ? path === handler : edits.some(edit => edit.path === path),
	);
}

/** Two trees of one release need its archive once. */
const once = (steps: readonly Step[]): Step[] =>
	steps.filter(({id}, index) => steps.findIndex(step => step.id === id) === index);

const needsEngine = (steps: readonly Step[]): boolean =>
	steps.some(({kind}) => kind === 'containerd-config' || kind === 'smoke-test');

/** The containerd of the installation; null, with a note, where none is running: the rest is made right all the same. */
function runningEngine(facts: Facts, notes: string[]): ContainerdFacts | null {
	try {
		return engineFor(facts);
	} catch (error) {
		if (!(error instanceof KataSetupError)) throw error;
		notes.push(`No smoke test: ${error.message}`);
		return null;
	}
}

const unmendable = (reasons: readonly string[]): KataSetupError =>
	new KataSetupError('host', 'What drifted cannot be made right by a repair; nothing was changed.', {
		why: reasons.join('. '),
		remedy: [
			'Do what is said there, then: kata-setup repair',
			'Or take everything away and install anew: kata-setup uninstall',
		],
		evidence: [...reasons],
	});
