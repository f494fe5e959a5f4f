/** What a release offers by its files, against what its configurations name. */
import {describe, expect, it} from 'vitest';
import {lackOf, offersOf, type ReleaseFiles} from '../../src/catalogue/offers.ts';

const rustFolder = 'share/defaults/kata-containers/runtime-rs';
const guests = 'share/kata-containers';
const clh = {runtime: 'rust', hypervisor: 'cloud-hypervisor'} as const;

/** Kata's own files have a doubled slash here and there. */
const text = (table: string, binary: string): string => `
[hypervisor.${table}]
path = "/opt/kata/bin/${binary}"
kernel = "/opt/kata/${guests}/vmlinux.container"
image = "/opt/kata/share//kata-containers/kata-containers.img"
firmware = ""
virtio_fs_daemon = "/usr/libexec/virtiofsd"
`;

/** A small release with rust and Cloud Hypervisor, complete unless a test says otherwise. */
function release(
	changes: {paths?: Record<string, string | null | undefined>; texts?: Record<string, string>} = {},
): ReleaseFiles {
	const paths: Record<string, string | null | undefined> = {
		'runtime-rs/bin/containerd-shim-kata-v2': null,
		'bin/cloud-hypervisor': null,
		[`${guests}/vmlinux.container`]: 'vmlinux-6.18.35-202',
		[`${guests}/vmlinux-6.18.35-202`]: null,
		[`${guests}/kata-containers.img`]: '/opt/kata/share/kata-containers/kata-ubuntu-noble.image',
		[`${guests}/kata-ubuntu-noble.image`]: null,
		...changes.paths,
	};
	const texts = {
		[`${rustFolder}/configuration-clh-runtime-rs.toml`]: text('clh', 'cloud-hypervisor'),
		...changes.texts,
	};
	const there = Object.entries(paths).filter((entry): entry is [string, string | null] => entry[1] !== undefined);
	return {paths: new Map(there), configurations: new Map(Object.entries(texts))};
}

describe('an offer', () => {
	it('is complete where shim, binary, kernel and image are there, through links of either kind', () => {
		const offers = offersOf(release());
		expect(offers).toEqual([
			{
				runtime: 'rust',
				file: 'configuration-clh-runtime-rs.toml',
				pair: clh,
				name: 'rust-cloud-hypervisor',
				described: true,
				missing: [],
				error: null,
			},
		]);
		expect(lackOf(clh, offers)).toBeNull();
	});

	it.each([
		'runtime-rs/bin/containerd-shim-kata-v2',
		'bin/cloud-hypervisor',
		`${guests}/vmlinux.container`,
		`${guests}/kata-containers.img`,
	])('is none without %s', path => {
		const offers = offersOf(release({paths: {[path]: undefined}}));
		expect(lackOf(clh, offers)).toBe(`this release lacks ${path}`);
	});

	it('is complete where its configuration leaves out the one folder that has a file', () => {
		const named = text('clh', 'cloud-hypervisor').replace('firmware = ""', 'firmware = "/opt/kata/share//CODE.fd"');
		const texts = {[`${rustFolder}/configuration-clh-runtime-rs.toml`]: named};
		const lackWith = (...there: string[]): string | null =>
			lackOf(clh, offersOf(release({texts, paths: Object.fromEntries(there.map(path => [path, null]))})));
		expect(lackWith('share/CODE.fd')).toBeNull();
		expect(lackWith('share/aavmf/CODE.fd')).toBeNull();
		expect(lackWith('share/aavmf/deeper/CODE.fd')).toBe('this release lacks share/CODE.fd');
		expect(lackWith('share/aavmf/CODE.fd', 'share/ovmf/CODE.fd')).toBe('this release lacks share/CODE.fd');
		expect(lackWith()).toBe('this release lacks share/CODE.fd');
	});

	it('is none where a link leads nowhere, or in a circle', () => {
		const kernel = `${guests}/vmlinux.container`;
		for (const target of ['vmlinux-gone', 'vmlinux.container'])
			expect(offersOf(release({paths: {[kernel]: target}}))[0]?.missing).toEqual([kernel]);
	});

	it('of a configuration that nobody described yet has its file’s name', () => {
		const texts = {[`${rustFolder}/configuration-novelty.toml`]: text('novelty', 'cloud-hypervisor')};
		expect(
			offersOf(release({texts})).map(({name, described, pair, missing}) => [name, described, pair, missing]),
		).toEqual([
			['rust-cloud-hypervisor', true, clh, []],
			['novelty', false, null, []],
		]);
	});

	it('of a variant has its name', () => {
		const texts = {[`${rustFolder}/configuration-qemu-snp-runtime-rs.toml`]: text('qemu', 'qemu-snp')};
		expect(offersOf(release({texts}))[1]).toMatchObject({
			name: 'rust-qemu-snp',
			described: true,
			pair: null,
			missing: ['bin/qemu-snp'],
		});
	});

	it('says why a configuration cannot be read', () => {
		const path = `${rustFolder}/configuration-clh-runtime-rs.toml`;
		expect(lackOf(clh, offersOf(release({texts: {[path]: '[hypervisor'}})))).toContain('not valid TOML');
		expect(lackOf(clh, offersOf(release({texts: {[path]: '[agent.kata]\n'}})))).toContain('no table of a hypervisor');
	});

	it('is missed where the pair has no configuration here', () => {
		expect(lackOf({...clh, hypervisor: 'dragonball'}, offersOf(release()))).toBe(
			'its configuration is not in this release',
		);
	});
});
