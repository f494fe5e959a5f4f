/** A Kata that somebody unpacked: adopted, changed, gone back to without an archive, and given back. */
import {describe, expect, it} from 'vitest';
import {makeAdoptPlan} from '../../src/cli/adopt.ts';
import {makeChangePlan} from '../../src/cli/change.ts';
import type {Context} from '../../src/cli/context.ts';
import {parseInvocation} from '../../src/cli/parse.ts';
import type {Facts, KataOwner} from '../../src/facts/facts.ts';
import {kataPrefix, linkToTree, treesFolder} from '../../src/layout.ts';
import {planChange} from '../../src/plan/change.ts';
import {guidanceOf} from '../../src/plan/explain.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Plan, StepKind} from '../../src/plan/plan.ts';
import {planRepair} from '../../src/plan/repair.ts';
import {planUndo} from '../../src/plan/undo.ts';
import {planUninstall} from '../../src/plan/uninstall.ts';
import {adoptableFacts, unpackedKata} from '../support/adoptable.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {PlayedHost} from '../support/played-host.ts';
import {refusal} from '../support/refusal.ts';

const rehearsal = false;
const contextOf = (...words: string[]): Context =>
	({flags: parseInvocation(words, {}).flags, rehearsalRoot: null}) as unknown as Context;
const adopt = (facts: Facts, ...words: string[]): Plan => makeAdoptPlan(contextOf('adopt', ...words), facts);
const kindsOf = ({steps}: Plan): StepKind[] => steps.map(({kind}) => kind);
const pickedFrom = ({kata, paths}: Facts) => ({kata, paths});
const tree = `${treesFolder}/3.28.0-adopted`;

const adopted = (): PlayedHost => {
	const host = new PlayedHost(adoptableFacts());
	host.apply(adopt(host.facts));
	return host;
};

describe('adopting', () => {
	it('moves the tree once, downloads nothing, takes the pair that is in use, and proves it or goes back', () => {
		const plan = adopt(adoptableFacts());
		expect(plan).toMatchObject({
			verb: 'adopt',
			choice: {runtime: 'go', hypervisor: 'cloud-hypervisor', release: {version: '3.28.0', archives: []}},
		});
		expect(kindsOf(plan)).not.toContain('unpack-tree');
		expect(kindsOf(plan).filter(kind => kind === 'adopt-tree')).toHaveLength(1);
		expect(plan.steps.find(({kind}) => kind === 'adopt-tree')?.args).toMatchObject({path: kataPrefix, tree});
		expect(kindsOf(plan).indexOf('adopt-tree')).toBeLessThan(kindsOf(plan).indexOf('kata-config'));
		expect(plan.steps.at(-1)).toMatchObject({kind: 'smoke-test', args: {mustProve: true, tree}});
		expect(plan.command).toBe('kata-setup adopt --yes --runtime go --hypervisor cloud-hypervisor');
		expect(plan.notes.join('\n')).toContain('An uninstall moves it back');
		const told = guidanceOf(plan).flatMap(({lines}) => lines.map(({text}) => text));
		expect(told).toEqual(expect.arrayContaining([tree, 'sudo kata-setup uninstall']));
	});

	it('leaves the handler written by hand as it is, says that it goes on, and has one of its own', () => {
		const plan = adopt(adoptableFacts());
		const registered = plan.steps.find(({kind}) => kind === 'containerd-config');
		expect(registered).toMatchObject({args: {handler: 'kata-setup'}});
		expect(plan.notes.join('\n')).toContain('`kata` of containerd (/etc/containerd/config.toml) goes on working');
	});

	it('names the settings of people that ours does not read, of that runtime alone', () => {
		const folder = `${kataPrefix}/share/defaults/kata-containers`;
		const dropIns = [
			{runtime: 'go' as const, path: `${folder}/config.d/mine.toml`},
			{runtime: 'rust' as const, path: `${folder}/runtime-rs/config.d/other.toml`},
		];
		const {content} = unpackedKata();
		if (!content) throw new Error('the sample has no content');
		const edited = {
			path: '/etc/kata-containers/configuration.toml',
			kind: 'file' as const,
			runtime: 'go' as const,
			target: null,
			packaged: `${folder}/configuration-qemu.toml`,
			differs: true,
			ours: false,
		};
		const notes = adopt(adoptableFacts({content: {...content, dropIns}}, {kataConfiguration: [edited]})).notes.join(
			'\n',
		);
		expect(notes).toContain(`does not read: ${folder}/config.d/mine.toml, ${edited.path}.`);
		expect(notes).toContain('/go-cloud-hypervisor/config.d');
		expect(notes).not.toContain('other.toml');
		expect(adopt(adoptableFacts()).notes.join('\n')).not.toContain('Settings of your own');
	});

	it('asks of the link at the prefix nothing that the move has made untrue: a run cut short can be finished', () => {
		const {steps} = adopt(adoptableFacts());
		const atPrefix = steps.filter(({pre}) => pre.some(asked => asked.kind === 'path' && asked.path === kataPrefix));
		expect(atPrefix.map(({kind}) => kind)).toEqual(['adopt-tree']);
	});

	it('takes the pair that the flags name, and refuses one that is not in it', () => {
		expect(adopt(adoptableFacts(), '--runtime', 'rust').choice).toMatchObject({hypervisor: 'qemu'});
		expect(adopt(adoptableFacts(), '--hypervisor', 'dragonball').choice).toMatchObject({runtime: 'rust'});
		const report = refusal(() => adopt(adoptableFacts(), '--hypervisor', 'firecracker'));
		expect(report).toMatchObject({exit: 'host', why: expect.stringContaining('go/qemu')});
	});

	it.each(['package', 'snap', 'kata-deploy'] satisfies KataOwner[])(
		'refuses what is of %s, and says the way',
		owner => {
			const report = refusal(() => adopt(adoptableFacts({owner})));
			expect(report).toMatchObject({exit: 'host', message: expect.stringContaining('cannot be adopted')});
			expect([report.remedy].flat().join('\n')).toContain('then: kata-setup install');
		},
	);

	it('refuses where nothing is to be adopted', () => {
		expect(refusal(() => adopt(adoptableFacts({}, {kata: []})))).toMatchObject({exit: 'nothing'});
		const host = new PlayedHost(sampleFacts());
		host.apply(planInstall(host.facts, sampleChoice(), {rehearsal}));
		expect(refusal(() => adopt(host.facts))).toMatchObject({exit: 'nothing'});
		const other = {...host.facts, ...pickedFrom(adoptableFacts())};
		expect(refusal(() => adopt(other))).toMatchObject({exit: 'host', why: expect.stringContaining('4.1.0')});
	});

	it('has nothing to do where it was adopted already', () => {
		expect(adopt(adopted().facts).steps).toEqual([]);
	});
});

describe('what was adopted', () => {
	it('is known as a release without archives, at the tree that it moved to', () => {
		const {installation} = adopted().facts;
		expect(installation).toMatchObject({version: '3.28.0', runtime: 'go', tree, handler: 'kata-setup'});
		expect(installation?.trees).toMatchObject([{path: tree, archives: [], adopted: true}]);
		expect(installation?.owned).toContainEqual({path: kataPrefix, state: `link:${linkToTree(tree)}`, mode: null});
	});

	it('is switched without a download', async () => {
		const host = adopted();
		const plan = await makeChangePlan(contextOf('switch', '--yes'), host.facts, 'switch', {
			runtime: 'go',
			hypervisor: 'qemu',
		});
		expect(kindsOf(plan)).not.toContain('fetch-archive');
		expect(kindsOf(plan)).not.toContain('unpack-tree');
		expect(plan.notes.join('\n')).not.toContain('written by hand');
	});

	it('is upgraded, gone back to without an archive, never pruned, and given back at the end', () => {
		const before = adoptableFacts().paths;
		const host = adopted();
		const qemu = sampleChoice({runtime: 'rust', hypervisor: 'qemu'});
		const upgrade = planChange(host.facts, qemu, {verb: 'upgrade', rehearsal});
		expect(upgrade.notes.join('\n')).toContain('written by hand, goes through /opt/kata');
		host.apply(upgrade);
		const previous = host.facts.installation?.previous;
		expect(previous).toMatchObject({release: {version: '3.28.0', archives: []}});
		if (!previous) throw new Error('there is no state to go back to');
		const back = planChange(host.facts, previous, {verb: 'rollback', rehearsal});
		expect(kindsOf(back)).not.toContain('fetch-archive');
		host.apply(back);
		expect(host.facts.installation).toMatchObject({tree, version: '3.28.0'});
		for (const version of ['4.2.0', '4.3.0', '4.4.0']) {
			const [archive] = qemu.release.archives;
			if (!archive) throw new Error('the sample has no archive');
			const release = {
				...qemu.release,
				version,
				archives: [{...archive, name: version, sha256: version.padEnd(64, '0')}],
			};
			host.apply(planChange(host.facts, {...qemu, release}, {verb: 'upgrade', rehearsal}));
		}
		expect(host.facts.installation?.trees?.map(({path}) => path)).toContain(tree);
		const uninstall = planUninstall(host.facts, host.receipt, {rehearsal});
		expect(uninstall.notes.join('\n')).toContain('goes back to /opt/kata');
		host.apply(uninstall);
		expect(host.receipt.standing).toEqual([]);
		expect(host.facts.paths).toEqual(before);
	});

	it('is not repaired from an archive, as it has none, and says what helps', () => {
		const host = adopted();
		const item = {path: `${tree}/VERSION`, tree, kind: 'missing', expected: 'file', found: 'absent'} as const;
		const drift = {depth: 'deep' as const, unjudged: [], theirs: [], items: [item]};
		const options = {rehearsal, restartEngine: true, smokeTest: true};
		const materials = {archives: [], manifests: {}, program: {version: '0.1.0', folder: '/npx'}, snapshots: 0};
		const report = refusal(() => planRepair({...host.facts, drift}, host.receipt, materials, options));
		expect(report).toMatchObject({exit: 'host', why: expect.stringContaining('kata-setup upgrade')});
	});

	it('gets its lost record anew from the tree as it is, which is said', () => {
		const host = adopted();
		const item = {path: `${tree}.manifest`, tree, kind: 'missing', expected: 'file', found: 'absent'} as const;
		const drift = {depth: 'deep' as const, unjudged: [], theirs: [], items: [item]};
		const materials = {archives: [], manifests: {}, program: {version: '0.1.0', folder: '/npx'}, snapshots: 0};
		const options = {rehearsal, restartEngine: true, smokeTest: false};
		const {steps} = planRepair({...host.facts, drift}, host.receipt, materials, options);
		expect(steps.map(({kind}) => kind)).toEqual(['record-tree', 'drop-replaced']);
		expect(steps[0]).toMatchObject({
			args: {tree, archives: []},
			why: expect.stringContaining('cannot be told any more'),
		});
	});

	it('waits at an uninstall for what runs from it; undoing an adoption that was cut short does not', () => {
		const askedOf = ({steps}: Plan) => steps.flatMap(({pre}) => pre.filter(({kind}) => kind === 'no-sandboxes'));
		const host = adopted();
		expect(askedOf(planUninstall(host.facts, host.receipt, {rehearsal}))).toEqual([{kind: 'no-sandboxes', tree}]);
		const cut = new PlayedHost(adoptableFacts());
		cut.applyPart(adopt(cut.facts), 12);
		const undo = planUndo(cut.facts, cut.receipt, {rehearsal});
		expect(kindsOf(undo)).toContain('undo');
		expect(askedOf(undo)).toEqual([]);
		cut.apply(undo);
		expect(cut.facts.paths).toEqual(adoptableFacts().paths);
	});
});
