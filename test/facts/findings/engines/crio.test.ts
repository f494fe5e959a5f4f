import {describe, expect, it} from 'vitest';
import type {CrioFacts, CrioRuntimeFacts} from '../../../../src/facts/facts.ts';
import {find, has} from '../find.ts';

const kata: CrioRuntimeFacts = {
	type: 'vm',
	path: '/opt/kata/bin/containerd-shim-kata-v2',
	pathExists: true,
	root: '/run/vc',
	configPath: null,
	configExists: null,
};
const of = (runtime: Partial<CrioRuntimeFacts>, changes: Partial<CrioFacts> = {}) => ({
	crio: {
		files: ['/etc/crio/crio.conf'],
		errors: [],
		defaultRuntime: 'crun',
		runtimes: {crun: {...kata, type: null, path: '/usr/bin/crun', root: null}, kata: {...kata, ...runtime}},
		...changes,
	},
});

describe('CRI-O', () => {
	it('is worth no word where its handlers are well', () => {
		expect(has('crio', of({}))).toBe(false);
	});

	it.each([
		[{type: 'oci'}, 'runtime_type is oci'],
		[{type: null}, 'runtime_type is not set'],
		[{path: '/usr/bin/kata-runtime'}, 'has to be a containerd-shim-'],
		[{path: null, pathExists: null}, 'runtime_path is not set'],
		[{pathExists: false}, 'is not there'],
		[{configPath: '/c.toml', configExists: false}, '/c.toml is not there'],
		[{root: '/run/x'}, 'runtime_root is /run/x'],
	])('ignores a Kata handler with %j', (runtime, words) => {
		const found = find('crio', of(runtime));
		expect(found.severity).toBe('warning');
		expect(found.summary).toContain('`kata`');
		expect(found.all).toContain(words);
	});

	it('would not start with a broken file; a closed one is not broken', () => {
		const errors = [{path: '/etc/crio/crio.conf', why: 'Unexpected character'}];
		expect(find('crio', of({}, {errors})).summary).toBe('/etc/crio/crio.conf is broken');
		expect(has('crio', of({}, {errors: [{path: '/x', why: 'EACCES'}]}))).toBe(false);
	});
});
