/** Which kernel the configuration names: copies, drop-ins, and links in the release. */
import {expect, it} from 'vitest';
import {configuredKernel, kernelVersion} from '../../src/smoke/guest-kernel.ts';
import {probedHost} from '../support/probed-host.ts';

const tree = '/opt/kata-setup/trees/4.1.0-rust-x';
const folder = '/etc/kata-containers/kata-setup';
const configuration = `${folder}/active/configuration.toml`;
const pair = {runtime: 'rust', hypervisor: 'qemu'} as const;
const kernels = `${tree}/share/kata-containers`;

const base = {
	'/opt/kata': `link:${tree}`,
	[`${folder}/active`]: 'link:rust-qemu',
	[`${kernels}/vmlinux-6.18.35-202`]: 'x',
	[`${kernels}/vmlinuz-6.18.35-202-confidential`]: 'x',
	[`${kernels}/vmlinux.container`]: 'link:vmlinux-6.18.35-202',
	[`${folder}/rust-qemu/configuration.toml`]:
		'[hypervisor.qemu]\nkernel = "/opt/kata/share/kata-containers/vmlinux.container"\n',
};

const kernel = async (files: Record<string, string> = {}) =>
	configuredKernel(await probedHost({files: {...base, ...files}}), {pair, configuration, tree});

it('follows the release’s link to a file whose name has the version', async () => {
	expect(await kernel()).toEqual({file: `${kernels}/vmlinux-6.18.35-202`, version: '6.18.35', inTree: true});
});

it('heeds drop-ins, of which the last one counts and others say nothing of it', async () => {
	const dropIns = `${folder}/rust-qemu/config.d`;
	const other = `${kernels}/vmlinuz-6.18.35-202-confidential`;
	expect(
		await kernel({
			[`${dropIns}/20-a.toml`]: '[hypervisor.qemu]\nkernel = "/nowhere"\n',
			[`${dropIns}/50-b.toml`]: `[hypervisor.qemu]\nkernel = "${other}"\n`,
			[`${dropIns}/60-c.toml`]: '[agent.kata]\nenable_debug = true\n',
			[`${dropIns}/70-d.toml`]: '[broken\n',
			[`${dropIns}/90-e.toml.bak`]: '[hypervisor.qemu]\nkernel = "/nowhere"\n',
		}),
	).toEqual({file: other, version: '6.18.35', inTree: true});
});

it('knows a kernel of the user’s own', async () => {
	const files = {
		'/srv/vmlinux-7.0.1': 'x',
		[`${folder}/rust-qemu/config.d/50-b.toml`]: '[hypervisor.qemu]\nkernel = "/srv/vmlinux-7.0.1"\n',
	};
	expect(await kernel(files)).toEqual({file: '/srv/vmlinux-7.0.1', version: '7.0.1', inTree: false});
});

it('says nothing where nothing can be told', async () => {
	const main = `${folder}/rust-qemu/configuration.toml`;
	expect(await kernel({[main]: '[hypervisor.qemu]\n'})).toBeNull();
	expect(await kernel({[main]: '[hypervisor.qemu]\nkernel = "/nowhere"\n'})).toBeNull();
	expect(await kernel({[`${folder}/active`]: 'link:nowhere'})).toBeNull();
	expect(
		await kernel({[main]: '[hypervisor.clh]\nkernel = "/opt/kata/share/kata-containers/vmlinux.container"\n'}),
	).toMatchObject({
		version: '6.18.35',
	});
});

it('takes a kernel’s version from the beginning of its release', () => {
	expect(['6.18.35-202', '6.1.0-56-cloud-amd64', '6.18', '7', 'container'].map(kernelVersion)).toEqual([
		'6.18.35',
		'6.1.0',
		'6.18',
		null,
		null,
	]);
});
