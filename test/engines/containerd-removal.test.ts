import {describe, expect, it} from 'vitest';
import {describeConfig} from '../../src/engines/containerd-dump.ts';
import {planContainerdEdit} from '../../src/engines/containerd-edit.ts';
import {removeContainerdEdit} from '../../src/engines/containerd-removal.ts';
import {parseToml} from '../../src/engines/toml-text.ts';
import {containerdWith, mainPath, version2Texts, version3Texts} from './configs.ts';

const paths = {runtimePath: '/etc/kata/shim', configPath: '/etc/kata/configuration.toml'};
const ours = {handler: 'kata', runtimePath: paths.runtimePath};
const edited = (version: string, text: string | null): string =>
	planContainerdEdit(containerdWith(version, text), paths).edits.find(({path}) => path === mainPath)?.after ?? '';

describe('removeContainerdEdit', () => {
	it.each(Object.entries(version2Texts))('gives back every byte of 1.x: %s', (_name, text) => {
		expect(removeContainerdEdit(edited('1.7.24', text), {created: false, ...ours})).toEqual({text, left: []});
	});

	it.each(Object.entries(version3Texts))('gives back every byte of 2.x: %s', (_name, text) => {
		expect(removeContainerdEdit(edited('2.1.4', text), {created: false, ...ours})).toEqual({text, left: []});
	});

	it.each(['1.7.24', '2.1.4'])('leaves no file where there was none: %s', version => {
		expect(removeContainerdEdit(edited(version, null), {created: true, ...ours}).text).toBeNull();
	});

	it('keeps what was added since, before and behind', () => {
		const text = version2Texts['Debian 12'] ?? '';
		const now = `# mine\n${edited('1.7.24', text)}\n[metrics]\n  address = "127.0.0.1:1338"\n`;
		expect(removeContainerdEdit(now, {created: false, ...ours}).text).toBe(
			`# mine\n${text}\n[metrics]\n  address = "127.0.0.1:1338"\n`,
		);
	});

	it('keeps the version in a file that we made, if others have written into it', () => {
		const now = `${edited('1.7.24', null)}[metrics]\n  address = "x"\n`;
		const {text, left} = removeContainerdEdit(now, {created: true, ...ours});
		expect(parseToml(text ?? '')).toEqual({version: 2, metrics: {address: 'x'}});
		expect(left.join()).toContain('version = 2');
	});

	it('keeps runc spelled out on 1.x, if another runtime has come to need it', () => {
		const crun =
			'[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun]\n  runtime_type = "io.containerd.runc.v2"\n';
		const now = edited('1.7.24', version2Texts['Debian 12'] ?? '') + crun;
		const {text, left} = removeContainerdEdit(now, {created: false, ...ours});
		expect(Object.keys(describeConfig(parseToml(text ?? '')).runtimes).sort()).toEqual(['crun', 'runc']);
		expect(left.join()).toContain('runc');
	});

	it('keeps imports that were added to ours', () => {
		const now = edited('2.1.4', 'version = 3\n').replace('kata-setup*.toml"', 'kata-setup*.toml", "/etc/mine.toml"');
		const {text, left} = removeContainerdEdit(`${now}root = "/x"\n`, {created: false, ...ours});
		expect(parseToml(text ?? '')).toEqual({version: 3, imports: ['/etc/mine.toml'], root: '/x'});
		expect(left.join()).toContain('/etc/mine.toml');
	});

	it('finds our part in a file that a tool has written anew without comments', () => {
		const now = edited('1.7.24', version2Texts['Debian 12'] ?? '').replace(/^#.*\n/gm, '');
		const {text} = removeContainerdEdit(now, {created: false, ...ours});
		expect(Object.keys(describeConfig(parseToml(text ?? '')).runtimes)).toEqual(['runc']);
		expect(text).not.toContain('kata');
		const imports = edited('2.1.4', 'version = 3\n').replace(/^#.*\n/gm, '');
		expect(parseToml(removeContainerdEdit(imports, {created: false, ...ours}).text ?? '').imports).toEqual([]);
	});

	it('leaves a handler of that name with another shim alone', () => {
		const text = '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata]\n  runtime_path = "/theirs"\n';
		expect(removeContainerdEdit(text, {created: false, ...ours}).text).toBe(text);
	});
});
