import {describe, expect, it} from 'vitest';
import {compareDumps} from '../../src/engines/config-diff.ts';
import {describeConfig} from '../../src/engines/containerd-dump.ts';
import {planContainerdEdit} from '../../src/engines/containerd-edit.ts';
import {mergeLikeContainerd} from '../../src/engines/emulated-dump.ts';
import {parseToml, valueAt} from '../../src/engines/toml-text.ts';
import {KataSetupError} from '../../src/errors.ts';
import type {ContainerdConfigFacts, ContainerdFacts} from '../../src/facts/facts.ts';
import {builtInRunc, containerdWith, mainPath, version2Texts, version3Texts} from './configs.ts';

const paths = {runtimePath: '/etc/kata/shim', configPath: '/etc/kata/configuration.toml'};
const plan = (version: string, text: string | null, config: Partial<ContainerdConfigFacts> = {}) =>
	planContainerdEdit(containerdWith(version, text, config), paths);
const cri2 = ['plugins', 'io.containerd.grpc.v1.cri', 'containerd', 'runtimes'];

function refusalOf(containerd: ContainerdFacts): KataSetupError['report'] {
	try {
		planContainerdEdit(containerd, paths);
	} catch (error) {
		if (error instanceof KataSetupError) return error.report;
		throw error;
	}
	throw new Error('it was not refused');
}

describe('containerd 1.x', () => {
	it.each(Object.entries(version2Texts))('appends to the main file and touches no other byte: %s', (_name, text) => {
		const {edits, handler} = plan('1.7.24', text);
		expect(handler).toBe('kata');
		expect(edits).toHaveLength(1);
		expect(edits[0]).toMatchObject({path: mainPath, before: text});
		expect(edits[0]?.after.startsWith(text)).toBe(true);
	});

	it('adds the handler and, where the file has none, the built-in runc with what the daemon says of it', () => {
		const after = parseToml(plan('1.7.24', version2Texts['Debian 12'] ?? '').edits[0]?.after ?? '');
		expect(valueAt(after, [...cri2, 'runc'])).toEqual({
			runtime_type: builtInRunc.runtime_type,
			sandbox_mode: 'podsandbox',
		});
		expect(valueAt(after, [...cri2, 'kata'])).toEqual({
			runtime_type: 'io.containerd.kata.v2',
			runtime_path: paths.runtimePath,
			privileged_without_host_devices: true,
			pod_annotations: ['io.katacontainers.*'],
			options: {ConfigPath: paths.configPath},
		});
		expect(valueAt(after, ['plugins', 'io.containerd.grpc.v1.cri', 'cni', 'bin_dir'])).toBe('/usr/lib/cni');
	});

	it('leaves the runc of a file that has one alone', () => {
		const text = version2Texts['a Kubernetes node with mirrors, comments at the end and no last line break'] ?? '';
		const added = plan('1.7.24', text).edits[0]?.after.slice(text.length) ?? '';
		expect(added).not.toContain('runc');
		expect(added.startsWith('\n')).toBe(true);
		expect(added.endsWith('\n')).toBe(false);
	});

	it('keeps the line breaks of the file', () => {
		const after = plan('1.6.20', version2Texts['CRLF line breaks'] ?? '').edits[0]?.after ?? '';
		expect(after.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
	});

	it('writes a whole file where there is none, with the version that its keys need', () => {
		const {edits} = plan('1.7.24', null);
		expect(edits).toMatchObject([{path: mainPath, before: null, mode: 0o644}]);
		expect(describeConfig(parseToml(edits[0]?.after ?? ''))).toMatchObject({version: 2});
		expect(Object.keys(describeConfig(parseToml(edits[0]?.after ?? '')).runtimes)).toEqual(['runc', 'kata']);
	});

	it('refuses a file of version 1, one without a version, and one of a later version', () => {
		expect(refusalOf(containerdWith('1.7.24', 'version = 1\n[plugins.cri]\n  x = 1\n')).why).toContain('version 1');
		expect(refusalOf(containerdWith('1.7.24', '[plugins.cri]\n  x = 1\n')).why).toContain('declares no version');
		expect(refusalOf(containerdWith('1.6.20', 'version = 3\n')).why).toContain('version 3');
	});

	it('refuses where an import would hide what is appended', () => {
		const text = 'version = 2\nimports = ["/etc/containerd/cri.toml"]\n';
		const refused = refusalOf(containerdWith('1.7.24', text, {criImportedFrom: '/etc/containerd/cri.toml'}));
		expect(refused.why).toContain('/etc/containerd/cri.toml');
	});

	it('refuses runtimes written as an inline table, which TOML does not let anyone add to', () => {
		const text = `version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
runtimes = {runc = {runtime_type = "io.containerd.runc.v2"}}
`;
		expect(refusalOf(containerdWith('1.7.24', text)).why).toContain('Tables cannot be added');
	});
});

describe('containerd 2.x', () => {
	const both = (text: string | null, config: Partial<ContainerdConfigFacts> = {}) => {
		const {edits} = plan('2.1.4', text, config);
		const main = edits.find(({path}) => path === mainPath);
		const dropIn = edits.find(({path}) => path !== mainPath);
		return {main, dropIn, order: edits.map(({path}) => path)};
	};

	it.each(Object.entries(version3Texts))('writes a drop-in of the main file’s version: %s', (_name, text) => {
		const {main, dropIn, order} = both(text);
		expect(order).toEqual(['/etc/containerd/conf.d/kata-setup.toml', mainPath]);
		const version = describeConfig(parseToml(text)).version ?? 3;
		expect(describeConfig(parseToml(dropIn?.after ?? ''))).toMatchObject({version});
		const before = parseToml(text);
		const differences = compareDumps(before, parseToml(main?.after ?? ''));
		const allowed = Object.keys(before).length === 0 ? ['version', 'imports'] : ['imports'];
		expect(differences.map(({path}) => path.join('.')).sort()).toEqual(allowed.sort());
	});

	it('leaves the main file alone if it imports a folder already, wherever that is', () => {
		const text = 'version = 3\nimports = ["/etc/other.toml", "extra.d/*.toml"]\n';
		const {main, dropIn} = both(text);
		expect(main).toBeUndefined();
		expect(dropIn).toMatchObject({path: '/etc/containerd/extra.d/kata-setup.toml', before: null});
	});

	it('does not take a glob for its own that would not match the drop-in', () => {
		const {main} = both('version = 3\nimports = ["/etc/containerd/conf.d/99-*.toml", "/etc/*/conf.d/*.toml"]\n');
		expect(main?.after).toContain('"/etc/*/conf.d/*.toml", "/etc/containerd/conf.d/kata-setup*.toml"]');
	});

	it('gives, merged as containerd merges, the old configuration and the handler', () => {
		for (const text of Object.values(version3Texts)) {
			const {main, dropIn} = both(text);
			const before = parseToml(mergeLikeContainerd(text, []));
			const after = parseToml(mergeLikeContainerd(main?.after ?? text, [dropIn?.after ?? '']));
			const changed = compareDumps(before, after).map(({path}) => path.slice(0, 5).join(' '));
			expect(new Set(changed)).toEqual(
				new Set(['imports', 'plugins io.containerd.cri.v1.runtime containerd runtimes kata']),
			);
		}
	});

	it('refuses a file that declares no version', () => {
		expect(refusalOf(containerdWith('2.1.4', 'root = "/x"\n')).remedy.join()).toContain('config migrate');
	});
});

describe('every version', () => {
	const taken = {runc: builtInRunc, kata: {runtime_type: 'io.containerd.kata.v2', runtime_path: '/opt/other/shim'}};

	it('takes the name kata-setup where kata is taken, and nothing where both are', () => {
		expect(plan('1.7.24', 'version = 2\n', {runtimes: taken}).handler).toBe('kata-setup');
		expect(plan('2.1.4', 'version = 3\n', {runtimes: taken}).handler).toBe('kata-setup');
		const both = {...taken, 'kata-setup': {}};
		expect(refusalOf(containerdWith('2.1.4', 'version = 3\n', {runtimes: both})).message).toContain('no free name');
	});

	it('takes the name that was asked for, or says that it is taken', () => {
		const containerd = containerdWith('2.1.4', 'version = 3\n');
		expect(planContainerdEdit(containerd, {...paths, handler: 'vm'}).handler).toBe('vm');
		expect(() => planContainerdEdit(containerd, {...paths, handler: 'runc'})).toThrow('no free name');
	});

	it.each(['1.7.24', '2.1.4'])('replaces what an earlier kata-setup left: %s', version => {
		const text = version2Texts['Debian 12'] ?? '';
		const first = planContainerdEdit(containerdWith(version, text), {runtimePath: '/old', configPath: '/old.toml'});
		const main = first.edits.find(({path}) => path === mainPath)?.after ?? '';
		const dropIn = first.edits.find(({path}) => path !== mainPath);
		const again = plan(version, main, {
			runtimes: {runc: builtInRunc, kata: {runtime_type: 'io.containerd.kata.v2', runtime_path: '/old'}},
			ownDropIn: dropIn ? {path: dropIn.path, text: dropIn.after} : null,
		});
		const fresh = plan(version, text);
		expect(again.handler).toBe('kata');
		expect(again.edits.map(({after}) => after)).toEqual(fresh.edits.map(({after}) => after));
		expect(again.edits.find(({path}) => path === mainPath)?.before).toBe(main);
	});

	it('makes no edit where CRI is switched off, and says so', () => {
		const {edits, notes} = plan('1.7.24', 'disabled_plugins = ["cri"]\n');
		expect(edits).toEqual([]);
		expect(notes.join()).toContain('switched off');
	});

	it('refuses what is not its own, what it cannot read, and what it could not give back', () => {
		expect(refusalOf({...containerdWith('2.1.4', 'version = 3\n'), ownedBy: 'k3s'}).why).toContain('k3s');
		const broken = containerdWith('2.1.4', 'version = 3\n', {runtimes: null, dumpError: 'row 3: expected ='});
		expect(refusalOf(broken).why).toBe('row 3: expected =');
		expect(refusalOf(containerdWith('2.1.4', '\uFEFFversion = 3\n')).why).toContain('byte order mark');
		expect(refusalOf(containerdWith('2.1.4', 'version = 3 # \uFFFD\n')).why).toContain('UTF-8');
		expect(refusalOf(containerdWith('unknown', 'version = 3\n')).why).toContain('version');
	});

	it('does not cut into a file in which half a block of ours is left', () => {
		const {why} = refusalOf(containerdWith('1.7.24', 'version = 2\n# BEGIN kata-setup (…)\n[grpc]\n'));
		expect(why).toContain('without its other half');
	});
});
