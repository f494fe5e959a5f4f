/** Unpacking: real archives of both compressions, hostile ones, what is left when it ends early. */
import {createHash} from 'node:crypto';
import * as fs from 'node:fs/promises';
import {join} from 'node:path';
import {Writable} from 'node:stream';
import {beforeEach, describe, expect, it} from 'vitest';
import {assetPath} from '../../src/assets.ts';
import type {Host} from '../../src/host/host.ts';
import type {StepArguments} from '../../src/plan/plan.ts';
import {manifestOf, manifestText, readManifest} from '../../src/release/manifest.ts';
import {measureArchives} from '../../src/release/unpack.ts';
import {unpackTreeStep as step} from '../../src/steps/unpack-tree.ts';
import {realArchives, type TestMember, tarOf, zstdOf} from '../support/archives.ts';
import {reportOf, type Throwaway, throwaway, type WatchedContext, watchedContext} from '../support/throwaway.ts';

type Arguments = StepArguments['unpack-tree'];

const tree = '/opt/kata-setup/trees/4.1.0-rust-abc';
const staging = '/opt/kata-setup/staging/4.1.0-rust-abc';
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let there: Throwaway;
let host: Host;
let context: WatchedContext;
let before: Record<string, string>;

beforeEach(async () => {
	there = await throwaway();
	host = there.host;
	context = watchedContext();
	await there.place('/opt/other', 'not ours');
	before = await there.listing();
});

/** The arguments for archives that are put into the root. */
async function given(archives: Buffer[], over: Partial<Arguments> = {}): Promise<Arguments> {
	const placed: Arguments['archives'] = [];
	for (const [index, bytes] of archives.entries()) {
		const name = `archive-${index}.tar`;
		await there.place(`/srv/${name}`, bytes);
		const compression = bytes[0] === 0xfd ? 'xz' : 'zst';
		placed.push({path: `/srv/${name}`, name, sha256: sha256(bytes), compression});
	}
	before = await there.listing();
	return {archives: placed, staging, tree, expect: ['VERSION'], version: '4.1.0', runtime: 'rust', ...over};
}

const version: TestMember = {name: './opt/kata/VERSION', content: '4.1.0\n'};
const members = async (...list: TestMember[]): Promise<Buffer> => zstdOf(await tarOf([version, ...list]));

async function apply(args: Arguments) {
	const inverse = await step.prepare(host, args);
	const kept = JSON.parse(JSON.stringify(inverse)) as typeof inverse;
	await step.perform(host, args, context);
	await step.verify(host, args);
	return kept;
}

/** Applies, expects a refusal, and that undoing leaves nothing behind. */
async function refused(args: Arguments) {
	const inverse = await step.prepare(host, args);
	const report = await reportOf(step.perform(host, args, context));
	expect(await host.files.stat(tree)).toBeNull();
	expect(await host.files.stat(manifestOf(tree))).toBeNull();
	expect(await step.undo(host, args, inverse, watchedContext())).toEqual([]);
	expect(await there.listing()).toEqual(before);
	return report;
}

const modeOf = async (path: string): Promise<string | undefined> =>
	(await host.files.stat(`${tree}/${path}`))?.mode.toString(8);

describe('a release archive', () => {
	it.each(['zst', 'xz'] as const)('of .tar.%s becomes a tree, and undoing takes it away', async compression => {
		const args = await given([realArchives[compression]], {expect: ['VERSION', 'share/words', 'share/link']});
		const inverse = await apply(args);
		const listing = await there.listing();
		expect(listing[`${tree}/VERSION`]).toBe('4.1.0\n');
		expect(listing[`${tree}/share/words`]).toBe(`${'kata '.repeat(2000)}\n`);
		expect(listing[`${tree}/share/link`]).toBe('-> words');
		expect(listing).not.toHaveProperty('/opt/kata-setup/staging');
		expect(context.progressed.at(-1)).toEqual({
			done: realArchives[compression].length,
			total: realArchives[compression].length,
		});
		expect(await step.undo(host, args, inverse, context)).toEqual([]);
		expect(await there.listing()).toEqual(before);
		expect(await step.undo(host, args, inverse, context)).toEqual([]);
	});

	it('of the rehearsal is unpacked as it is', async () => {
		const bytes = await fs.readFile(assetPath('rehearsal/kata-static-4.1.999-amd64.tar.zst'));
		const shim = 'runtime-rs/bin/containerd-shim-kata-v2';
		await apply(await given([bytes], {expect: [shim], version: '4.1.999'}));
		expect(await modeOf(shim)).toBe('755');
		expect(await host.files.readLink(`${tree}/share/kata-containers/vmlinux.container`)).toBe(
			'vmlinux-0.0.0-rehearsal',
		);
	});

	it('is written only where nobody but us can go until it is whole', async () => {
		let modeMeanwhile: string | undefined;
		const watching: Host = {
			...host,
			files: {
				...host.files,
				writeStream: (path, options) => {
					host.files.stat(staging).then(stat => {
						modeMeanwhile = stat?.mode.toString(8);
					});
					return host.files.writeStream(path, options);
				},
			},
		};
		const args = await given([realArchives.zst]);
		await step.prepare(watching, args);
		await step.perform(watching, args, context);
		expect(modeMeanwhile).toBe('700');
		expect(await modeOf('')).toBe('755');
	});

	it('keeps modes, but nobody else may write, nothing is set-uid, and who may read a program may run it', async () => {
		const file = (name: string, mode: number): TestMember => ({name: `./opt/kata/bin/${name}`, mode, content: 'x'});
		await apply(
			await given([
				await members(
					{name: './opt/kata/', type: 'directory', mode: 0o700},
					{name: './opt/kata/bin/', type: 'directory', mode: 0o777},
					{name: './opt/kata/closed/', type: 'directory', mode: 0o500},
					file('jailer', 0o744),
					file('secret', 0o700),
					file('setuid', 0o6755),
					file('open', 0o666),
					file('data', 0o440),
				),
			]),
		);
		expect(await modeOf('bin')).toBe('755');
		expect(await modeOf('closed')).toBe('700');
		expect(await modeOf('bin/jailer')).toBe('755');
		expect(await modeOf('bin/secret')).toBe('700');
		expect(await modeOf('bin/setuid')).toBe('755');
		expect(await modeOf('bin/open')).toBe('644');
		expect(await modeOf('bin/data')).toBe('440');
	});

	it('may hold links inside the tree: dangling, upwards, absolute, hard', async () => {
		const link = (name: string, linkname: string): TestMember => ({
			name: `./opt/kata/${name}`,
			type: 'symlink',
			linkname,
		});
		await apply(
			await given([
				await members(
					link('share/dangling', 'configuration-qemu.toml'),
					link('share/deep/up', '../../VERSION'),
					link('share/absolute', '/opt/kata/VERSION'),
					{name: './opt/kata/share/hard', type: 'link', linkname: './opt/kata/VERSION'},
				),
			]),
		);
		const listing = await there.listing();
		expect(listing[`${tree}/share/dangling`]).toBe('-> configuration-qemu.toml');
		expect(listing[`${tree}/share/deep/up`]).toBe('-> ../../VERSION');
		expect(listing[`${tree}/share/absolute`]).toBe('-> ../VERSION');
		expect(listing[`${tree}/share/hard`]).toBe('4.1.0\n');
	});

	it('may be overlaid by another that has the same files', async () => {
		const shared: TestMember = {name: './opt/kata/share/kernel', content: 'kernel'};
		const link: TestMember = {name: './opt/kata/share/k', type: 'symlink', linkname: 'kernel'};
		const one = await members(shared, link, {name: './opt/kata/bin/a', content: 'a'});
		const two = await members(shared, link, {name: './opt/kata/bin/b', content: 'b'});
		await apply(await given([one, two], {expect: ['bin/a', 'bin/b']}));
	});
});

describe('the manifest', () => {
	it('names every member as it stands in the tree, and which archive it came from', async () => {
		const shared: TestMember = {name: './opt/kata/share/kernel', content: 'kernel'};
		const one = await members(shared, {name: './opt/kata/a/', type: 'directory', mode: 0o700});
		const two = await members(
			shared,
			{name: './opt/kata/a/', type: 'directory', mode: 0o750},
			{name: './opt/kata/bin/tool', mode: 0o744, content: Buffer.alloc(200_000, 't')},
			{name: './opt/kata/bin/again', type: 'link', linkname: './opt/kata/bin/tool'},
			{name: './opt/kata/share/k', type: 'symlink', linkname: '/opt/kata/share/kernel'},
		);
		const args = await given([one, two]);
		await apply(args);
		const found = (await readManifest(host, tree)) ?? [];
		// The same is told of the archives without a byte written.
		const whole = await there.listing();
		const measured = await measureArchives(host, args.archives, {signal: context.signal, onBytes: () => {}});
		expect(manifestText(measured)).toBe(manifestText(found));
		expect(await there.listing()).toEqual(whole);
		const names = (await fs.readdir(join(there.root, tree), {recursive: true})).sort();
		expect(found.map(({path}) => path)).toEqual(names);
		for (const member of found) {
			const stat = await host.files.stat(`${tree}/${member.path}`);
			expect(stat?.type).toBe(member.type);
			if (member.type === 'link') expect(await host.files.readLink(`${tree}/${member.path}`)).toBe(member.target);
			else expect(stat?.mode).toBe(member.mode);
			if (member.type !== 'file') continue;
			expect(member.size).toBe(stat?.size);
			expect(member.sha256).toBe(sha256(await host.files.read(`${tree}/${member.path}`)));
		}
		const archiveOf = Object.fromEntries(found.map(({path, archive}) => [path, archive]));
		expect(archiveOf).toMatchObject({'share/kernel': 'archive-0.tar', 'bin/tool': 'archive-1.tar'});
		expect((await host.files.stat(manifestOf(tree)))?.mode).toBe(0o644);
	});

	it('is there before the tree gets its name, and goes with it', async () => {
		let wasThere = false;
		const watching: Host = {
			...host,
			files: {
				...host.files,
				rename: async (from, to) => {
					if (to === tree) wasThere = (await readManifest(host, tree)) !== null;
					return host.files.rename(from, to);
				},
			},
		};
		const args = await given([realArchives.zst]);
		const inverse = await step.prepare(watching, args);
		await step.perform(watching, args, context);
		expect(wasThere).toBe(true);
		await host.files.removeTree(tree);
		expect(await step.undo(host, args, inverse, context)).toEqual([]);
		expect(await host.files.stat(manifestOf(tree))).toBeNull();
	});

	it('is missed if somebody took it away', async () => {
		const args = await given([realArchives.zst]);
		await apply(args);
		await host.files.remove(manifestOf(tree));
		expect((await reportOf(step.verify(host, args))).message).toBe(`${manifestOf(tree)} is not there.`);
	});

	it('of a tree that no run knows is not replaced', async () => {
		const args = await given([realArchives.zst]);
		await there.place(manifestOf(tree), 'x');
		expect((await reportOf(step.prepare(host, args))).message).toContain(`${manifestOf(tree)} is there already`);
	});
});

describe('an archive that is not to be trusted', () => {
	const file = (name: string): TestMember => ({name, content: 'evil'});
	const symlink = (name: string, linkname: string): TestMember => ({name, type: 'symlink', linkname});

	it.each<[string, string, TestMember[]]>([
		['outside of opt/kata', 'outside of opt/kata', [file('./usr/bin/kata-agent')]],
		['beside opt/kata', 'outside of opt/kata', [file('./opt/kata-evil/x')]],
		['a folder elsewhere', 'outside of opt/kata', [{name: './etc/', type: 'directory'}]],
		['an absolute name', 'absolute', [file('/opt/kata/x')]],
		['".."', '".."', [file('./opt/kata/../../etc/cron.d/x')]],
		['a control character', 'control characters', [file('./opt/kata/a\x1b[2Jb')]],
		['a link upwards out of it', 'outside of opt/kata', [symlink('./opt/kata/share/l', '../../x')]],
		['a link to elsewhere', 'outside of /opt/kata', [symlink('./opt/kata/l', '/etc/passwd')]],
		['an absolute link with ".."', 'behind a name', [symlink('./opt/kata/l', '/opt/kata/../../etc')]],
		[
			'a link that goes up behind another link',
			'behind a name',
			[symlink('./opt/kata/a/b/up', '../..'), symlink('./opt/kata/l', 'a/b/up/../..')],
		],
		['a link without a target', 'link to nothing', [symlink('./opt/kata/l', '')]],
		[
			'a hard link to elsewhere',
			'outside of opt/kata',
			[{name: './opt/kata/h', type: 'link', linkname: './etc/shadow'}],
		],
		['a hard link to an absolute name', 'absolute', [{name: './opt/kata/h', type: 'link', linkname: '/etc/shadow'}]],
		[
			'a hard link to a symbolic one',
			'no file before it',
			[symlink('./opt/kata/l', 'VERSION'), {name: './opt/kata/h', type: 'link', linkname: './opt/kata/l'}],
		],
		['a character device', 'character-device', [{name: './opt/kata/d', type: 'character-device', devmajor: 1}]],
		['a block device', 'block-device', [{name: './opt/kata/d', type: 'block-device', devmajor: 8}]],
		['a fifo', 'fifo', [{name: './opt/kata/p', type: 'fifo'}]],
		[
			'a file through a link of its own',
			'goes through',
			[symlink('./opt/kata/share', 'bin'), file('./opt/kata/share/x')],
		],
		['a file through a file', 'goes through', [file('./opt/kata/VERSION/x')]],
		['a file in place of a link', 'of the same name', [symlink('./opt/kata/x', 'VERSION'), file('./opt/kata/x')]],
		['a link in place of a folder', 'of the same name', [file('./opt/kata/d/x'), symlink('./opt/kata/d', 'bin')]],
		['the same file twice', 'twice', [file('./opt/kata/x'), file('./opt/kata/x')]],
		['the tree as a link', 'must be a folder', [symlink('./opt/kata', 'x')]],
	])('is refused for %s', async (_name, why, list) => {
		const report = await refused(await given([await members(...list)]));
		expect(report.exit).toBe('release');
		expect(`${report.message} ${report.why}`).toContain(why);
	});

	it('is refused for a sparse file, which would come out mangled', async () => {
		const sparse = {name: './opt/kata/s', content: 'x', pax: {'GNU.sparse.major': '1'}};
		expect((await refused(await given([await members(sparse)]))).why).toContain('sparse');
	});

	it('is refused where two archives differ', async () => {
		const of = (content: string) => members({name: './opt/kata/share/kernel', content});
		const report = await refused(await given([await of('one'), await of('two')]));
		expect(report.why).toContain('differs from what archive-0.tar has');
	});

	it('is refused if it was changed since it was verified', async () => {
		const args = await given([realArchives.zst]);
		await there.place('/srv/archive-0.tar', await members());
		before = await there.listing();
		expect((await refused(args)).message).toContain('changed after it was verified');
	});

	it.each(['zst', 'xz'] as const)('is refused if it is cut off (.%s)', async compression => {
		const bytes = realArchives[compression];
		expect((await refused(await given([bytes.subarray(0, bytes.length - 60)]))).why).toContain('damaged, or cut off');
	});

	it('is refused if it is no tar archive', async () => {
		expect((await refused(await given([zstdOf(Buffer.alloc(2048, 'x'))]))).why).toContain('damaged');
	});

	it('is refused if it lacks what the plan counts on', async () => {
		const report = await refused(await given([await members()], {expect: ['VERSION', 'bin/shim', 'share/conf']}));
		expect(report.why).toBe('There is no bin/shim and no share/conf in it.');
	});

	it('is refused if its link to what the plan counts on dangles', async () => {
		const args = await given([await members(symlink('./opt/kata/shim', 'absent'))], {expect: ['shim']});
		expect((await refused(args)).why).toContain('no shim');
	});

	it.each(['4.0.0', '4.1.0-rc0', '4.1.01'])('is refused if it is of release %s', async told => {
		const bytes = zstdOf(await tarOf([{name: './opt/kata/VERSION', content: `${told}\n`}]));
		expect((await refused(await given([bytes]))).why).toContain(told);
	});

	it('is taken if it is a build between two releases', async () => {
		await apply(await given([zstdOf(await tarOf([{name: './opt/kata/VERSION', content: '4.1.0-23-g7c6ba40c\n'}]))]));
	});
});

describe('unpacking that ends early', () => {
	it('leaves nothing when it is cancelled in the middle', async () => {
		const args = await given([await members({name: './opt/kata/big', content: Buffer.alloc(3_000_000)})]);
		const inverse = await step.prepare(host, args);
		context.progress = () => context.abort.abort();
		await expect(step.perform(host, args, context)).rejects.toThrow(/abort/i);
		expect(await host.files.stat(tree)).toBeNull();
		await step.undo(host, args, inverse, watchedContext());
		expect(await there.listing()).toEqual(before);
	});

	it('says that the disk is full', async () => {
		const args = await given([await members({name: './opt/kata/big', content: 'x'})]);
		const full: Host = {
			...host,
			files: {
				...host.files,
				writeStream: path =>
					path.endsWith('/big')
						? new Writable({
								write: (_chunk, _encoding, done) =>
									done(Object.assign(new Error('ENOSPC: no space'), {code: 'ENOSPC'})),
							})
						: host.files.writeStream(path),
			},
		};
		const report = await reportOf(step.perform(full, args, context));
		expect(report).toMatchObject({exit: 'host', why: 'There is no space left on its file system.'});
	});

	it('does not touch a tree or a staging folder that it does not know', async () => {
		const args = await given([realArchives.zst]);
		for (const path of [tree, staging]) {
			await there.place(`${path}/precious`, 'x');
			expect((await reportOf(step.prepare(host, args))).message).toContain(`${path} is there already`);
			await fs.rm(join(there.root, path), {recursive: true});
		}
	});

	it('removes a tree that a killed run had put in place, and a staging folder beside it', async () => {
		const args = await given([realArchives.zst]);
		const inverse = await step.prepare(host, args);
		await there.place(`${tree}/VERSION`, 'x');
		await there.place(`${staging}/half`, 'x');
		await there.place('/opt/kata-setup/trees/another/x', 'x');
		expect(await step.undo(host, args, inverse, context)).toEqual([
			'/opt/kata-setup/trees stays: it holds another, which is not ours.',
		]);
		expect(Object.keys(await there.listing()).filter(path => path.startsWith('/opt/kata-setup/'))).toEqual([
			'/opt/kata-setup/trees',
			'/opt/kata-setup/trees/another',
			'/opt/kata-setup/trees/another/x',
		]);
	});
});
