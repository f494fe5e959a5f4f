/**
 * A sample of failing calls on a real containerd, by the published program (all of them, in a throwaway root:
 * test/apply/faults.test.ts): a documented exit with the host as it was, no false success, no stack trace.
 */
// needs: engines
import {afterAll, beforeAll, expect, it} from 'vitest';
import type {Snapshot} from '../lab/snapshot.ts';
import type {JourneyHost} from './support/journey-host.ts';
import {openMiniatureHost} from './support/miniature.ts';

let host: JourneyHost;
let install: string[];
let before: Snapshot;

beforeAll(async () => {
	({host, install} = await openMiniatureHost());
	before = await host.snapshot();
}, 120_000);
afterAll(() => host?.close());

/** A fault, as KATA_SETUP_TEST_FAULT names it, and the exit code of what it means. */
const faults: [string, number][] = [
	['append:1:EROFS', 8],
	['append:6:ENOSPC', 8],
	['writeStream:2:ENOSPC', 3],
	['link:3:EIO!', 8],
	// The summary's write, which fails no run, comes before.
	['write:3:EACCES', 8],
];

it.each(faults)('an install with %s ends with %i and the host as it was', {timeout: 120_000}, async (fault, exit) => {
	const {code, stdout, stderr} = await host.kataSetupWith({KATA_SETUP_TEST_FAULT: fault}, ...install);
	expect(stdout + stderr).not.toMatch(/\n {4}at /);
	expect({code, said: stdout + stderr}).toMatchObject({code: exit});
	expect(await host.snapshot()).toEqual(before);
});
