/**
 * Eight processes of mixed verbs started together, again and again, on a real containerd: each ends well, with what is no
 * longer to be done, or with "busy, held by N since T"; and what then stands is what some order of them gives.
 *
 * KATA_SETUP_TEST_ROUNDS=full: 50 rounds. KATA_SETUP_TEST_SEED: other mixtures.
 */
// needs: engines
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type Snapshot, withoutOwnContent} from '../lab/snapshot.ts';
import type {JourneyHost} from './support/journey-host.ts';
import {random} from './support/kill.ts';
import {openMiniatureHost} from './support/miniature.ts';
import type {HostResult} from './support/private-host.ts';

const full = process.env.KATA_SETUP_TEST_ROUNDS === 'full';
const seed = Number(process.env.KATA_SETUP_TEST_SEED ?? 20261126);
const rounds = full ? 50 : 2;
const together = 8;

let host: JourneyHost;
let bare: Snapshot;
let installed: Snapshot;
/** What is started; another verb is a line here. */
let verbs: string[][];

beforeAll(async () => {
	const miniature = await openMiniatureHost();
	host = miniature.host;
	const {install} = miniature;
	verbs = [install, ['uninstall', '--yes'], install, ['status'], ['uninstall', '--yes']];
	bare = await snapshot();
	expect((await host.kataSetup(...install)).code).toBe(0);
	installed = await snapshot();
	expect((await host.kataSetup('uninstall', '--yes')).code).toBe(0);
}, 120_000);
afterAll(() => host?.close());

const snapshot = async (): Promise<Snapshot> => withoutOwnContent(await host.snapshot());

/** Endings that some order of the verbs gives: well, or with nothing (more) to do, or changed under its plan, or busy. */
function isFair(verb: string, {code, stderr, stdout}: HostResult): boolean {
	if (`${stdout}${stderr}`.includes('\n    at ')) return false;
	if (code === 0) return true;
	if (code === 5)
		return /held by `kata-setup \w+` of root \(process \d+\) since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/.test(stderr);
	if (code === 6) return /not as it was when this plan was made/.test(stdout + stderr);
	// Whoever looks while another's install is half-way sees a Kata that nobody knows yet.
	if (code === 3) return verb === 'install' && /already (installed|there)|is taken/.test(stderr);
	return code === 11 && verb !== 'install';
}

describe('eight at once', () => {
	it('end well or busy, and leave what some order gives', {timeout: full ? 3_600_000 : 240_000}, async () => {
		const next = random(seed);
		const wrong: string[] = [];
		const codes: Record<string, number> = {};
		for (let round = 1; round <= rounds; round += 1) {
			const started = Array.from({length: together}, () => verbs[Math.floor(next() * verbs.length)] as string[]);
			const ends = await Promise.all(started.map(words => host.kataSetup(...words)));
			for (const [index, end] of ends.entries()) {
				const verb = started[index]?.[0] ?? '';
				codes[`${verb} ${end.code}`] = (codes[`${verb} ${end.code}`] ?? 0) + 1;
				if (!isFair(verb, end))
					wrong.push(`round ${round}: ${verb} ended with ${end.code}:\n${end.stdout}${end.stderr}`);
			}
			const left = await snapshot();
			const stands = left['/opt/kata'] !== undefined;
			try {
				expect(left).toEqual(stands ? installed : bare);
			} catch (error) {
				wrong.push(`round ${round} of ${started.map(([verb]) => verb).join(' ')} left: ${(error as Error).message}`);
			}
			await host.kataSetup('uninstall', '--yes');
			expect(await snapshot(), `round ${round}, after an uninstall`).toEqual(bare);
		}
		console.log(`${rounds} rounds of ${together}: ${JSON.stringify(codes)}`);
		expect(wrong).toEqual([]);
	});
});
