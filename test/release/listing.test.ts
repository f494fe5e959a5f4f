/** Local archives that lack a part of what was chosen are refused before anything is planned. */
import {basename} from 'node:path';
import {beforeEach, describe, expect, it} from 'vitest';
import {assetPath} from '../../src/assets.ts';
import type {Hypervisor} from '../../src/catalogue/catalogue.ts';
import type {Release} from '../../src/plan/choice.ts';
import {refuseIncomplete, releaseFilesOf} from '../../src/release/listing.ts';
import {elfFor, type TestMember, tarOf, zstdOf} from '../support/archives.ts';
import {sampleChoice} from '../support/facts.ts';
import {reportOf, type Throwaway, throwaway} from '../support/throwaway.ts';

let there: Throwaway;
beforeEach(async () => {
	there = await throwaway();
});

const folder = './opt/kata/share/defaults/kata-containers/runtime-rs';

const configuration = (table: string, binary: string): string =>
	`[hypervisor.${table}]\npath = "/opt/kata/bin/${binary}"\nkernel = "/opt/kata/share/kata-containers/vmlinux.container"\n`;

/** QEMU is complete, Cloud Hypervisor lacks its binary, and one is of a release to come. */
const members: TestMember[] = [
	{name: './opt/kata/', type: 'directory'},
	{name: './opt/kata/runtime-rs/bin/containerd-shim-kata-v2', content: elfFor(62)},
	{name: './opt/kata/bin/qemu-system-x86_64', content: 'x'},
	{name: './opt/kata/share/kata-containers/vmlinux-6', content: 'x'},
	{name: './opt/kata/share/kata-containers/vmlinux.container', type: 'symlink', linkname: 'vmlinux-6'},
	{name: `${folder}/configuration-qemu-runtime-rs.toml`, content: configuration('qemu', 'qemu-system-x86_64')},
	{name: `${folder}/configuration-clh-runtime-rs.toml`, content: configuration('clh', 'cloud-hypervisor')},
	{name: `${folder}/configuration-novelty.toml`, content: configuration('novelty', 'qemu-system-x86_64')},
];

async function releaseOf(bytes: Uint8Array): Promise<Release> {
	const file = '/srv/kata-static-4.9.0-amd64.tar.zst';
	await there.place(file, bytes);
	const {release} = sampleChoice();
	const [archive] = release.archives;
	if (!archive) throw new Error('the sample has no archive');
	return {...release, version: '4.9.0', archives: [{...archive, name: basename(file), url: null, file}]};
}

const refusal = async (release: Release, hypervisor: Hypervisor) =>
	reportOf(refuseIncomplete(there.host, release, {runtime: 'rust', hypervisor}));

describe('local archives', () => {
	it('are listed with links and configurations', async () => {
		const {paths, configurations} = await releaseFilesOf(there.host, await releaseOf(zstdOf(await tarOf(members))));
		expect(paths.get('share/kata-containers/vmlinux.container')).toBe('vmlinux-6');
		expect(paths.get('bin/qemu-system-x86_64')).toBeNull();
		expect([...configurations.keys()].map(path => basename(path))).toEqual([
			'configuration-qemu-runtime-rs.toml',
			'configuration-clh-runtime-rs.toml',
			'configuration-novelty.toml',
		]);
	});

	it('that have all of a pair are taken', async () => {
		const release = await releaseOf(zstdOf(await tarOf(members)));
		await expect(refuseIncomplete(there.host, release, {runtime: 'rust', hypervisor: 'qemu'})).resolves.toBeUndefined();
	});

	it('that lack a binary are refused, with what is complete and what is not described yet', async () => {
		const release = await releaseOf(zstdOf(await tarOf(members)));
		const report = await refusal(release, 'cloud-hypervisor');
		expect(report.exit).toBe('release');
		expect(report.why).toBe('This release lacks bin/cloud-hypervisor.');
		expect(report.remedy).toEqual(['What is complete there: novelty (not described yet), rust-qemu.']);
	});

	it('that end too early are refused', async () => {
		const whole = await tarOf(members);
		const release = await releaseOf(zstdOf(whole).subarray(0, 900));
		expect((await refusal(release, 'qemu')).message).toContain('cannot be read to its end');
	});

	it('of the rehearsal have their pair', async () => {
		const {readFile, readdir} = await import('node:fs/promises');
		const [name = ''] = (await readdir(assetPath('rehearsal'))).filter(one => one.startsWith('kata-static-'));
		const release = await releaseOf(await readFile(assetPath(`rehearsal/${name}`)));
		await expect(refuseIncomplete(there.host, release, {runtime: 'rust', hypervisor: 'qemu'})).resolves.toBeUndefined();
	});
});
