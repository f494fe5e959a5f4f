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

	/** The process of a containerd on that socket. */
	const daemon = {'/proc/612/cmdline': '/usr/bin/containerd\0--address\0/run/c.sock\0'};
	type Ended = Partial<Awaited<ReturnType<Host['run']>>>;
	/** @param answers by the end of the command line; what is not there ends well and says nothing */
	async function hostThatAnswers(answers: Record<string, Ended>, files: Record<string, string>): Promise<Host> {
		const here = await throwaway();
		for (const [path, text] of Object.entries(files)) await here.place(path, text);
		const run: Host['run'] = async (file, args) => {
			const command = [file, ...args].join(' ');
			const [, ended = {}] = Object.entries(answers).find(([end]) => command.endsWith(end)) ?? [];
			return {command, code: 0, stdout: '', stderr: '', timedOut: false, notStarted: null, ...ended};
		};
		return {...here.host, run};
	}
	const socket = {'/run/c.sock': ''};
	const namespaces = {'namespaces ls -q': {stdout: 'k8s.io\n'}};
	const failed = {code: 1, stderr: 'ctr: failed to dial "/run/c.sock": context deadline exceeded\n'};

	it('is taken for granted where containerd has no such snapshotter any more', async () => {
		const words = 'ctr: snapshotter not loaded: devmapper: invalid argument\n';
		const answers = {...namespaces, 'devmapper ls': {code: 1, stderr: words}};
		await checkPreconditions(await hostThatAnswers(answers, {...socket, ...daemon}), [asked]);
	});

	it.each<[string, Record<string, Ended>, Record<string, string>, string]>([
		['fails for the namespaces', {'namespaces ls -q': failed}, socket, 'context deadline exceeded'],
		['fails for the snapshots', {...namespaces, 'devmapper ls': failed}, socket, 'context deadline exceeded'],
		['does not end', {'namespaces ls -q': {code: null, timedOut: true}}, socket, 'did not end in time'],
		['cannot be started', {'namespaces ls -q': {code: null, notStarted: 'ENOENT'}}, socket, 'ENOENT'],
		['has no socket for a moment', namespaces, {}, 'There is no socket at /run/c.sock'],
	])(
		'cannot be told where a containerd runs and the question %s, so nothing is done',
		async (_, answers, files, why) => {
			const report = await reportOf(checkPreconditions(await hostThatAnswers(answers, {...files, ...daemon}), [asked]));
			expect(report.exit).toBe('host');
			expect(report.message).toBe(
				'Whether containers have files in the pool that would be removed could not be told; nothing was done.',
			);
			expect(report.why).toContain(why);
			expect(report.remedy.join()).toContain('ctr --address /run/c.sock namespaces ls');
		},
	);

	it('is taken for granted where no containerd runs at that socket', async () => {
		const other = {'/proc/612/cmdline': '/usr/bin/containerd\0--address\0/run/other.sock\0'};
		for (const files of [{}, socket, {...socket, ...other}])
			await checkPreconditions(await hostThatAnswers({'namespaces ls -q': failed}, files), [asked]);
	});

	it('cannot be told either where its unit alone says that it runs', async () => {
		const ofUnit = {...asked, unit: 'containerd.service'};
		const hostIn = (state: string) =>
			hostThatAnswers({'--property=ActiveState': {stdout: `ActiveState=${state}\n`}, 'ls -q': failed}, socket);
		for (const state of ['active', 'activating', 'deactivating'])
			expect((await reportOf(checkPreconditions(await hostIn(state), [ofUnit]))).remedy.join()).toContain(
				'systemctl status containerd.service',
			);
		for (const state of ['inactive', 'failed']) await checkPreconditions(await hostIn(state), [ofUnit]);
	});
});

describe('that no sandbox runs from a tree', () => {
	it('does not hold for one that does, though /opt is a link', async () => {
		const tree = '/opt/kata-setup/trees/4.1.0-rust';
		const here = await throwaway();
		const {link} = here.host.files;
		await here.place(`/var${tree}/VERSION`, '4.1.0\n');
		await link('/opt', 'var/opt');
		await here.place('/proc/12/cmdline', `/var${tree}/bin/qemu-system-x86_64\0`);
		await link('/proc/12/exe', `/var${tree}/bin/qemu-system-x86_64`);
		const report = await reportOf(checkPreconditions(here.host, [{kind: 'no-sandboxes', tree}]));
		expect(report.exit).toBe('sandboxes');
		await checkPreconditions(here.host, [{kind: 'no-sandboxes', tree: `${tree}-2`}]);
	});
});
