import {describe, expect, it} from 'vitest';
import {readCrio} from '../../../src/facts/engines/crio.ts';
import {probedHost} from '../../support/probed-host.ts';

describe('CRI-O’s files', () => {
	it('are read in order, later ones over earlier ones', async () => {
		const host = await probedHost({
			files: {
				'/etc/crio/crio.conf':
					'[crio.runtime]\ndefault_runtime = "crun"\n[crio.runtime.runtimes.kata]\nruntime_path = "/old"\nruntime_root = "/run/vc"\n',
				'/etc/crio/crio.conf.d/10-crun.conf': '[crio.runtime.runtimes.crun]\nruntime_path = "/usr/bin/crun"\n',
				'/etc/crio/crio.conf.d/99-kata.conf':
					'[crio.runtime.runtimes.kata]\nruntime_path = "/opt/s/containerd-shim-kata-v2"\nruntime_type = "vm"\nruntime_config_path = "/gone.toml"\n',
				'/opt/s/containerd-shim-kata-v2': '',
			},
		});
		expect(await readCrio(host)).toEqual({
			files: ['/etc/crio/crio.conf', '/etc/crio/crio.conf.d/10-crun.conf', '/etc/crio/crio.conf.d/99-kata.conf'],
			errors: [],
			defaultRuntime: 'crun',
			runtimes: {
				crun: {type: null, path: '/usr/bin/crun', pathExists: false, root: null, configPath: null, configExists: null},
				kata: {
					type: 'vm',
					path: '/opt/s/containerd-shim-kata-v2',
					pathExists: true,
					root: '/run/vc',
					configPath: '/gone.toml',
					configExists: false,
				},
			},
		});
	});

	it('that are broken are named, and the others are read', async () => {
		const files = {
			'/etc/crio/crio.conf': 'x = = 1\n',
			'/etc/crio/crio.conf.d/a.conf': '[crio.runtime]\ndefault_runtime = "runc"\n',
		};
		expect(await readCrio(await probedHost({files}))).toMatchObject({
			errors: [{path: '/etc/crio/crio.conf'}],
			defaultRuntime: 'runc',
		});
	});

	it('are none where CRI-O is not installed', async () => {
		expect(await readCrio(await probedHost({}))).toBeNull();
	});
});
