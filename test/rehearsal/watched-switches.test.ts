/** What an engine could see while the pair in force changes, between runtimes and between hypervisors: one or the other, whole. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, beforeAll, expect, it} from 'vitest';

/** Each goes there and back by hypervisor, and there and back by runtime: four switches. */
const full = process.env.KATA_SETUP_TEST_ROUNDS === 'full';
const rounds = full ? 50 : 2;
const program = join(import.meta.dirname, '../../dist/kata-setup.mjs');
const watcher = join(import.meta.dirname, '../support/watch-active.mjs');

let root: string;
beforeAll(async () => {
	root = join(await fs.mkdtemp(join(tmpdir(), 'kata-setup-watched-')), 'root');
});
afterAll(() => fs.rm(join(root, '..'), {recursive: true, force: true}));

const kataSetup = (...words: string[]) =>
	execa(process.execPath, [program, ...words, '--yes', '--no-test', '--rehearse', '--root', root]);

it('is never missing and never mixed', {timeout: 60_000 + rounds * 60_000}, async () => {
	await kataSetup('install', '--runtime', 'rust', '--hypervisor', 'qemu');
	const watching = execa(process.execPath, [watcher, root]);
	for (let round = 0; round < rounds; round += 1)
		for (const pair of ['rust/dragonball', 'rust/qemu', 'go/qemu', 'rust/qemu']) await kataSetup('switch', pair);
	await fs.writeFile(join(root, 'stop-watching'), '');
	const found = JSON.parse((await watching).stdout) as {
		looks: number;
		perSecond: number;
		seen: string[];
		wrong: string[];
	};
	expect(found.wrong).toEqual([]);
	// It saw all three, and often enough that a moment without one would have been met.
	expect(found.seen.map(link => link.split('/')[0])).toEqual(['go-qemu', 'rust-dragonball', 'rust-qemu']);
	expect(found.looks).toBeGreaterThan(1000 * rounds);
	// Full rounds have the machine for themselves.
	if (full) expect(found.perSecond).toBeGreaterThanOrEqual(1000);
});
