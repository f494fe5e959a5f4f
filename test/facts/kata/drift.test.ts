/** What drifted, as far as test/apply/repair.test.ts has no damage for it: the handler in force, and what is not ours to judge. */
import {describe, expect, it} from 'vitest';
import {ourPartOf} from '../../../src/engines/our-part.ts';
import {driftLines} from '../../../src/facts/drift-words.ts';
import type {ContainerdFacts, InstallationFacts} from '../../../src/facts/facts.ts';
import {judgeDrift} from '../../../src/facts/findings/kata/drift.ts';
import {driftProbe} from '../../../src/facts/kata/drift.ts';
import {activeConfiguration, activeShim} from '../../../src/layout.ts';
import {hashOfText} from '../../../src/plan/hash.ts';
import {sampleFacts} from '../../support/facts.ts';
import {probedHost} from '../../support/probed-host.ts';

const installation = (parts: Partial<InstallationFacts>): InstallationFacts => ({
	version: '4.1.0',
	runtime: 'rust',
	hypervisor: 'qemu',
	tree: '',
	handler: null,
	unfinishedRun: null,
	sequence: 1,
	...parts,
});
const look = async (
	parts: Partial<InstallationFacts>,
	files: Record<string, string> = {},
	containerd: ContainerdFacts[] = [],
) => driftProbe(installation(parts), containerd, 'quick').read(await probedHost({files}));

describe('a unit of ours', () => {
	const unit = 'kata-setup-devmapper.service';
	const owned = [{path: unit, state: 'unit:active', mode: null}];
	const on = async (state: string | null) => {
		const question = `systemctl show ${unit} --no-pager --property=ActiveState`;
		const host = await probedHost({commands: state === null ? {} : {[question]: `ActiveState=${state}\n`}});
		return driftProbe(installation({owned}), [], 'quick').read(host);
	};

	it('has drifted where systemd calls it otherwise, and is not judged where systemd does not answer', async () => {
		expect(await on('active')).toMatchObject({items: [], unjudged: []});
		const failed = await on('failed');
		expect(failed?.items).toEqual([{path: unit, kind: 'unit', expected: 'active', found: 'failed'}]);
		expect(failed && driftLines(failed)).toEqual([`${unit} is failed, not active`]);
		expect(await on(null)).toMatchObject({items: [], unjudged: [{path: unit}]});
	});
});

describe('the handler in force', () => {
	const [plain] = sampleFacts().containerd;
	const engine = (change: Partial<ContainerdFacts['config']>): ContainerdFacts => {
		if (!plain) throw new Error('The sample has no containerd.');
		return {...plain, config: {...plain.config, criDisabled: false, ...change}};
	};
	const table = (shim: string) => ({runtime_path: shim, options: {ConfigPath: activeConfiguration}});

	it('has not drifted while it names our shim and configuration', async () => {
		const containerd = [engine({runtimes: {runc: {}, kata: table(activeShim)}})];
		expect(await look({handler: 'kata'}, {}, containerd)).toMatchObject({items: [], unjudged: []});
	});

	it('has drifted where another file of the engine gives it another shim, or where it is gone', async () => {
		const other = await look({handler: 'kata'}, {}, [engine({runtimes: {kata: table('/usr/bin/mine')}})]);
		expect(other?.items).toEqual([
			{
				path: 'kata',
				kind: 'handler',
				expected: `${activeShim} with ${activeConfiguration}`,
				found: `/usr/bin/mine with ${activeConfiguration}`,
			},
		]);
		const gone = await look({handler: 'kata'}, {}, [engine({runtimes: {runc: {}}})]);
		expect(gone?.items).toMatchObject([{kind: 'handler', found: expect.stringContaining('not in /etc/containerd')}]);
	});

	it('is not judged where no containerd runs, or its configuration in force is not known', async () => {
		expect(await look({handler: 'kata'})).toMatchObject({items: [], unjudged: [{path: 'kata'}]});
		const broken = await look({handler: 'kata'}, {}, [engine({runtimes: null, dumpError: 'no TOML'})]);
		expect(broken).toMatchObject({items: [], unjudged: [{why: expect.stringContaining('no TOML')}]});
		expect(await look({handler: null})).toMatchObject({items: [], unjudged: []});
	});
});

describe('what people change', () => {
	it('in a drop-in that was carried over for them is theirs', async () => {
		const mine = '/etc/kata-containers/kata-setup/rust-qemu/config.d/50-mine.toml';
		const ours = '/etc/kata-containers/kata-setup/rust-qemu/config.d/10-kata-setup.toml';
		const owned = [mine, ours].map(path => ({path, state: `file:${hashOfText('a')}`, mode: 0o644}));
		const drift = await look({owned}, {[mine]: 'b', [ours]: 'b'});
		expect(drift?.theirs).toEqual([mine]);
		expect(drift?.items).toMatchObject([{path: ours, kind: 'content'}]);
	});

	it('beside our part of the engine’s main file is none of our business', async () => {
		const path = '/etc/containerd/config.toml';
		const block = '# BEGIN kata-setup (managed)\nversion = 3\n# END kata-setup\n';
		const owned = [{path, state: `part:${hashOfText(ourPartOf(block))}`, mode: null}];
		expect((await look({owned}, {[path]: `# mine\n${block}oom_score = 7\n`}))?.items).toEqual([]);
		expect((await look({owned}, {[path]: '# mine\n'}))?.items).toMatchObject([{path, kind: 'content'}]);
	});

	it('of a folder that was there before us, such as its mode, is theirs', async () => {
		const owned = [{path: '/etc/modules-load.d', state: 'directory', mode: null}];
		expect((await look({owned}, {'/etc/modules-load.d/': ''}))?.items).toEqual([]);
		expect((await look({owned}))?.items).toMatchObject([{kind: 'missing'}]);
	});
});

describe('our part of a main file', () => {
	const imports = (entries: string): string =>
		`# BEGIN kata-setup (managed)\nimports = [${entries}]\n# END kata-setup\n`;
	const ours = '"/etc/containerd/conf.d/kata-setup*.toml"';

	it('stays the same when entries are added to our imports, and does not without ours', () => {
		expect(ourPartOf(imports(`${ours}, "/etc/other.toml"`))).toBe(ourPartOf(imports(ours)));
		expect(ourPartOf(imports('"/etc/other.toml"'))).not.toBe(ourPartOf(imports(ours)));
		expect(ourPartOf('version = 3\n')).toBe('');
		expect(ourPartOf('[no toml')).toBe('');
	});
});

describe('the finding', () => {
	const drift = {depth: 'quick', unjudged: [], theirs: []} as const;
	const item = (path: string) => ({path, kind: 'missing', expected: 'file', found: 'absent'}) as const;
	const judged = (count: number) =>
		judgeDrift(
			sampleFacts({
				drift: {...drift, unjudged: [], theirs: [], items: Array.from({length: count}, (_, n) => item(`/x${n}`))},
			}),
		);

	it('warns of what drifted, and says how it is made right', () => {
		expect(judged(1)).toMatchObject([
			{
				severity: 'warning',
				summary: '1 thing of kata-setup changed behind its back',
				command: expect.stringContaining('kata-setup repair'),
			},
		]);
		expect(judged(1)[0]?.detail[0]).toBe('/x0 is gone.');
		expect(judged(25)[0]?.detail).toContain('And 5 more: kata-setup status');
	});

	it('says nothing where nothing drifted', () => {
		expect(judged(0)).toEqual([]);
		expect(judgeDrift(sampleFacts({drift: null}))).toEqual([]);
	});
});
