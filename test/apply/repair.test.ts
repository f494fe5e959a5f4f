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

interface Damaged {
	root: string;
	host: Host;
	at: (path: string) => string;
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

const pinned = (): string => `/etc/kata-containers/kata-setup/rust-qemu/${tree.slice(tree.lastIndexOf('/') + 1)}`;
const image = (): string => `${tree}/share/kata-containers/rehearsal.image`;
const dropIn = '/etc/containerd/conf.d/kata-setup.toml';
const active = '/etc/kata-containers/kata-setup/active';
const modules = '/etc/modules-load.d/kata-setup.conf';

interface Damage {
	what: string;
	do: (damaged: Damaged) => Promise<unknown>;
	/** The line that names it. */
	says: () => RegExp;
	/** Kinds of the steps, without the smoke test. */
	steps: string[];
	/** Only a deep look finds it. */
	deepOnly?: true;
	/** A run that is undone leaves it mended. */
	staysMended?: true;
}

const relink = async (path: string, target: string): Promise<void> => {
	await fs.rm(path);
	await fs.symlink(target, path);
};

const program = `/opt/kata-setup/program/${kataSetupVersion}`;
const kept: Pick<Damage, 'steps' | 'staysMended'> = {steps: ['keep-program'], staysMended: true};

const damages: Damage[] = [
	{
		what: 'the uninstall that is left on the host, gone',
		do: ({at}) => fs.rm(at('/opt/kata-setup/uninstall')),
		says: () => /^\/opt\/kata-setup\/uninstall is gone$/,
		...kept,
	},
	{
		what: 'the uninstall that is left on the host, edited',
		do: ({at}) => fs.appendFile(at('/opt/kata-setup/uninstall'), '# mine\n'),
		says: () => /^\/opt\/kata-setup\/uninstall was changed$/,
		...kept,
	},
	{
		what: 'a file of the kept kata-setup that was cut off',
		do: ({at}) => fs.truncate(at(`${program}/dist/kata-setup.mjs`), 3),
		says: () => new RegExp(`^${program}/dist/kata-setup.mjs was changed: it has 3 bytes, not \\d+ bytes$`),
		...kept,
	},
	{
		what: 'a file of the kept kata-setup with a byte that was changed in place',
		do: async ({at}) => {
			const bytes = await fs.readFile(at(`${program}/dist/kata-setup.mjs`));
			bytes[0] = (bytes[0] ?? 0) ^ 1;
			await fs.writeFile(at(`${program}/dist/kata-setup.mjs`), bytes);
		},
		says: () => new RegExp(`^${program}/dist/kata-setup.mjs was changed$`),
		...kept,
		deepOnly: true,
	},
	{
		what: 'a file of the kept kata-setup that anybody may write to',
		do: ({at}) => fs.chmod(at(`${program}/bin/kata-setup.cjs`), 0o666),
		says: () => new RegExp(`^${program}/bin/kata-setup.cjs has the mode 666, not 644$`),
		...kept,
	},
	{
		what: 'a folder of the kept kata-setup, gone',
		do: ({at}) => fs.rm(at(`${program}/assets`), {recursive: true}),
		says: () => new RegExp(`^${program}/assets/catalogue.json is gone$`),
		...kept,
	},
	{
		what: 'the kept kata-setup as a whole, gone',
		do: ({at}) => fs.rm(at('/opt/kata-setup/program'), {recursive: true}),
		says: () => /^\/opt\/kata-setup\/program is gone$/,
		...kept,
	},
	{
		what: 'an edited file',
		do: ({at}) => fs.appendFile(at(modules), 'kvm\n'),
		says: () => new RegExp(`^${modules} was changed$`),
		steps: ['write-file'],
	},
	{
		what: 'a deleted file',
		do: ({at}) => fs.rm(at(modules)),
		says: () => new RegExp(`^${modules} is gone$`),
		steps: ['write-file'],
	},
	{
		what: 'a file with another mode',
		do: ({at}) => fs.chmod(at(modules), 0o600),
		says: () => new RegExp(`^${modules} has the mode 600, not 644$`),
		steps: ['set-access'],
	},
	{
		what: 'an edited file with another mode',
		do: async ({at}) => {
			await fs.appendFile(at(modules), 'kvm\n');
			await fs.chmod(at(modules), 0o600);
		},
		says: () => new RegExp(`^${modules} was changed$`),
		steps: ['write-file', 'set-access'],
	},
	{
		what: 'the active link, pointed elsewhere',
		do: ({at}) => relink(at(active), 'rust-qemu/elsewhere'),
		says: () => new RegExp(`^${active} points at rust-qemu/elsewhere, not rust-qemu/`),
		steps: ['link'],
	},
	{
		what: 'the active link, gone',
		do: ({at}) => fs.rm(at(active)),
		says: () => new RegExp(`^${active} is gone$`),
		steps: ['link'],
	},
	{
		what: '/opt/kata, pointed elsewhere',
		do: ({at}) => relink(at('/opt/kata'), '/srv/kata'),
		says: () => /^\/opt\/kata points at \/srv\/kata, not kata-setup\/trees/,
		steps: ['link'],
	},
	{
		what: 'the managed configuration, edited',
		do: ({at}) => fs.appendFile(at(`${pinned()}/configuration.toml`), '# mine\n'),
		says: () => new RegExp(`^${pinned()}/configuration.toml was changed$`),
		steps: ['kata-config'],
	},
	{
		what: 'the managed configuration, gone',
		do: ({at}) => fs.rm(at(`${pinned()}/configuration.toml`)),
		says: () => new RegExp(`^${pinned()}/configuration.toml is gone$`),
		steps: ['kata-config'],
	},
	{
		what: 'the folder of the pair, gone with all that is in it',
		do: ({at}) => fs.rm(at('/etc/kata-containers/kata-setup/rust-qemu'), {recursive: true}),
		says: () => /^\/etc\/kata-containers\/kata-setup\/rust-qemu\/config.d is gone$/,
		steps: ['make-directory', 'make-directory', 'link', 'kata-config', 'link'],
	},
	{
		what: 'a folder that everybody may write to',
		do: ({at}) => fs.chmod(at(pinned()), 0o777),
		says: () => new RegExp(`^${pinned()} has the mode 777, not 755$`),
		steps: ['set-access'],
	},
	{
		what: 'a guest image that was cut off',
		do: ({at}) => fs.truncate(at(image()), 3),
		says: () => new RegExp(`^${image()} was changed: it has 3 bytes, not \\d+ bytes$`),
		steps: ['fetch-archive', 'mend-tree', 'drop-replaced'],
	},
	{
		what: 'a guest image with a byte that was changed in place',
		do: async ({at}) => {
			const bytes = await fs.readFile(at(image()));
			bytes[0] = (bytes[0] ?? 0) ^ 1;
			await fs.writeFile(at(image()), bytes);
		},
		says: () => new RegExp(`^${image()} was changed$`),
		steps: ['fetch-archive', 'mend-tree', 'drop-replaced'],
		deepOnly: true,
	},
	{
		what: 'a program of the release, gone',
		do: ({at}) => fs.rm(at(`${tree}/libexec/virtiofsd`)),
		says: () => /libexec\/virtiofsd is gone$/,
		steps: ['fetch-archive', 'mend-tree', 'drop-replaced'],
	},
	{
		what: 'a program of the release that nobody may execute',
		do: ({at}) => fs.chmod(at(`${tree}/libexec/virtiofsd`), 0o644),
		says: () => /libexec\/virtiofsd has the mode 644, not 755$/,
		steps: ['mend-tree', 'drop-replaced'],
	},
	{
		what: 'a link of the release, pointed elsewhere',
		do: ({at}) => relink(at(`${tree}/share/kata-containers/vmlinux.container`), '/boot/vmlinuz'),
		says: () => /vmlinux.container points at \/boot\/vmlinuz, not vmlinux/,
		steps: ['mend-tree', 'drop-replaced'],
	},
	{
		what: 'a folder of the release with all in it',
		do: ({at}) => fs.rm(at(`${tree}/share/kata-containers`), {recursive: true}),
		says: () => /share\/kata-containers is gone$/,
		steps: ['fetch-archive', 'mend-tree', 'drop-replaced'],
	},
	{
		what: 'a folder where a file of the release was',
		do: async ({at}) => {
			await fs.rm(at(`${tree}/libexec/virtiofsd`));
			await fs.mkdir(at(`${tree}/libexec/virtiofsd`));
		},
		says: () => /libexec\/virtiofsd is a folder, not a file$/,
		steps: ['fetch-archive', 'mend-tree', 'drop-replaced'],
	},
	{
		what: 'the packaged configuration, edited, of which the managed one is a copy',
		do: ({at}) =>
			fs.appendFile(
				at(`${tree}/share/defaults/kata-containers/runtime-rs/configuration-qemu-runtime-rs.toml`),
				'# mine\n',
			),
		says: () => /configuration-qemu-runtime-rs.toml was changed: it has \d+ bytes/,
		steps: ['fetch-archive', 'mend-tree', 'kata-config', 'drop-replaced'],
	},
	{
		what: 'the whole tree, gone',
		do: ({at}) => fs.rm(at(tree), {recursive: true}),
		says: () => new RegExp(`^${tree} is gone$`),
		steps: ['fetch-archive', 'mend-tree', 'kata-config', 'drop-replaced'],
	},
	{
		what: 'the whole tree, gone with its record',
		do: async ({at}) => {
			await fs.rm(at(tree), {recursive: true});
			await fs.rm(at(`${tree}.manifest`));
		},
		says: () => new RegExp(`^${tree} is gone$`),
		steps: ['fetch-archive', 'unpack-tree', 'kata-config'],
	},
	{
		what: 'the whole tree, gone, and its record torn',
		do: async ({at}) => {
			await fs.rm(at(tree), {recursive: true});
			await fs.truncate(at(`${tree}.manifest`), 100);
		},
		says: () => new RegExp(`^${tree} is gone$`),
		steps: ['fetch-archive', 'record-tree', 'kata-config', 'drop-replaced'],
	},
	{
		what: 'the record of the tree, gone',
		do: ({at}) => fs.rm(at(`${tree}.manifest`)),
		says: () => new RegExp(`^${tree}.manifest is gone$`),
		steps: ['fetch-archive', 'record-tree', 'drop-replaced'],
	},
	{
		what: 'the record of the tree, torn',
		do: ({at}) => fs.truncate(at(`${tree}.manifest`), 100),
		says: () => new RegExp(`^${tree}.manifest was changed$`),
		steps: ['fetch-archive', 'record-tree', 'drop-replaced'],
	},
	{
		what: 'the record of the tree, with another digest in it',
		do: async ({at}) => {
			const text = await fs.readFile(at(`${tree}.manifest`), 'utf8');
			await fs.writeFile(at(`${tree}.manifest`), text.replace(/[0-9a-f]{64}"\]/, `${'0'.repeat(64)}"]`));
		},
		says: () => new RegExp(`^${tree}.manifest was changed$`),
		steps: ['fetch-archive', 'record-tree', 'drop-replaced'],
	},
	{
		what: 'the record of the tree that only root may read',
		do: ({at}) => fs.chmod(at(`${tree}.manifest`), 0o600),
		says: () => new RegExp(`^${tree}.manifest has the mode 600, not 644$`),
		steps: ['set-access'],
	},
	{
		what: 'the record of the tree, gone, and one of each kind in it broken',
		do: async ({at}) => {
			await fs.rm(at(`${tree}.manifest`));
			const bytes = await fs.readFile(at(image()));
			bytes[0] = (bytes[0] ?? 0) ^ 1;
			await fs.writeFile(at(image()), bytes);
			await fs.rm(at(`${tree}/libexec`), {recursive: true});
			await fs.chmod(at(`${tree}/VERSION`), 0o600);
			await relink(at(`${tree}/share/kata-containers/vmlinux.container`), '/boot/vmlinuz');
		},
		says: () => new RegExp(`^${tree}.manifest is gone$`),
		steps: ['fetch-archive', 'record-tree', 'drop-replaced'],
	},
	{
		what: 'the drop-in of containerd, gone',
		do: ({at}) => fs.rm(at(dropIn)),
		says: () => new RegExp(`^${dropIn} is gone$`),
		steps: ['containerd-config'],
	},
	{
		what: 'the drop-in of containerd, edited by hand',
		do: async ({at}) => {
			const text = await fs.readFile(at(dropIn), 'utf8');
			await fs.writeFile(at(dropIn), text.replace(/runtime_path = .*/, 'runtime_path = "/usr/bin/mine"'));
		},
		says: () => new RegExp(`^${dropIn} was changed$`),
		steps: ['containerd-config'],
	},
	{
		what: 'the drop-in of containerd, with what is no TOML',
		do: ({at}) => fs.writeFile(at(dropIn), '[plugins\n'),
		says: () => new RegExp(`^${dropIn} was changed$`),
		steps: ['containerd-config'],
	},
	{
		what: 'the drop-in of containerd that only root may read',
		do: ({at}) => fs.chmod(at(dropIn), 0o600),
		says: () => new RegExp(`^${dropIn} has the mode 600, not 644$`),
		steps: ['set-access'],
	},
];

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
			expect(facts.drift ? driftLines(facts.drift) : []).toContainEqual(expect.stringMatching(damage.says()));
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
