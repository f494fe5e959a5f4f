import {expect, it} from 'vitest';
import {treeOffersProbe} from '../../../src/facts/kata/tree-offers.ts';
import {configurationInTree, shimInTree, treesFolder} from '../../../src/layout.ts';
import {type ManifestMember, manifestText} from '../../../src/release/manifest.ts';
import {probedHost} from '../../support/probed-host.ts';

const tree = `${treesFolder}/4.1.0-rust-0123456789ab`;
const folder = configurationInTree.rust;
const qemu = '[hypervisor.qemu]\npath = "/opt/kata/bin/qemu-system-x86_64"\nkernel = "/opt/kata/share/vmlinuz"\n';
const texts: Record<string, string> = {
	[`${folder}/configuration-qemu-runtime-rs.toml`]: qemu,
	[`${folder}/configuration-novelty.toml`]: qemu.replace('qemu]', 'novelty]'),
};
const file = (path: string): ManifestMember => ({
	type: 'file',
	path,
	archive: 'a',
	mode: 0o644,
	size: 1,
	sha256: '0'.repeat(64),
});
const members = (...more: ManifestMember[]): ManifestMember[] => [
	...[shimInTree.rust, 'bin/qemu-system-x86_64', ...Object.keys(texts)].map(file),
	{type: 'link', path: 'share/vmlinuz', archive: 'a', target: 'vmlinuz-6.18'},
	...more,
];
const read = async (manifest: string) =>
	treeOffersProbe.read(
		await probedHost({
			files: {
				[`${tree}.manifest`]: manifest,
				...Object.fromEntries(Object.entries(texts).map(([path, text]) => [`${tree}/${path}`, text])),
			},
		}),
	);

it('names what is complete in a tree, what others lack, and what is not described yet', async () => {
	const [found] = await read(manifestText(members(file('share/vmlinuz-6.18'))));
	expect(found?.path).toBe(tree);
	const lack = new Map(found?.pairs.map(pair => [pair.name, pair.lack]));
	expect(lack.get('rust-qemu')).toBeNull();
	expect(lack.get('rust-dragonball')).toBe('its configuration is not in this release');
	expect(found?.undescribed).toEqual([{runtime: 'rust', file: 'configuration-novelty.toml'}]);
});

it('offers nothing whose kernel is a link that leads nowhere', async () => {
	const [found] = await read(manifestText(members()));
	expect(found?.pairs.find(({name}) => name === 'rust-qemu')?.lack).toContain('share/vmlinuz');
	expect(found?.undescribed).toEqual([]);
});

it('says nothing of a tree whose manifest cannot be read', async () => {
	expect(await read('{"manifest":1')).toEqual([]);
});

it('tells the variants that can be chosen, too', async () => {
	const go = configurationInTree.go;
	const name = `${go}/configuration-qemu-nvidia-cpu.toml`;
	const text = qemu.replace('share/vmlinuz', 'share/vmlinuz-nvidia');
	const goTree = `${treesFolder}/4.1.0-go-0123456789ab`;
	const lackOf = async (...more: string[]) => {
		const manifest = manifestText([shimInTree.go, 'bin/qemu-system-x86_64', name, ...more].map(file));
		const host = await probedHost({files: {[`${goTree}.manifest`]: manifest, [`${goTree}/${name}`]: text}});
		const [found] = await treeOffersProbe.read(host);
		return found?.pairs.find(pair => pair.name === 'go-qemu-nvidia-cpu')?.lack;
	};
	expect(await lackOf('share/vmlinuz-nvidia')).toBeNull();
	expect(await lackOf()).toBe('this release lacks share/vmlinuz-nvidia');
});
