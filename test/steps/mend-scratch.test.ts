/** The blockfile snapshotter's file made anew, with a stand-in for mkfs; with the real one: test/e2e/containerd.test.ts. */
import {describe, expect, it} from 'vitest';
import type {InstallationFacts} from '../../src/facts/facts.ts';
import {driftProbe} from '../../src/facts/kata/drift.ts';
import type {Host} from '../../src/host/host.ts';
import {scratchFile as path, blockfileRoot as root} from '../../src/layout.ts';
import {mendScratchStep as step} from '../../src/steps/mend-scratch.ts';
import {reportOf, throwaway, watchedContext} from '../support/throwaway.ts';

const kept = `${path}.replaced`;
const ext4 = Buffer.alloc(2048);
ext4.writeUInt16LE(0xef53, 1024 + 0x38);
const args = {path, bytes: ext4.length, mkfs: 'mkfs.ext4', root, kept};

/** `mkfs` makes what it is given into a file system of the wanted size. */
async function host(found: Buffer | null) {
	const there = await throwaway();
	await there.place(`${root}/scratch`, 'the copy of containerd');
	if (found) await there.place(path, found);
	const made: Host = {
		...there.host,
		run: async (program, words, options) => {
			if (program === 'mkfs.ext4') await there.place(`${path}.kata-setup-new`, ext4);
			return there.host.run(program, words, options);
		},
	};
	return {...there, host: made};
}

describe('mend-scratch', () => {
	it.each([null, Buffer.from('torn')])('makes it anew where it was %s, and puts back what was found', async found => {
		const there = await host(found);
		const before = await there.listing();
		const inverse = await step.prepare(there.host, args);
		expect(inverse).toEqual({before: found !== null});
		await step.perform(there.host, args, watchedContext());
		await step.verify(there.host, args);
		expect(await there.host.files.read(path)).toEqual(ext4);
		expect((await there.host.files.stat(path))?.mode).toBe(0o600);
		expect((await there.host.files.stat(kept)) !== null).toBe(found !== null);
		for (const _ of ['once', 'twice']) expect(await step.undo(there.host, args, inverse, watchedContext())).toEqual([]);
		expect(await there.listing()).toEqual(found ? before : expect.not.objectContaining({[path]: expect.anything()}));
	});

	it('does nothing where a snapshot was made from it since the plan, or something lies where it keeps the old one', async () => {
		const used = await host(Buffer.from('torn'));
		await used.place(`${root}/snapshots/1`, 'x');
		expect((await reportOf(step.prepare(used.host, args))).exit).toBe('changed');
		const taken = await host(Buffer.from('torn'));
		await taken.place(kept, 'somebody’s');
		expect((await reportOf(step.prepare(taken.host, args))).remedy.join()).toContain(`mv ${kept}`);
	});

	it('fails where it was cut off again', async () => {
		const there = await host(Buffer.from('torn'));
		expect((await reportOf(step.verify(there.host, args))).message).toContain(`not a file of ${args.bytes} bytes`);
	});
});

describe('drift of the file', () => {
	const look = async (content: Buffer, depth: 'quick' | 'deep', kind = 'ext4') => {
		const owned = [{path, state: `${kind}:${ext4.length}`, mode: null}];
		const {host: found} = await host(content);
		const installation = {handler: null, owned} as unknown as InstallationFacts;
		return (await driftProbe(installation, [], depth).read(found))?.items ?? [];
	};

	it('is seen by its size, and by a deep look where it holds no ext4', async () => {
		expect(await look(ext4, 'deep')).toEqual([]);
		expect(await look(ext4.subarray(1), 'quick')).toMatchObject([{kind: 'content', found: '2047 bytes'}]);
		expect(await look(Buffer.alloc(ext4.length), 'quick')).toEqual([]);
		expect(await look(Buffer.alloc(ext4.length), 'deep')).toMatchObject([
			{kind: 'content', expected: 'an ext4 file system'},
		]);
	});

	it('is its size alone where it is no file system: a pool lies in two such files', async () => {
		expect(await look(Buffer.alloc(ext4.length), 'deep', 'sized')).toEqual([]);
		expect(await look(ext4.subarray(1), 'deep', 'sized')).toMatchObject([{found: '2047 bytes'}]);
	});
});
