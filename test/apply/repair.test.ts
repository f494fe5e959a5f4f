/**
 * Repair in the model server's root: each kind of thing of ours is damaged in turn, the probe names it, the plan mends that and
 * nothing else, and the root is then what it was. The same on a real containerd: test/e2e/repair.test.ts.
 */
import * as fs from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {readJournal} from '../../src/apply/journal.ts';
import {foldJournal, installationOf, sequenceOf} from '../../src/apply/receipt.ts';
import {packagePath} from '../../src/assets.ts';
import {driftLines} from '../../src/facts/drift-words.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {judgeDrift} from '../../src/facts/findings/kata/drift.ts';
import {gatherFacts} from '../../src/facts/gather.ts';
import {withDeepDrift} from '../../src/facts/kata/drift.ts';
import type {Host} from '../../src/host/host.ts';
import type {Archive} from '../../src/plan/choice.ts';
import type {Materials} from '../../src/plan/parts/mend-trees.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {planRepair} from '../../src/plan/repair.ts';
import {openRehearsal} from '../../src/rehearsal/rehearsal.ts';
import {readManifest} from '../../src/release/manifest.ts';
import {kataSetupVersion} from '../../src/version.ts';
import type {DamagedRoot} from './damage.ts';
import {damagesOfFiles} from './damages-of-files.ts';
import {damagesOfProgram} from './damages-of-program.ts';
import {damagesOfTree} from './damages-of-tree.ts';
import {prepareVerbs, runIn, type Tree, treeOf} from './fault-runs.ts';

let prepared: Awaited<ReturnType<typeof prepareVerbs>>;
let installed: string;
let whole: Tree;
let tree: string;
let copies = 0;

beforeAll(async () => {
	prepared = await prepareVerbs();
	const uninstall = prepared.verbs.find(({name}) => name === 'uninstall');
	if (!uninstall) throw new Error('There is no uninstall.');
	installed = uninstall.from;
	whole = uninstall.before;
	const {host} = await openRehearsal(installed);
	tree = installationOf(foldJournal(await readJournal(host)))?.tree ?? '';
});
afterAll(() => prepared.close());

interface Damaged extends DamagedRoot {
	root: string;
	host: Host;
	facts: (deep?: boolean) => Promise<Facts>;
	plan: (change?: (materials: Materials) => Materials) => Promise<Plan>;
}

/** A copy of the installed root, for damaging. */
async function copy(): Promise<Damaged> {
	copies += 1;
	const root = join(prepared.folder, `repair-${copies}`);
	await fs.cp(installed, root, {recursive: true, verbatimSymlinks: true, preserveTimestamps: true});
	const {host} = await openRehearsal(root);
	const facts = async (deep = true): Promise<Facts> => {
		const receipt = foldJournal(await readJournal(host));
		const [installation, sequence] = [installationOf(receipt), sequenceOf(receipt)];
		const found = await gatherFacts(host, {kataSetup: 'test', installation, sequence});
		return deep ? withDeepDrift(host, found) : found;
	};
	return {
		root,
		host,
		at: path => join(root, path),
		tree,
		facts,
		async plan(change = materials => materials) {
			const receipt = foldJournal(await readJournal(host));
			const archives = receipt.runs.flatMap(({choice}): Archive[] => choice?.release.archives ?? []);
			const manifests = {[tree]: await readManifest(host, tree).catch(() => null)};
			const options = {rehearsal: true, restartEngine: true, smokeTest: true};
			return planRepair(
				await facts(),
				receipt,
				change({archives, manifests, program: {version: kataSetupVersion, folder: packagePath('.')}, snapshots: 0}),
				options,
			);
		},
	};
}

const damages = [...damagesOfProgram, ...damagesOfFiles, ...damagesOfTree];

const kindsOf = ({steps}: Plan): string[] => steps.map(({kind}) => kind).filter(kind => kind !== 'smoke-test');

describe('a repair', {timeout: 60_000}, () => {
	it('has nothing to do where nothing drifted', async () => {
		const {facts, plan} = await copy();
		expect((await facts()).drift).toEqual({depth: 'deep', items: [], unjudged: [], theirs: []});
		expect((await plan()).steps).toEqual([]);
	});

	describe.each(damages)('of $what', damage => {
		it('is named, made right exactly, and ends with the root as it was', async () => {
			const damaged = await copy();
			await damage.do(damaged);
			const facts = await damaged.facts(!!damage.deepOnly);
			expect(facts.drift ? driftLines(facts.drift) : []).toContainEqual(expect.stringMatching(damage.says(tree)));
			expect(judgeDrift(facts)).toMatchObject([{id: 'drift', severity: 'warning'}]);
			if (damage.deepOnly) expect((await damaged.facts(false)).drift?.items).toEqual([]);
			const plan = await damaged.plan();
			expect(kindsOf(plan)).toEqual(damage.steps);
			const {result} = await runIn(damaged.root, plan, null);
			expect(result).toMatchObject({outcome: 'done', error: null, left: []});
			expect(await treeOf(damaged.root)).toEqual(whole);
			expect((await damaged.facts()).drift?.items).toEqual([]);
			// The receipt owns what it owned before, and an uninstall takes all of it away.
			const [before, now] = await Promise.all([installed, damaged.root].map(standingIn));
			expect(now).toEqual(before);
		});

		const found = damage.staysMended ? 'leaves it mended' : 'leaves the damage exactly as it was found';
		it(`${found} if a later step fails`, async () => {
			const damaged = await copy();
			await damage.do(damaged);
			const before = await treeOf(damaged.root);
			const plan = await damaged.plan();
			// What was replaced is given up with the last step, when everything else has ended well.
			const steps = [...plan.steps.filter(({kind}) => kind !== 'drop-replaced'), unworkable];
			expect((await runIn(damaged.root, {...plan, steps} as Plan, null)).result.outcome).toBe('undone');
			expect(await treeOf(damaged.root)).toEqual(damage.staysMended ? whole : before);
		});
	});
});

/** A step that is announced and then fails. */
const unworkable = {
	id: 'write-file:/nowhere',
	kind: 'write-file',
	title: 'Fail',
	why: '',
	args: {path: '/nowhere/at/all', content: '', mode: 0o644},
	pre: [],
	undo: null,
	cost: {downloadBytes: 0, diskBytes: 0, seconds: 0},
};

async function standingIn(root: string): Promise<unknown> {
	const {host} = await openRehearsal(root);
	return foldJournal(await readJournal(host)).standing;
}
