/** What people have set for a Kata that is not ours: drop-ins, and copies of packaged files that were edited. */
import {describe, expect, it} from 'vitest';
import {theirSettingsProbe} from '../../../src/facts/kata/their-settings.ts';
import {withoutSecrets} from '../../../src/facts/secrets.ts';
import {sampleFacts} from '../../support/facts.ts';
import {probedHost} from '../../support/probed-host.ts';

const packaged = '/opt/kata/share/defaults/kata-containers';
const qemu = '[hypervisor.qemu]\npath = "/opt/kata/bin/qemu"\ndefault_vcpus = 1\n[runtime]\nenable_debug = false\n';
const nvidia = '[hypervisor.qemu]\npath = "/opt/kata/bin/qemu"\ndefault_vcpus = 8\n[runtime]\nenable_debug = true\n';
const clh = '[hypervisor.clh]\npath = "/opt/kata/bin/clh"\ndefault_vcpus = 1\n';
const release = {
	[`${packaged}/configuration-qemu.toml`]: qemu,
	[`${packaged}/configuration-qemu-nvidia.toml`]: nvidia,
	[`${packaged}/configuration-clh.toml`]: clh,
};
const read = async (files: Record<string, string>) =>
	theirSettingsProbe.read(await probedHost({files: {...release, ...files}}));

describe('settings of people for another Kata', () => {
	it('are none where nothing was set', async () => {
		expect(await read({})).toEqual([]);
		expect(await read({'/etc/kata-containers/configuration.toml': qemu})).toEqual([]);
		expect(await read({'/etc/kata-containers/configuration.toml': `link:${packaged}/configuration-qemu.toml`})).toEqual(
			[],
		);
	});

	it('are the drop-ins beside the packaged files and in /etc, by runtime', async () => {
		const found = await read({
			[`${packaged}/config.d/50-a.toml`]: '[runtime]\nenable_debug = true\n',
			'/etc/kata-containers/runtime-rs/config.d/b.toml': '# b\n',
		});
		expect(found).toEqual([
			{
				path: '/etc/kata-containers/runtime-rs/config.d/b.toml',
				runtime: 'rust',
				kind: 'drop-in',
				mode: 0o644,
				text: '# b\n',
			},
			{
				path: `${packaged}/config.d/50-a.toml`,
				runtime: 'go',
				kind: 'drop-in',
				mode: 0o644,
				text: '[runtime]\nenable_debug = true\n',
			},
		]);
	});

	it('are of an edited copy what differs from the packaged file that it is most like, also what it leaves out', async () => {
		const path = '/etc/kata-containers/configuration.toml';
		const edited = '[hypervisor.qemu]\npath = "/opt/kata/bin/qemu"\ndefault_vcpus = 4\n[agent.kata]\ndebug = true\n';
		expect(await read({[path]: edited})).toEqual([
			{
				path,
				runtime: 'go',
				kind: 'file',
				mode: 0o644,
				like: 'configuration-qemu.toml',
				text: expect.stringMatching(/^\[hypervisor\.qemu\]\ndefault_vcpus = 4\n\n\[agent\.kata\]\ndebug = true\n$/),
				unset: [{table: 'runtime', option: 'enable_debug'}],
			},
		]);
		const [other] = await read({[path]: clh.replace('= 1', '= 2')});
		expect(other).toMatchObject({like: 'configuration-clh.toml', text: '[hypervisor.clh]\ndefault_vcpus = 2\n'});
		expect(other).not.toHaveProperty('unset');
	});

	it('are named and not read where nothing packaged is like them, or they are no TOML', async () => {
		const files = {'/etc/kata-containers/a.toml': '[hypervisor.mine]\nx = 1\n', '/etc/kata-containers/b.toml': '[x\n'};
		expect(await read(files)).toMatchObject([{text: null}, {text: null}]);
	});

	it('are printed without their secrets, and marked', async () => {
		const file = {path: '/etc/x', runtime: 'go', kind: 'drop-in', mode: 0o600, text: 'password = "hunter2"\n'} as const;
		const [found] = withoutSecrets(sampleFacts({theirSettings: [file]})).theirSettings ?? [];
		expect(found).toMatchObject({redacted: true, text: 'password = "REDACTED"\n'});
	});
});
