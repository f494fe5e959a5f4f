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
import {removeStaleCopies} from '../../src/program/copies.ts';
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
	it('go when no process runs from them, and stay while one does', async () => {
		const parent = await fs.mkdtemp(join(tmpdir(), 'kata-setup-copies-'));
		onTestFinished(() => fs.rm(parent, {recursive: true, force: true}));
		for (const name of ['.kata-setup-worker', '.kata-setup-launcher', '.kata-setup-stale', 'other'])
			await fs.mkdir(join(parent, name, 'dist'), {recursive: true});
		const script = join(parent, '.kata-setup-worker/dist/kata-setup.mjs');
		await fs.writeFile(script, 'setInterval(() => undefined, 1000);');
		const worker = execa(process.execPath, [script], {reject: false});
		const launcher = execa('sh', ['-c', 'echo here; read end'], {
			cwd: join(parent, '.kata-setup-launcher'),
			reject: false,
		});
		onTestFinished(() => void [worker, launcher].map(child => child.kill()));
		await new Promise(resolve => launcher.stdout?.once('data', resolve));
		await removeStaleCopies([parent, join(parent, 'none')]);
		expect(await fs.readdir(parent)).toEqual(['.kata-setup-launcher', '.kata-setup-worker', 'other']);
		for (const child of [worker, launcher]) {
			child.kill('SIGKILL');
			await child;
		}
		await removeStaleCopies([parent]);
		expect(await fs.readdir(parent)).toEqual(['other']);
	});
});
