/**
 * A variant for special hosts on a real containerd, with the stand-in's release: chosen beside the plain pair of the same
 * tree, proven by a guest on the variant's own kernel, kept by what follows, rolled back and taken away.
 */
// needs: engines, guest
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {RunEvent} from '../../src/apply/events.ts';
import type {Summary} from '../../src/apply/summary.ts';
import type {Matrix} from '../../src/catalogue/matrix.ts';
import type {CheckDocument} from '../../src/facts/check-document.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {type Snapshot, withoutOwnState} from '../lab/snapshot.ts';
import {makeArchive} from './stand-in/release.ts';
import {containerdEngines} from './support/engines.ts';
import {type JourneyHost, openJourneyHost} from './support/journey-host.ts';
import {archiveFlags} from './support/miniature.ts';
import {ignoring} from './support/stand-in-flags.ts';

const MINUTE = 60_000;
const active = '/etc/kata-containers/kata-setup/active';
const engine = (await containerdEngines()).at(-1);
if (!engine) throw new Error('There is no containerd to test with.');

describe(`a variant, with containerd ${engine.version}`, {timeout: 10 * MINUTE}, () => {
	let host: JourneyHost;
	let archive: string[];
	let ignored: string[];
	let before: Snapshot;
	let plain: Snapshot;

	const linkOf = async (path: string): Promise<string> => (await host.run('readlink', [path])).stdout.trim();
	const daemon = async (): Promise<string> => (await host.run('sh', ['-c', 'pgrep -x containerd | sort'])).stdout;
	const text = async (path: string): Promise<string> => (await host.run('cat', [path])).stdout;
	const succeed = async (...args: string[]): Promise<string> => {
		const {code, stdout, stderr} = await host.kataSetup(...args);
		expect(code, stdout + stderr).toBe(0);
		return stdout;
	};

	beforeAll(async () => {
		const release = await makeArchive('go');
		archive = await archiveFlags(release.path);
		host = await openJourneyHost(engine, {mainFile: null});
		ignored = await ignoring(host);
		before = await host.snapshot();
		const words = ['--runtime', 'go', '--hypervisor', 'qemu', ...archive, ...ignored];
		expect(await succeed('install', '--yes', ...words)).toContain('Done.');
		plain = await host.snapshot();
	}, 5 * MINUTE);
	afterAll(() => host?.close());

	it('is offered by the files of the unpacked release, the others with their reasons', async () => {
		// What stands in the way of QEMU on this machine is accepted by the other commands, and no matter of the files.
		const {facts} = JSON.parse((await host.kataSetup('check', '--json')).stdout) as CheckDocument;
		const lacks = new Map(facts.treeOffers?.flatMap(({pairs}) => pairs.map(({name, lack}) => [name, lack])));
		expect(lacks.get('go-qemu-nvidia-cpu')).toBeNull();
		expect(lacks.get('go-qemu-snp')).toBe('its configuration is not in this release');
		const matrix = JSON.parse(await succeed('list', '--advanced', '--json')) as Matrix;
		const refused = matrix.advanced.find(({runtime, name}) => runtime === 'go' && name === 'qemu-snp');
		expect(refused).toMatchObject({available: false, reason: expect.stringContaining('nydus')});
		const {code, stderr} = await host.kataSetup('switch', 'qemu-snp', '--yes', ...ignored);
		expect(stderr).toContain('nydus');
		expect(code).toBe(3);
		expect(await host.snapshot()).toEqual(plain);
	});

	it('is switched to without a download or a restart, and proven on its own kernel', async () => {
		const running = await daemon();
		const dropIn = '/etc/kata-containers/kata-setup/go-qemu/config.d/50-mine.toml';
		await host.run('sh', ['-c', `echo '[hypervisor.qemu]\ndefault_vcpus = 2' >${dropIn}`]);
		const plan = JSON.parse(await succeed('switch', 'qemu-nvidia-cpu', '--dry-run', '--json', ...ignored)) as Plan;
		for (const kind of ['fetch-archive', 'unpack-tree', 'containerd-config'])
			expect(plan.steps.map(step => step.kind)).not.toContain(kind);
		const told = await succeed('switch', 'go/qemu-nvidia-cpu', '--yes', ...ignored);
		expect(told).toMatch(/^Smoke test: .*VM of QEMU/m);
		expect(await daemon()).toBe(running);
		expect(await linkOf(active)).toMatch(/^go-qemu-nvidia-cpu\/4\.1\.900-go-[0-9a-f]{12}$/);
		expect(await text(`${active}/configuration.toml`)).toMatch(/^kernel = ".*\/vmlinuz-nvidia-gpu\.container"$/m);
		expect(await text(`${active}/config.d/50-mine.toml`)).toContain('default_vcpus = 2');
	});

	it('boots the guest kernel of its own: without that file the smoke test proves nothing', async () => {
		const kernels = `${(await linkOf('/opt/kata')).replace(/^/, '/opt/')}/share/kata-containers`;
		const own = (await linkOf(`${kernels}/vmlinuz-nvidia-gpu.container`)).trim();
		await host.run('mv', [`${kernels}/${own}`, `${kernels}/away`]);
		expect((await host.kataSetup('test')).code).toBe(10);
		await host.run('mv', [`${kernels}/away`, `${kernels}/${own}`]);
		const events = (await succeed('test', '--json')).trimEnd().split('\n');
		const verdict = events.map(line => JSON.parse(line) as RunEvent).find(({event}) => event === 'verdict');
		expect(verdict).toMatchObject({
			verdict: {
				outcome: 'vm',
				evidence: expect.arrayContaining([expect.objectContaining({label: 'guest kernel', proves: true})]),
			},
		});
	});

	it('is what status, a change of options, a repair and a further test go by', async () => {
		expect(await succeed('status')).toMatch(/^Hypervisor {2}QEMU \(qemu-nvidia-cpu\)$/m);
		const {installation, drift} = JSON.parse(await succeed('status', '--json')) as Summary & {drift: unknown};
		expect(installation).toMatchObject({runtime: 'go', hypervisor: 'qemu', variant: 'qemu-nvidia-cpu'});
		expect(drift).toMatchObject({items: []});
		expect(await succeed('switch', '--yes', ...ignored)).toContain('hypervisor qemu-nvidia-cpu. Nothing was changed.');
		await succeed('switch', '--yes', '--guest-memory', '1024', '--no-test', ...ignored);
		expect(await linkOf(active)).toMatch(/^go-qemu-nvidia-cpu\//);
		await host.run('rm', [`${active}/configuration.toml`]);
		await succeed('repair', '--yes', '--no-test');
		expect(await text(`${active}/configuration.toml`)).toContain('nvidia');
		await succeed('rollback', '--yes', '--no-test', ...ignored);
		expect(await linkOf(active)).toMatch(/^go-qemu-nvidia-cpu\//);
	});

	it('goes back to the plain pair, and forward again by a rollback', async () => {
		await succeed('switch', 'qemu', '--yes', ...ignored);
		expect(await linkOf(active)).toMatch(/^go-qemu\//);
		expect(await succeed('status')).toMatch(
			/^Before {6}4\.1\.900, go, QEMU \(qemu-nvidia-cpu\): kata-setup rollback$/m,
		);
		await succeed('rollback', '--yes', ...ignored);
		expect(await linkOf(active)).toMatch(/^go-qemu-nvidia-cpu\//);
	});

	it('is installed at once, too, and an uninstall leaves nothing of it', async () => {
		const own = '/etc/kata-containers/kata-setup';
		const mine = [`${own}/go-qemu/config.d/50-mine.toml`, `${own}/go-qemu-nvidia-cpu/config.d/50-mine.toml`];
		await host.run('rm', ['-f', ...mine]);
		await succeed('uninstall', '--yes');
		expect(withoutOwnState(await host.snapshot())).toEqual(withoutOwnState(before));
		const words = ['--hypervisor', 'qemu-nvidia-cpu', ...archive, ...ignored];
		expect(await succeed('install', '--yes', ...words)).toMatch(/^Smoke test: .*VM of QEMU/m);
		expect(await linkOf(active)).toMatch(/^go-qemu-nvidia-cpu\//);
		await succeed('uninstall', '--yes');
		expect(await host.snapshot()).toEqual(before);
	});
});
