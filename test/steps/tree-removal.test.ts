/** Undoing an unpacked tree: the release goes, and what is somebody's own stays and is named. */
import {beforeEach, describe, expect, it} from 'vitest';
import type {Host} from '../../src/host/host.ts';
import {manifestOf, manifestText} from '../../src/release/manifest.ts';
import {measureTree} from '../../src/release/measure-tree.ts';
import {unpackTreeStep as step} from '../../src/steps/unpack-tree.ts';
import {type Throwaway, throwaway, watchedContext} from '../support/throwaway.ts';

const trees = '/opt/kata-setup/trees';
const tree = `${trees}/4.1.0-rust-abc`;
const edited = 'share/defaults/kata-containers/configuration.toml';
const args = {
	archives: [],
	staging: '/opt/kata-setup/staging/4.1.0-rust-abc',
	tree,
	expect: ['bin/qemu'],
	version: '4.1.0',
	runtime: 'rust' as const,
};

let there: Throwaway;
let host: Host;
let before: Record<string, string>;

/** A release as it was unpacked, with its manifest. */
beforeEach(async () => {
	there = await throwaway();
	host = there.host;
	await there.place('/opt/other', 'not ours');
	before = await there.listing();
	const files = {VERSION: '4.1.0\n', 'bin/qemu': 'program', [edited]: '[runtime]\n', 'share/defaults/other.toml': ''};
	for (const [path, content] of Object.entries(files)) await put(path, content);
	await there.place(manifestOf(tree), manifestText(await measureTree(host, tree)));
});

const put = (path: string, content: string): Promise<void> => there.place(`${tree}/${path}`, content);
const undo = (): Promise<string[]> =>
	step.undo(host, args, {made: ['/opt/kata-setup', trees], recorded: true}, watchedContext());
/** The files that are left in the tree and beside it. */
const filesLeft = async (): Promise<string[]> =>
	Object.entries(await there.listing())
		.filter(([path, content]) => path.startsWith(trees) && content !== 'folder')
		.map(([path]) => path)
		.sort();

describe('a tree that is taken away', () => {
	it('leaves nothing, and nothing more is done the second time', async () => {
		expect(await undo()).toEqual([]);
		expect(await there.listing()).toEqual(before);
		expect(await undo()).toEqual([]);
		expect(await there.listing()).toEqual(before);
	});

	it('leaves files and folders that were put there, and configurations that were edited', async () => {
		await put('share/my/guest.img', 'mine');
		await put('notes', 'mine');
		await put(edited, '[runtime]\nenable_debug = true\n');
		await put('bin/qemu', 'damaged');
		await put('bin/.qemu.kata-setup-12-1', 'of a killed worker');
		expect(await undo()).toEqual([
			`${tree}/notes stays: it is not of the release.`,
			`${tree}/share/my stays: it is not of the release.`,
			`${tree}/${edited} stays: it was changed since kata-setup wrote it.`,
		]);
		expect(await filesLeft()).toEqual([`${tree}/notes`, `${tree}/${edited}`, `${tree}/share/my/guest.img`]);
	});

	it('leaves them too where it was done before, and the worker was killed before it could write that down', async () => {
		await put('notes', 'mine');
		await put(edited, '[runtime]\nenable_debug = true\n');
		await undo();
		const left = await filesLeft();
		expect(left).toHaveLength(2);
		expect(await undo()).toEqual([`${tree} stays: it holds notes, share, which is not ours.`]);
		expect(await filesLeft()).toEqual(left);
	});

	it('leaves what is behind a link that somebody put in the place of a folder', async () => {
		await put('notes', 'mine');
		await host.files.removeTree(`${tree}/bin`);
		await there.place('/srv/bin/qemu', 'elsewhere');
		await host.files.link(`${tree}/bin`, '/srv/bin');
		expect(await undo()).toEqual([`${tree}/notes stays: it is not of the release.`]);
		expect(await there.listing()).toMatchObject({'/srv/bin/qemu': 'elsewhere', [`${tree}/notes`]: 'mine'});
		expect(await host.files.list(tree)).toEqual(['notes']);
	});

	it.each([
		['there is no record of it', async () => host.files.remove(manifestOf(tree))],
		['the record of it is torn', async () => there.place(manifestOf(tree), '{"manifest":1,"arch')],
	])('leaves nothing where %s: nobody can say what is whose', async (_, lose) => {
		await put('notes', 'mine');
		await lose();
		expect(await undo()).toEqual([]);
		expect(await there.listing()).toEqual(before);
	});

	it('leaves no program with other bytes: that is damage', async () => {
		await put('bin/qemu', 'damaged');
		await put(edited, '');
		expect(await undo()).toEqual([]);
		expect(await there.listing()).toEqual(before);
	});
});
