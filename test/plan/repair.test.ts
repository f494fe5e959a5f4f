/** What a repair plans of what drifted, and what it refuses with which reason; carried out: test/apply/repair.test.ts. */
import {describe, expect, it} from 'vitest';
import {ownedOf} from '../../src/apply/standing.ts';
import {planLines} from '../../src/cli/plan-text.ts';
import type {DriftFacts, DriftItem, Facts} from '../../src/facts/facts.ts';
import {
	activePairLink,
	kataPrefix,
	keptProgramFolder,
	keptUninstall,
	poolData,
	poolMetadata,
	poolUnit,
	scratchFile,
} from '../../src/layout.ts';
import {effectsOf} from '../../src/plan/effects.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Materials} from '../../src/plan/parts/mend-trees.ts';
import type {ContainerdConfigArguments, Plan} from '../../src/plan/plan.ts';
import {planRepair} from '../../src/plan/repair.ts';
import {planUninstall} from '../../src/plan/uninstall.ts';
import {sampleChoice, sampleContainerd, sampleFacts} from '../support/facts.ts';
import {PlayedHost} from '../support/played-host.ts';
import {refusal} from '../support/refusal.ts';

const rehearsal = false;
const choice = sampleChoice();
const [archive] = choice.release.archives;
if (!archive) throw new Error('The sample has no archive.');
const dropIn = '/etc/containerd/conf.d/kata-setup.toml';

const host = new PlayedHost(sampleFacts({kataSetup: '0.2.0'}));
host.apply(planInstall(host.facts, choice, {rehearsal}));
const tree = host.facts.installation?.tree ?? '';
const image = {
	type: 'file',
	path: 'share/image',
	archive: archive.name,
	mode: 0o644,
	size: 9,
	sha256: 'a'.repeat(64),
} as const;
const materials: Materials = {
	archives: [archive],
	manifests: {[tree]: [image]},
	program: {version: '0.2.0', folder: '/npx'},
	snapshots: 0,
};

const gone = (path: string, more: Partial<DriftItem> = {}): DriftItem => ({
	path,
	kind: 'missing',
	expected: 'link',
	found: 'absent',
	...more,
});
const brokenImage = gone(`${tree}/share/image`, {expected: 'file', tree});

interface Given {
	items?: DriftItem[];
	drift?: Partial<DriftFacts> | null;
	facts?: Partial<Facts>;
	materials?: Materials;
}

const repair = ({items = [], drift = {}, facts = {}, materials: given = materials}: Given): Plan => {
	const found = drift === null ? null : {depth: 'deep' as const, unjudged: [], theirs: [], ...drift, items};
	const options = {rehearsal, restartEngine: true, smokeTest: true};
	return planRepair({...host.facts, drift: found, ...facts}, host.receipt, given, options);
};
const idsOf = ({steps}: Plan): string[] => steps.map(({id}) => id);

describe('planRepair', () => {
	it('has no steps where nothing drifted, and names what could not be judged', () => {
		const plan = repair({drift: {unjudged: [{path: '/x', why: 'only root may read it'}]}});
		expect(plan.steps).toEqual([]);
		expect(plan.notes).toEqual(['Not judged: /x: only root may read it.']);
	});

	it('does a step of the receipt again, and proves the whole', () => {
		const plan = repair({items: [gone(activePairLink)]});
		expect(idsOf(plan)).toEqual([`link:${activePairLink}`, 'smoke-test:rust-qemu']);
		expect(plan.steps[0]?.pre.map(({kind}) => kind)).toEqual(['root', 'machine', 'sequence', 'containerd', 'path']);
		expect(plan.command).toBe('kata-setup repair --yes');
		expect(plan.verb).toBe('repair');
		// Without a `mustProve` what is made right stays also where the proof fails.
		expect(plan.steps.at(-1)?.args).not.toHaveProperty('mustProve');
	});

	it('fetches the archive of what is broken in a tree, and gives up what it replaced at the very end', () => {
		const plan = repair({items: [brokenImage]});
		expect(plan.steps.map(({kind}) => kind)).toEqual([
			'make-directory',
			'fetch-archive',
			'mend-tree',
			'drop-download',
			'smoke-test',
			'drop-replaced',
		]);
		const mode = {...brokenImage, kind: 'mode' as const, expected: '644', found: '600'};
		expect(repair({items: [mode]}).steps.map(({kind}) => kind)).toEqual(['mend-tree', 'smoke-test', 'drop-replaced']);
	});

	it('refuses without a local archive that is gone, and names the flag that helps', () => {
		const refused = refusal(() => repair({items: [brokenImage], materials: {...materials, archives: []}}));
		expect(refused).toMatchObject({exit: 'host', why: expect.stringContaining('--archive FILE')});
		expect(refused.why).toContain(archive.sha256);
	});

	it('makes right what it can, and notes what it cannot', () => {
		const taken = gone(kataPrefix, {kind: 'type', found: 'directory'});
		const plan = repair({items: [taken, gone(activePairLink)]});
		expect(idsOf(plan)[0]).toBe(`link:${activePairLink}`);
		expect(plan.notes.join('\n')).toMatch(/Not made right: \/opt\/kata is a folder, not a link.*mv \/opt\/kata/);
		expect(plan.unmended).toEqual([expect.stringContaining('/opt/kata is a folder, not a link')]);
		expect(repair({items: [gone(activePairLink)]}).unmended).toBeUndefined();
		expect(refusal(() => repair({items: [taken]}))).toMatchObject({exit: 'host'});
	});

	it('keeps the kata-setup that runs anew, and never an older one, nor one out of itself', () => {
		const items = [gone(keptUninstall)];
		const {program} = materials;
		const plan = repair({items});
		expect(plan.steps[0]).toMatchObject({kind: 'keep-program', args: {replaces: host.facts.installation?.keptProgram}});
		const older = {...materials, program: {...program, version: '0.0.1'}};
		expect(refusal(() => repair({items, materials: older})).why).toMatch(/npx kata-setup@\S+ repair$/);
		const itself = {...materials, program: {...program, folder: `${keptProgramFolder}/0.2.0`}};
		expect(refusal(() => repair({items, materials: itself})).why).toContain('cannot be mended out of itself');
		const taken = [gone(keptUninstall, {kind: 'type', expected: 'file', found: 'directory'})];
		expect(refusal(() => repair({items: taken})).why).toContain(`mv ${keptUninstall}`);
	});

	it('makes the blockfile snapshotter’s file anew where no snapshot was made from it, else says what to do', () => {
		const played = new PlayedHost(sampleFacts({containerd: [sampleContainerd({snapshotters: {blockfile: 'skip'}})]}));
		const firecracker = sampleChoice({runtime: 'go', hypervisor: 'firecracker'});
		played.apply(planInstall(played.facts, firecracker, {rehearsal}));
		const plan = (items: DriftItem[], snapshots: number): Plan => {
			const facts = {...played.facts, drift: {depth: 'deep' as const, unjudged: [], theirs: [], items}};
			const options = {rehearsal, restartEngine: true, smokeTest: false};
			return planRepair(facts, played.receipt, {...materials, snapshots}, options);
		};
		const damaged = [gone(scratchFile, {kind: 'content', expected: '1073741824 bytes', found: '3 bytes'})];
		expect(plan(damaged, 0).steps).toMatchObject([
			{kind: 'mend-scratch', args: {bytes: 2 ** 30, kept: `${scratchFile}.replaced`}},
			{kind: 'drop-replaced', args: {path: `${scratchFile}.replaced`}},
		]);
		const refused = refusal(() => plan(damaged, 2));
		expect(refused.why).toMatch(
			/it has 3 bytes, not 1073741824 bytes, and containerd has 2 snapshots.*snapshots --snapshotter blockfile ls/,
		);
		const mode = [gone(scratchFile, {kind: 'mode', expected: '600', found: '644'})];
		expect(idsOf(plan(mode, 2))).toEqual([`set-access:${scratchFile}`]);
	});

	it('puts the drop-in of the engine back, and shows the lines that somebody had put there', () => {
		const mine = 'version = 3\nmine = true\n';
		const containerd = sampleContainerd();
		const config = {...containerd.config, ownDropIn: {path: dropIn, text: mine}};
		const item = gone(dropIn, {kind: 'content', expected: 'file:a', found: 'file:b'});
		const plan = repair({items: [item], facts: {containerd: [{...containerd, config}]}});
		const {edits, mends} = (plan.steps[0]?.args ?? {}) as Partial<ContainerdConfigArguments>;
		expect(mends).toBe(true);
		expect(edits).toMatchObject([{path: dropIn, before: mine, after: expect.stringContaining('BEGIN kata-setup')}]);
		const lines = planLines(plan, null);
		expect(lines).toContain('     - mine = true');
		expect(lines.some(line => /^ {5}\+ .*runtime_path/.test(line))).toBe(true);
	});

	it('refuses to guess where another file of the engine gives the handler another shim', () => {
		const handler = gone('kata', {kind: 'handler', expected: 'ours', found: '/usr/bin/mine'});
		expect(refusal(() => repair({items: [handler]}))).toMatchObject({
			exit: 'host',
			why: expect.stringContaining('containerd config dump'),
		});
	});

	it('without a containerd that runs mends the files, and neither the engine nor proves anything', () => {
		const facts = {containerd: []};
		const plan = repair({items: [gone(activePairLink), gone(dropIn)], facts});
		expect(idsOf(plan)).toEqual([`link:${activePairLink}`]);
		expect(plan.notes.join('\n')).toMatch(/No smoke test: No containerd is running[\s\S]*Start it first/);
		expect(plan.steps[0]?.pre.map(({kind}) => kind)).not.toContain('containerd');
	});

	describe('of a pool that is not there', () => {
		const thinPool = {
			dmsetup: '/s/dmsetup',
			losetup: '/s/losetup',
			blkdiscard: '/s/blkdiscard',
			module: 'loaded',
		} as const;
		const containerd = sampleContainerd({snapshotters: {devmapper: 'skip'}});
		const blockTools = {mkfsExt4: '/s/mkfs.ext4', loop: true, thinPool};
		const pooled = new PlayedHost(sampleFacts({containerd: [containerd], blockTools}));
		pooled.apply(planInstall(pooled.facts, sampleChoice({runtime: 'go', hypervisor: 'firecracker'}), {rehearsal}));
		const mend = (items: DriftItem[], restartEngine = true): Plan =>
			planRepair(
				{...pooled.facts, drift: {depth: 'deep', unjudged: [], theirs: [], items}},
				pooled.receipt,
				{...materials, archives: [], manifests: {}},
				{rehearsal, restartEngine, smokeTest: true},
			);
		const unit: DriftItem = {path: poolUnit, kind: 'unit', expected: 'active', found: 'failed'};

		it('makes it by its unit, and restarts containerd, which only then has the snapshotter', () => {
			const plan = mend([unit]);
			expect(idsOf(plan)).toEqual([
				`start-unit:${poolUnit}`,
				'containerd-config:kata with devmapper',
				'smoke-test:go-firecracker',
			]);
			expect(plan.steps[1]?.args).toMatchObject({
				edits: [],
				restart: 'containerd.service',
				snapshotter: {name: 'devmapper'},
			});
			expect(planLines(plan, null).join('\n')).toContain(`${poolUnit} is failed, not active`);
		});

		it('brings the handler back with it, whose section containerd sees only while the pool is up', () => {
			const handler: DriftItem = {path: 'kata', kind: 'handler', expected: 'ours', found: 'nothing'};
			const plan = mend([unit, handler]);
			expect(idsOf(plan).slice(0, 2)).toEqual([`start-unit:${poolUnit}`, 'containerd-config:kata with devmapper']);
			expect(plan.unmended).toBeUndefined();
			const byHand = mend([unit, handler], false);
			expect(idsOf(byHand)).not.toContain('containerd-config:kata with devmapper');
			expect(byHand.unmended).toEqual([expect.stringContaining('only after its next restart, which is left to you')]);
		});

		it('is taken apart by an uninstall only when no container has its files in it', () => {
			const {steps} = planUninstall(pooled.facts, pooled.receipt, {rehearsal});
			const kinds = steps.map(step => (step.kind === 'undo' ? step.args.of : step.kind));
			// The section out of containerd, then the unit, its files, and at last what was in the pool.
			const order = ['containerd-config', 'start-unit', 'link', 'write-file', 'thin-pool'] as const;
			expect(kinds.filter(kind => order.some(one => one === kind))).toEqual(expect.arrayContaining([...order]));
			expect(order.map(kind => kinds.indexOf(kind))).toEqual(
				[...order.map(kind => kinds.indexOf(kind))].sort((a, b) => a - b),
			);
			expect(steps[kinds.indexOf('thin-pool')]?.pre).toEqual([
				{
					kind: 'no-snapshots',
					snapshotter: 'devmapper',
					ctr: '/usr/bin/ctr',
					address: '/run/containerd/containerd.sock',
					unit: 'containerd.service',
				},
			]);
		});

		it('is asked for, and its containerd undone, by the programs and the socket that this has now', () => {
			const [found] = pooled.facts.containerd;
			if (!found) throw new Error('a containerd was expected');
			const moved = {...found, binary: '/opt/bin/containerd', ctr: '/opt/bin/ctr', address: '/run/other.sock'};
			const facts = {...pooled.facts, containerd: [moved]};
			const plan = planUninstall(facts, pooled.receipt, {rehearsal});
			expect(plan.steps.flatMap(({pre}) => pre)).toContainEqual(
				expect.objectContaining({kind: 'no-snapshots', ctr: '/opt/bin/ctr', address: '/run/other.sock'}),
			);
			expect(plan.notes.join()).not.toContain("devmapper's pool");
			// Without a ctr beside it, it is asked all the same: what cannot be answered is no answer.
			const without = planUninstall({...facts, containerd: [{...moved, ctr: null}]}, pooled.receipt, {rehearsal});
			expect(without.steps.flatMap(({pre}) => pre)).toContainEqual(
				expect.objectContaining({kind: 'no-snapshots', ctr: '/usr/bin/ctr', address: '/run/other.sock'}),
			);
			const {programs, connections} = effectsOf(plan);
			expect(programs).toEqual(expect.arrayContaining(['/opt/bin/containerd', '/opt/bin/ctr']));
			expect(connections).toContain('/run/other.sock');
		});

		it('goes with what is in it where no containerd can be asked, which is said before', () => {
			const notesOf = (facts: Facts) => planUninstall(facts, pooled.receipt, {rehearsal}).notes.join('\n');
			expect(notesOf(pooled.facts)).not.toContain("devmapper's pool");
			expect(notesOf({...pooled.facts, containerd: []})).toMatch(
				/stopped containers have files in devmapper's pool.*start containerd first/,
			);
		});

		it('lies in two files that are no file systems', () => {
			const owned = ownedOf(pooled.receipt.standing).filter(({path}) => [poolData, poolMetadata].includes(path));
			expect(owned.map(({state}) => state)).toEqual([
				expect.stringMatching(/^sized:\d+$/),
				expect.stringMatching(/^sized:\d+$/),
			]);
		});

		it('makes no empty files where containers had theirs', () => {
			for (const path of [poolData, poolMetadata])
				expect(refusal(() => mend([gone(path)])).why).toContain(`${path} is gone: images and containers lie in it`);
		});
	});

	it('names what is the person’s own', () => {
		const plan = repair({items: [gone(activePairLink)], drift: {theirs: ['/etc/mine.toml']}});
		expect(plan.notes).toContain('/etc/mine.toml was changed since it was written for you: it is yours and stays.');
	});

	it('refuses where the drift could not be told, nothing is installed, or a run is not finished', () => {
		const unread = [{probe: 'drift', why: 'It did not end within 900 s.'}];
		expect(refusal(() => repair({drift: null, facts: {unread}}))).toMatchObject({exit: 'host', why: unread[0]?.why});
		expect(refusal(() => repair({facts: {installation: null}}))).toMatchObject({exit: 'nothing'});
		const installation = host.facts.installation && {...host.facts.installation, unfinishedRun: 'r9'};
		expect(refusal(() => repair({facts: {installation}}))).toMatchObject({exit: 'incomplete'});
	});

	it('leaves a receipt that owns what it owned, whatever it mended', () => {
		const played = new PlayedHost(sampleFacts());
		played.apply(planInstall(played.facts, choice, {rehearsal}));
		const before = played.receipt.standing;
		const found = {depth: 'deep' as const, unjudged: [], theirs: []};
		const items = [gone(activePairLink), brokenImage, gone(dropIn)];
		const facts = {...played.facts, drift: {...found, items}};
		played.apply(planRepair(facts, played.receipt, materials, {rehearsal, restartEngine: true, smokeTest: true}));
		expect(played.receipt.standing.map(({kind, args}) => ({kind, args}))).toEqual(
			before.map(({kind, args}) => ({kind, args})),
		);
		expect(played.facts.installation?.previous).toBeNull();
	});
});
