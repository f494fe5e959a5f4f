import * as fs from 'node:fs/promises';
import {join} from 'node:path';
import {beforeEach, describe, expect, it} from 'vitest';
import {faultyHost} from '../../src/host/fault.ts';
import type {Host} from '../../src/host/host.ts';
import {linkToTree, ourPrefix, treesFolder} from '../../src/layout.ts';
import {manifestOf, readManifest} from '../../src/release/manifest.ts';
import {adoptTreeStep} from '../../src/steps/adopt-tree.ts';
import type {StepContext} from '../../src/steps/step-kind.ts';
import {probedHost} from '../support/probed-host.ts';

const tree = `${treesFolder}/3.28.0-go-adopted`;
const args = {
	path: '/opt/kata',
	tree,
	expect: ['bin/containerd-shim-kata-v2'],
	version: '3.28.0',
	runtime: 'go' as const,
};
const context: StepContext = {
	signal: new AbortController().signal,
	progress: () => undefined,
	log: () => undefined,
	verdict: () => undefined,
};

let host: Host;
beforeEach(async () => {
	host = await probedHost({
		files: {
			'/opt/kata/VERSION': '3.28.0\n',
			'/opt/kata/bin/containerd-shim-kata-v2': 'a shim',
			'/opt/kata/bin/shim': 'link:containerd-shim-kata-v2',
			'/opt/kata/empty/': '',
		},
	});
});

/** Everything below /opt: path → what it is. */
async function listing(): Promise<Record<string, string>> {
	const root = host.files.physical('/opt');
	const entries = await fs.readdir(root, {recursive: true, withFileTypes: true});
	const described = entries.map(async entry => {
		const path = join(entry.parentPath, entry.name);
		const {mode} = await fs.lstat(path);
		const content = entry.isSymbolicLink()
			? await fs.readlink(path)
			: entry.isFile()
				? await fs.readFile(path, 'utf8')
				: '';
		return [path.slice(root.length), `${mode.toString(8)} ${content}`];
	});
	return Object.fromEntries(await Promise.all(described)) as Record<string, string>;
}

async function adopt(): Promise<{made: string[]}> {
	const inverse = await adoptTreeStep.prepare(host, args);
	await adoptTreeStep.perform(host, args, context);
	await adoptTreeStep.verify(host, args);
	return inverse;
}

describe('adopting a tree', () => {
	it('moves it as it is, leaves a link, and records every member', async () => {
		await adopt();
		expect(await host.files.readLink('/opt/kata')).toBe(linkToTree(tree));
		expect(await host.files.readText('/opt/kata/bin/shim')).toBe('a shim');
		expect(await readManifest(host, tree)).toMatchObject([
			{type: 'file', path: 'VERSION', size: 7},
			{type: 'directory', path: 'bin'},
			// printf 'a shim' | sha256sum
			{
				type: 'file',
				path: 'bin/containerd-shim-kata-v2',
				sha256: 'fe0f6b6abf9b2bf4e7113a3c3190b878c1a9bd5c642ab567e653c4c5f1de01f5',
			},
			{type: 'link', path: 'bin/shim', target: 'containerd-shim-kata-v2'},
			{type: 'directory', path: 'empty'},
		]);
	});

	it('undone, it is where it was, with what was changed in it since', async () => {
		const before = await listing();
		const inverse = await adopt();
		await host.files.write(`${tree}/bin/extra`, 'mine');
		expect(await adoptTreeStep.undo(host, args, inverse, context)).toEqual([]);
		const {'/kata/bin/extra': extra, ...others} = await listing();
		expect(extra).toContain('mine');
		expect(others).toEqual(before);
	});

	it.each([
		['nothing was done', async () => undefined],
		['its record was written', () => host.files.write(manifestOf(tree), '{}')],
		['it was moved, and its link not made', () => host.files.rename('/opt/kata', tree)],
		[
			'the link was made beside its place',
			async () => {
				await host.files.rename('/opt/kata', tree);
				await fs.symlink(linkToTree(tree), host.files.physical('/opt/.kata.kata-setup-77-1'));
			},
		],
	])('cut short where %s, it is undone whole, also twice', async (_, done) => {
		const before = await listing();
		const inverse = await adoptTreeStep.prepare(host, args);
		await host.files.makeDirectory(ourPrefix);
		await host.files.makeDirectory(treesFolder);
		await done();
		for (const time of ['once', 'twice']) {
			expect(await adoptTreeStep.undo(host, args, inverse, context), time).toEqual([]);
			expect(await listing(), time).toEqual(before);
		}
	});

	it.each(['EXDEV', 'EBUSY'])('tells why a rename cannot take it (%s)', async what => {
		const before = await listing();
		const inverse = await adoptTreeStep.prepare(host, args);
		const {host: faulty} = faultyHost(host, {call: 'moveBehindLink', number: 1, goesOn: false, what, late: false});
		await expect(adoptTreeStep.perform(faulty, args, context)).rejects.toMatchObject({
			report: {exit: 'host', message: expect.stringContaining('cannot be moved')},
		});
		await adoptTreeStep.undo(host, args, inverse, context);
		expect(await listing()).toEqual(before);
	});

	it('leaves the tree, and says how to bring it back, where something else took its place', async () => {
		const inverse = await adopt();
		await host.files.remove('/opt/kata');
		await host.files.makeDirectory('/opt/kata');
		const left = await adoptTreeStep.undo(host, args, inverse, context);
		expect(left.join('\n')).toContain(`mv ${tree} /opt/kata`);
		expect(await host.files.readText(`${tree}/bin/shim`)).toBe('a shim');
	});

	it('does not begin where it is another release by now, a link, or without its shim', async () => {
		await host.files.write('/opt/kata/VERSION', '3.29.0\n');
		await expect(adoptTreeStep.prepare(host, args)).rejects.toMatchObject({report: {exit: 'changed'}});
		await host.files.write('/opt/kata/VERSION', '3.28.0\n');
		await host.files.remove('/opt/kata/bin/containerd-shim-kata-v2');
		await expect(adoptTreeStep.prepare(host, args)).rejects.toMatchObject({report: {exit: 'changed'}});
		await host.files.removeTree('/opt/kata');
		await host.files.link('/opt/kata', '/srv/kata');
		await expect(adoptTreeStep.prepare(host, args)).rejects.toMatchObject({report: {exit: 'changed'}});
	});
});
