import {describe, expect, it} from 'vitest';
import {checkPreconditions} from '../../src/apply/preconditions.ts';
import type {Host} from '../../src/host/host.ts';
import {reportOf, throwaway} from '../support/throwaway.ts';

describe('that no container has its files in a snapshotter', () => {
	const asked = {kind: 'no-snapshots', snapshotter: 'devmapper', ctr: '/usr/bin/ctr', address: '/run/c.sock'} as const;
	/** A containerd with two namespaces, whose snapshots are listed as `ctr` does. */
	async function hostWith(listed: Record<string, string>, code = 0): Promise<Host> {
		const here = await throwaway();
		await here.place('/run/c.sock', '');
		const run: Host['run'] = async (file, args) => {
			const words = args.join(' ');
			const namespace = /-n (\S+) snapshots --snapshotter devmapper ls$/.exec(words)?.[1];
			const stdout = namespace ? (listed[namespace] ?? '') : 'default\nk8s.io\n';
			const ended = {stderr: '', timedOut: false, notStarted: null};
			return {command: `${file} ${words}`, code: namespace ? code : 0, stdout, ...ended};
		};
		return {...here.host, run};
	}
	const layer = 'KEY         PARENT      KIND\nsha256:aaa              Committed\n';

	it('holds where there are layers of images alone', async () => {
		await checkPreconditions(await hostWith({default: layer, 'k8s.io': layer}), [asked]);
	});

	it('names each container that has, running or not', async () => {
		const host = await hostWith({default: layer, 'k8s.io': `${layer}c1          sha256:aaa  Active\n`});
		const report = await reportOf(checkPreconditions(host, [asked]));
		expect(report).toMatchObject({exit: 'sandboxes', evidence: ['c1 (namespace k8s.io)']});
		expect(report.message).toBe('1 container has files in the pool that would be removed; nothing was done.');
		expect(report.remedy.join()).toContain('ctr --namespace k8s.io containers rm c1');
	});

	it('is taken for granted where containerd has no such snapshotter any more', async () => {
		await checkPreconditions(await hostWith({'k8s.io': 'c1 sha256:aaa Active\n'}, 1), [asked]);
	});
});
