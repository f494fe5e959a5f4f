/** A Kata that somebody unpacked: adopted, changed, gone back to without an archive, and given back. */
import {parse} from '@iarna/toml';
import {describe, expect, it} from 'vitest';
import {makeAdoptPlan} from '../../src/cli/adopt.ts';
import {makeChangePlan} from '../../src/cli/change.ts';
import type {Context} from '../../src/cli/context.ts';
import {parseInvocation} from '../../src/cli/parse.ts';
import type {Facts, KataConfigurationFacts, KataOwner, TheirSettingsFacts} from '../../src/facts/facts.ts';
import {kataPrefix, keptUninstall, linkToTree, treesFolder} from '../../src/layout.ts';
import {planChange} from '../../src/plan/change.ts';
import {guidanceOf} from '../../src/plan/explain.ts';
import {hashHolds} from '../../src/plan/finish.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Plan, StepKind} from '../../src/plan/plan.ts';
import {planRepair} from '../../src/plan/repair.ts';
import {planUndo} from '../../src/plan/undo.ts';
import {planUninstall} from '../../src/plan/uninstall.ts';
import {adoptableFacts} from '../support/adoptable.ts';
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
		const guidance = guidanceOf(plan).flatMap(({lines}) => lines);
		// As in `status` and on Home.
		expect(guidance).toContainEqual({label: 'Tree', text: tree});
		const told = guidance.map(({text}) => text);
		expect(told.slice(-2)).toEqual([keptUninstall, 'kata-setup uninstall']);
	});

	it('leaves the handler written by hand as it is, says that it goes on, and has one of its own', () => {
		const plan = adopt(adoptableFacts());
		const registered = plan.steps.find(({kind}) => kind === 'containerd-config');
		expect(registered).toMatchObject({args: {handler: 'kata-setup'}});
		expect(plan.notes.join('\n')).toContain('`kata` of containerd (/etc/containerd/config.toml) goes on working');
	});

	describe('takes the settings of people along', () => {
		const folder = `${kataPrefix}/share/defaults/kata-containers`;
		const mine: TheirSettingsFacts = {
			path: `${folder}/config.d/50-mine.toml`,
			runtime: 'go',
			kind: 'drop-in',
			mode: 0o600,
			text: '# mine\n[hypervisor.clh]\ndefault_vcpus = 2\n',
		};
		const copy: TheirSettingsFacts = {
			path: '/etc/kata-containers/configuration.toml',
			runtime: 'go',
			kind: 'file',
			mode: 0o644,
			text: '[hypervisor.qemu]\ndefault_vcpus = 4\npath = "/usr/bin/qemu-mine"\n',
			like: 'configuration-qemu.toml',
			unset: [{table: 'runtime', option: 'enable_debug'}],
		};
		const inEtc: KataConfigurationFacts = {
			path: copy.path,
			kind: 'file',
			runtime: 'go',
			target: null,
			packaged: `${folder}/configuration-qemu.toml`,
			differs: true,
			ours: false,
		};
		const filesOf = ({steps}: Plan) =>
			Object.fromEntries(
				steps.flatMap(({kind, args}) =>
					kind === 'write-file' && args.path.includes('/config.d/') && !args.path.endsWith('10-kata-setup.toml')
						? [[args.path, args]]
						: [],
				),
			);
		const noHandler = {kataHandlers: [], kataConfiguration: [inEtc]};

		it('a drop-in beside the configuration in use byte for byte, with its mode', () => {
			const plan = adopt(adoptableFacts({}, {theirSettings: [mine]}));
			const path = '/etc/kata-containers/kata-setup/go-cloud-hypervisor/config.d/50-mine.toml';
			expect(filesOf(plan)).toEqual({[path]: {path, content: mine.text, mode: 0o600}});
			expect(plan.settings).toMatchObject([{file: mine.path, fate: 'same', from: {option: 'default_vcpus'}}]);
			const kinds = plan.steps.map(({id}) => id);
			expect(kinds.indexOf(`write-file:${path}`)).toBeLessThan(
				kinds.findIndex(id => id.startsWith('link:/etc/kata-containers/kata-setup/active')),
			);
			expect(hashHolds(plan)).toBe(true);
		});

		it('what was changed in a copy of a packaged file, before its drop-ins; a program of their own is named with the reason', () => {
			const beside = {
				...mine,
				path: '/etc/kata-containers/config.d/50-mine.toml',
				text: '[hypervisor.qemu]\ndefault_memory = 512\n',
			};
			const plan = adopt(adoptableFacts({}, {...noHandler, theirSettings: [copy, beside, mine]}));
			expect(plan.choice).toMatchObject({runtime: 'go', hypervisor: 'qemu'});
			const files = filesOf(plan);
			const at = '/etc/kata-containers/kata-setup/go-qemu/config.d';
			expect(Object.keys(files)).toEqual([`${at}/20-adopted.toml`, `${at}/50-mine.toml`]);
			const text = String(files[`${at}/20-adopted.toml`]?.content);
			expect(text).toContain(`what ${copy.path} sets`);
			expect(parse(text)).toEqual({hypervisor: {qemu: {default_vcpus: 4}}});
			expect(text).toMatch(/# \[hypervisor\.qemu\] path = "\/usr\/bin\/qemu-mine"\n# It names a program outside/);
			const notes = plan.notes.join('\n');
			expect(notes).toContain('leaves out what configuration-qemu.toml sets, which holds now: [runtime] enable_debug.');
			expect(notes).toContain(`are not carried over: ${mine.path}.`);
			const early = adopt(
				adoptableFacts(
					{},
					{...noHandler, theirSettings: [copy, {...beside, path: '/etc/kata-containers/config.d/05-x.toml'}]},
				),
			);
			expect(Object.keys(filesOf(early))).toEqual([`${at}/00-adopted.toml`, `${at}/05-x.toml`]);
		});

		it('in the words of another pair where that is adopted, and of another runtime when it is changed afterwards', () => {
			const other = adopt(adoptableFacts({}, {theirSettings: [mine]}), '--runtime', 'rust', '--hypervisor', 'qemu');
			const [file] = Object.values(filesOf(other));
			expect(parse(String(file?.content))).toEqual({hypervisor: {qemu: {default_vcpus: 2}}});
			const text = '[agent.kata]\ndial_timeout = 3\n';
			const facts = adoptableFacts({}, {...noHandler, theirSettings: [{...copy, text}]});
			const host = new PlayedHost(facts);
			host.apply(adopt(facts));
			const rust = sampleChoice({runtime: 'rust', hypervisor: 'qemu'});
			const plan = planChange(
				host.facts,
				{...rust, release: {version: '3.28.0', architecture: 'x86_64', archives: []}},
				{verb: 'switch', rehearsal},
			);
			expect(kindsOf(plan)).not.toContain('fetch-archive');
			const carried = filesOf(plan)['/etc/kata-containers/kata-setup/rust-qemu/config.d/20-adopted.toml'];
			expect(parse(String(carried?.content))).toEqual({agent: {kata: {reconnect_timeout_ms: 3000}}});
		});

		it('and names what it cannot read, or what has secrets taken out of it', () => {
			const notes = adopt(adoptableFacts({}, {theirSettings: [{...mine, text: null}]})).notes.join('\n');
			expect(notes).toContain(`${mine.path} is not carried over to go-cloud-hypervisor`);
			const plan = adopt(adoptableFacts({}, {theirSettings: [{...mine, redacted: true}]}));
			expect(filesOf(plan)).toEqual({});
			expect(plan.notes.join('\n')).toContain('secrets were taken out');
			expect(adopt(adoptableFacts()).notes.join('\n')).not.toContain('carried over');
		});
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
