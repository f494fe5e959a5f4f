import {describe, expect, it} from 'vitest';
import {compareDumps, differenceLine, foreignDifferences} from '../../src/engines/config-diff.ts';

const runtimes = (tables: Record<string, unknown>, plugin = 'io.containerd.cri.v1.runtime') => ({
	plugins: {[plugin]: {containerd: {runtimes: tables}}},
});
const foreign = (before: object, after: object): string[] =>
	foreignDifferences(compareDumps(before as never, after as never), 'kata').map(differenceLine);

describe('foreignDifferences', () => {
	it('lets our handler and the imports pass, in both names of the section', () => {
		const runc = {runc: {runtime_type: 'r'}};
		for (const plugin of ['io.containerd.cri.v1.runtime', 'io.containerd.grpc.v1.cri'])
			expect(
				foreign(
					{imports: [], ...runtimes(runc, plugin)},
					{imports: ['x'], ...runtimes({...runc, kata: {runtime_type: 'k', options: {ConfigPath: 'c'}}}, plugin)},
				),
			).toEqual([]);
	});

	it('lets empty values of a runtime vanish, which 1.x no longer prints once it is spelled out', () => {
		const before = runtimes({runc: {runtime_type: 'r', options: {Root: '', IoUid: 0, SystemdCgroup: false}}});
		expect(foreign(before, runtimes({runc: {runtime_type: 'r'}}))).toEqual([]);
	});

	it('names a setting of a runtime that is lost, and an empty value that is lost anywhere else', () => {
		const before = runtimes({runc: {options: {SystemdCgroup: true}}});
		expect(foreign(before, runtimes({runc: {}}))).toEqual([
			'plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options.SystemdCgroup = true is lost',
		]);
		expect(foreign({plugins: {x: {a: ''}}}, {})).toEqual(['plugins.x.a = "" is lost']);
	});

	it('names what is new and what changes', () => {
		expect(foreign({root: '/a'}, {root: '/b', state: '/s'})).toEqual([
			'root changes from "/a" to "/b"',
			'state = "/s" is new',
		]);
		expect(foreign(runtimes({}), runtimes({kata2: {x: 1}}))).toHaveLength(1);
		expect(foreign({a: [1, 2]}, {a: [2, 1]})).toHaveLength(1);
	});

	it('names a secret that is lost or changes without its value: the line ends in records that everybody may read', () => {
		const registry = (auth: object) => ({
			plugins: {'io.containerd.grpc.v1.cri': {registry: {configs: {'registry.example': {auth}}}}},
		});
		const lines = [
			...foreign(registry({username: 'reader', password: 'hunter', auth: 'aHVudGVy'}), registry({password: 'hunter2'})),
			...foreign({headers: [{Authorization: ['Basic aHVudGVy']}]}, {}),
			...foreign({endpoint: 'https://reader:hunter@registry.example'}, {}),
		];
		const key = 'plugins."io.containerd.grpc.v1.cri".registry.configs."registry.example".auth';
		expect(lines).toEqual([
			`${key}.username = "reader" is lost`,
			`${key}.password changes from "REDACTED" to "REDACTED"`,
			`${key}.auth = "REDACTED" is lost`,
			'headers = [{"Authorization":"REDACTED"}] is lost',
			'endpoint = "https://REDACTED@registry.example" is lost',
		]);
	});
});
