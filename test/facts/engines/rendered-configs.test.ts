import {describe, expect, it} from 'vitest';
import {renderedConfigsProbe} from '../../../src/facts/engines/rendered-configs.ts';
import {probedHost} from '../../support/probed-host.ts';

const folder = '/var/lib/rancher/k3s/agent/etc/containerd';

describe('configurations that a distribution writes itself', () => {
	it('are read with their version, imports and templates', async () => {
		const files = {
			[`${folder}/config.toml`]: `version = 3\nimports = ["${folder}/config-v3.toml.d/*.toml"]\n`,
			[`${folder}/config-v3.toml.tmpl`]: '{{ template "base" . }}\n',
			[`${folder}/certs.d/x`]: '',
			'/etc/k0s/containerd.toml': 'version = 2\n',
		};
		expect(await renderedConfigsProbe.read(await probedHost({files}))).toEqual([
			{
				engine: 'k3s',
				path: `${folder}/config.toml`,
				version: 3,
				imports: [`${folder}/config-v3.toml.d/*.toml`],
				templates: [`${folder}/config-v3.toml.tmpl`],
				error: null,
			},
			{engine: 'k0s', path: '/etc/k0s/containerd.toml', version: 2, imports: [], templates: [], error: null},
		]);
	});

	it('that are broken or closed are named with the reason', async () => {
		const host = await probedHost({files: {'/etc/k0s/containerd.toml': '{{ bad }}\n'}});
		const closed = async (path: string): Promise<string | null> => {
			if (path.startsWith(folder)) throw Object.assign(new Error('closed'), {code: 'EACCES'});
			return host.files.readText(path);
		};
		const found = await renderedConfigsProbe.read({...host, files: {...host.files, readText: closed}});
		expect(found).toMatchObject([
			{engine: 'k3s', error: 'EACCES'},
			{engine: 'k0s', version: null},
		]);
		expect(found[1]?.error).toBeTruthy();
	});
});
