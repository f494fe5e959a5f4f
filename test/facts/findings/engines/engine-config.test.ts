import {describe, expect, it} from 'vitest';
import type {ConfigFileFacts, ContainerdConfigFacts, ContainerdFacts} from '../../../../src/facts/facts.ts';
import {sampleContainerd} from '../../../support/facts.ts';
import {find, findings, has} from '../find.ts';

const {config} = sampleContainerd();
const main = '/etc/containerd/config.toml';
const dropIn = '/etc/containerd/conf.d/a.toml';
const started = Date.UTC(2026, 10, 25, 12);

const file = (path: string, changes: Partial<ConfigFileFacts> = {}): ConfigFileFacts => ({
	path,
	modifiedMs: started - 60_000,
	missing: false,
	version: null,
	criSections: [],
	...changes,
});
const of = (changes: Partial<ContainerdConfigFacts>, daemon: Partial<ContainerdFacts> = {}) => ({
	containerd: [sampleContainerd({startedMs: started, ...daemon, config: {...config, files: [file(main)], ...changes}})],
});
const old = {version: '1.7.24'};
const cri = 'io.containerd.grpc.v1.cri';

describe('the engine’s configuration', () => {
	it('is worth no word where it is well', () => {
		const ids = findings(of({})).map(({id}) => id);
		expect(ids.filter(id => id.startsWith('engine-'))).toEqual([]);
	});

	it('that the plan would refuse blocks in the planner’s words', () => {
		const text = `[plugins."${cri}"]\nx = 1\n`;
		const found = find('engine-config', of({text, version: null}, old));
		expect(found).toMatchObject({severity: 'blocker', affects: 'all'});
		expect(found.all).toContain('declares no version');
		expect(found.all).toContain('means nothing');
		expect(found.remedy[0]).toContain('version = 2');
		expect(found.remedy).not.toContain('Nothing was changed.');
	});

	it('is not judged anew where Kata stands in it already', () => {
		const installation = {
			version: '4.1.0',
			runtime: 'rust',
			hypervisor: 'qemu',
			tree: '/opt/kata',
			handler: 'kata',
			unfinishedRun: null,
			sequence: 1,
		} as const;
		const facts = {...of({text: `[plugins."${cri}"]\nx = 1\n`, version: null}, old), installation};
		expect(has('engine-config', facts)).toBe(false);
		expect(find('engine-schema', facts).summary).toContain('has no version');
	});

	it.each([
		['a version 1 section', {text: 'version = 2\n[plugins.cri]\nx = 1\n', version: 2}, old, 'names plugins.cri'],
		['a version 1 section on 2.x', {text: 'version = 3\n[plugins.cri]\nx = 1\n', version: 3}, {}, 'names plugins.cri'],
		[
			'a plain import that is gone',
			{files: [file(main), file(dropIn, {missing: true, modifiedMs: null})]},
			{},
			'which is gone',
		],
		[
			'a drop-in of another version',
			{files: [file(main), file(dropIn, {version: 2, criSections: [cri]})]},
			{},
			'is of another version than',
		],
	])('warns of %s', (_what, changes, daemon, words) => {
		const found = find('engine-schema', of(changes, daemon));
		expect(found.severity).toBe('warning');
		expect(found.summary).toContain(words);
		expect(found.sources).toEqual([main]);
	});

	it('lets a drop-in of the same version be, and one that has no CRI settings', () => {
		const same = file(dropIn, {version: 3, criSections: ['io.containerd.cri.v1.runtime']});
		expect(has('engine-schema', of({files: [file(main), same]}))).toBe(false);
		expect(has('engine-schema', of({files: [file(main), file(dropIn, {version: 2})]}))).toBe(false);
	});

	it('of version 3 is too new for 1.x', () => {
		const found = find('engine-config', of({text: 'version = 3\n', version: 3}, {version: '1.6.20'}));
		expect(found.all).toContain('which this containerd does not understand');
		expect(found.all).toContain('drops its plugin sections');
		// On 2.x that same file is the usual one.
		expect(has('engine-config', of({text: 'version = 3\n', version: 3}))).toBe(false);
	});

	it('whose CRI section is replaced by an import on 1.x blocks, with what is lost', () => {
		const imported = {
			text: `version = 2\nimports = ["${dropIn}"]\n[plugins."${cri}"]\nx = 1\n`,
			version: 2,
			imports: [dropIn],
			criImportedFrom: dropIn,
			files: [file(main), file(dropIn, {version: 2, criSections: [cri]})],
		};
		const found = find('engine-config', of(imported, old));
		expect(found.all).toContain(`imports ${dropIn}`);
		expect(found.all).toContain('are not in force');
		// 2.x merges.
		expect(has('engine-config', of({...imported, criImportedFrom: null}))).toBe(false);
	});

	it('that was changed since the start is not in force', () => {
		const later = file(dropIn, {modifiedMs: started + 5000});
		const found = find('engine-restart', of({files: [file(main), later]}));
		expect(found).toMatchObject({severity: 'warning', command: 'sudo systemctl restart containerd.service'});
		expect(found.summary).toContain(dropIn);
		expect(found.all).toContain('2026-11-25 12:00:05 UTC, containerd since 2026-11-25 12:00:00 UTC');
		// The start is known to a second only.
		const soon = file(main, {modifiedMs: started + 1500});
		expect(has('engine-restart', of({files: [soon]}))).toBe(false);
		expect(has('engine-restart', of({files: [later]}, {startedMs: null}))).toBe(false);
	});

	it('with Kata by default is a warning on a Kubernetes node', () => {
		const kata = of({defaultRuntime: 'kata', runtimes: {kata: {runtime_type: 'io.containerd.kata.v2'}}});
		expect(find('engine-default', kata).severity).toBe('note');
		const kubernetes = {kubelet: 5, signs: ['process 5'], endpoint: null};
		expect(find('engine-default', {...kata, kubernetes})).toMatchObject({severity: 'warning'});
		expect(find('engine-default', {...kata, kubernetes}).all).toContain('host networking');
		const named = of({defaultRuntime: 'vm', runtimes: {vm: {runtime_type: 'io.containerd.kata-qemu.v2'}}});
		expect(find('engine-default', named).summary).toContain('`vm`');
	});
});
