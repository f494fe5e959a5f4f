/** What is handed to root: the bytes, their digest, and the sh program that refuses others. The rest is test/e2e/way-to-root.test.ts. */
import {createHash} from 'node:crypto';
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {buffer} from 'node:stream/consumers';
import {execa} from 'execa';
import {extract} from 'tar-stream';
import {describe, expect, it, onTestFinished} from 'vitest';
import {handOver, rootProgram} from '../../src/program/as-root.ts';
import {copyPrefix, ownCopy, removeStaleCopies} from '../../src/program/copies.ts';
import {nodeForRoot} from '../../src/program/node.ts';
import {packageFiles} from '../../src/program/package-files.ts';

const task = '{"task":1}';

describe('what is handed to root', () => {
	it('is an archive of whole blocks with the digest that is told, and the task behind it', async () => {
		const {words, input} = await handOver();
		const [program, name, blocks, digest, node] = words;
		expect([program, name]).toEqual([rootProgram, 'kata-setup']);
		expect(node).toBe((await nodeForRoot()) ?? '');
		const all = await buffer(input(task));
		const length = Number(blocks) * 65_536;
		expect(all.subarray(length).toString()).toBe(task);
		expect(createHash('sha256').update(all.subarray(0, length)).digest('hex')).toBe(digest);

		const unpacked: string[] = [];
		const tar = extract();
		tar.on('entry', ({name: path, uid, gid}, stream, next) => {
			unpacked.push(path);
			expect({uid, gid}).toEqual({uid: 0, gid: 0});
			stream.on('end', next).resume();
		});
		await new Promise<void>((resolve, reject) => {
			tar.on('finish', resolve).on('error', reject);
			Readable.from([all.subarray(0, length)]).pipe(tar);
		});
		expect(unpacked.filter(path => path !== 'node')).toEqual(await packageFiles());
	});

	it('is the same each time: sudo’s log names what was run', async () => {
		const [first, second] = [await handOver(), await handOver()];
		expect(first.words).toEqual(second.words);
	});

	it('is taken by a program that every sh reads', async () => {
		expect((await execa('sh', ['-n'], {input: rootProgram, reject: false})).stderr).toBe('');
	});
});

describe('copies that root ran from', () => {
	const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
	/** As `mktemp` of the program makes them. */
	const nameOf = (what: string): string => `.kata-setup-root-${what.padEnd(12, '0')}`;

	/** A folder of copies, each two minutes old, behind a link as /opt is on some hosts. */
	async function copiesIn(...names: string[]): Promise<{parent: string; real: string}> {
		const above = await fs.realpath(await fs.mkdtemp(join(tmpdir(), 'kata-setup-copies-')));
		onTestFinished(() => fs.rm(above, {recursive: true, force: true}));
		const [parent, real] = [join(above, 'opt'), join(above, 'var-opt')];
		await fs.mkdir(real);
		await fs.symlink('var-opt', parent);
		for (const name of names) {
			await fs.mkdir(join(real, name, 'dist'), {recursive: true});
			await fs.chmod(join(real, name), 0o700);
			await fs.utimes(join(real, name), minutesAgo(2), minutesAgo(2));
		}
		return {parent, real};
	}

	it('go when no process runs from them, and stay while one does, by whichever path', async () => {
		const [worker, linked, launcher] = [nameOf('worker'), nameOf('linked'), nameOf('launcher')];
		const {parent, real} = await copiesIn(worker, linked, launcher, nameOf('stale'), 'other');
		const scripts = [join(real, worker, 'dist/kata-setup.mjs'), join(parent, linked, 'dist/kata-setup.mjs')];
		for (const script of scripts) await fs.writeFile(script, 'setInterval(() => undefined, 1000);');
		const children = scripts.map(script => execa(process.execPath, [script], {reject: false}));
		const waits = execa('sh', ['-c', 'echo here; read end'], {cwd: join(real, launcher), reject: false});
		const all = [...children, waits];
		onTestFinished(() => void all.map(child => child.kill()));
		await new Promise(resolve => waits.stdout?.once('data', resolve));
		await removeStaleCopies([parent, join(parent, 'none')]);
		expect(await fs.readdir(real)).toEqual([launcher, linked, worker, 'other'].sort());
		for (const child of all) {
			child.kill('SIGKILL');
			await child;
		}
		await removeStaleCopies([parent]);
		expect(await fs.readdir(real)).toEqual(['other']);
	});

	it('are known by their whole name, and as a folder that root alone may enter: what a person keeps beside them stays', async () => {
		const theirs = [
			'.kata-setup-backup',
			'.kata-setup-root-backup',
			`${nameOf('stale')}.old`,
			nameOf('open'),
			nameOf('file'),
			nameOf('link'),
		];
		const {parent, real} = await copiesIn('.kata-setup-backup', '.kata-setup-root-backup', `${nameOf('stale')}.old`);
		await fs.mkdir(join(real, nameOf('open')));
		await fs.chmod(join(real, nameOf('open')), 0o755);
		await fs.writeFile(join(real, nameOf('file')), '', {mode: 0o700});
		await fs.symlink('.kata-setup-backup', join(real, nameOf('link')));
		for (const name of ['open', 'file', 'link'])
			await fs.lutimes(join(real, nameOf(name)), minutesAgo(2), minutesAgo(2));
		await removeStaleCopies([parent]);
		expect((await fs.readdir(real)).sort()).toEqual(theirs.sort());
	});

	it('stay while they are new: between `mktemp` and its use no process shows that it has one', async () => {
		const fresh = nameOf('fresh');
		const {parent, real} = await copiesIn(fresh);
		await fs.utimes(join(real, fresh), new Date(), new Date());
		await removeStaleCopies([parent]);
		expect(await fs.readdir(real)).toEqual([fresh]);
	});

	it('are known by the process that runs from one though Node resolves its path, and are removed by it', async () => {
		const own = nameOf('own');
		const {parent, real} = await copiesIn(own, 'other');
		expect(await ownCopy([parent], join(real, 'other'))).toBeNull();
		expect(await ownCopy([real], join(real, own, 'dist'))).toBeNull();
		expect(await ownCopy([parent], join(real, own))).toBe(join(real, own));
	});

	it('have the name that the program gives them', () => {
		const template = /mktemp -d "\$parent\/(\S+)"/.exec(rootProgram)?.[1] ?? '';
		expect(template).toBe(`${copyPrefix}${'X'.repeat(12)}`);
	});
});
