import {describe, expect, it} from 'vitest';
import {allAvailability, availabilityOf, recommend} from '../../src/catalogue/availability.ts';
import {blockSnapshotter, blockSnapshotterFor} from '../../src/catalogue/block-snapshotter.ts';
import {configurationName} from '../../src/catalogue/by-release.ts';
import {hypervisors, pairName, runtimes} from '../../src/catalogue/catalogue.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {judge} from '../../src/facts/judge.ts';
import {sampleContainerd, sampleFacts} from '../support/facts.ts';

/** With a block snapshotter, which Firecracker needs. */
const on = (machine: string, changes: Partial<Facts> = {}): Facts =>
	sampleFacts({machine, containerd: [sampleContainerd({snapshotters: {blockfile: 'ok'}})], ...changes});

const available = (facts: Facts, version: string | null): string[] =>
	allAvailability(facts, version)
		.filter(({availability}) => availability.state === 'ok')
		.map(pairName);

const reasonOf = (facts: Facts, pair: string, version: string | null = null): string => {
	const found = allAvailability(facts, version).find(entry => pairName(entry) === pair);
	if (found?.availability.state !== 'unavailable') throw new Error(`${pair} can be chosen`);
	return found.availability.reason;
};

describe('what can be chosen of the newest release', () => {
	it.each([
		['x86_64', 'rust-qemu rust-cloud-hypervisor rust-dragonball go-qemu go-cloud-hypervisor go-firecracker'],
		['aarch64', 'rust-qemu rust-dragonball go-qemu go-cloud-hypervisor go-firecracker'],
		['s390x', 'rust-qemu go-qemu'],
		['ppc64le', 'rust-qemu go-qemu'],
	])('on %s', (machine, pairs) => {
		expect(available(on(machine), null)).toEqual(pairs.split(' '));
		expect(available(on(machine), '4.1.0')).toEqual(pairs.split(' '));
	});

	it.each(['riscv64', 'armv7l', 'i686'])('is nothing on %s, which is named', machine => {
		expect(available(on(machine), null)).toEqual([]);
		expect(reasonOf(on(machine), 'rust-qemu')).toContain(machine);
	});

	it.each(['x86_64', 'aarch64', 's390x', 'ppc64le', 'riscv64'])(
		'gives a reason for every other pair on %s',
		machine => {
			for (const runtime of runtimes)
				for (const hypervisor of hypervisors) {
					const availability = availabilityOf({runtime, hypervisor}, on(machine), null);
					if (availability.state === 'unavailable') expect(availability.reason).toMatch(/\S/);
				}
		},
	);

	it('names the other runtime where that one has it', () => {
		expect(reasonOf(on('aarch64'), 'rust-cloud-hypervisor')).toContain('choose go');
		expect(reasonOf(on('x86_64'), 'go-dragonball')).toContain('choose rust');
	});
});

describe('what can be chosen of older releases', () => {
	it('follows the release: rust QEMU since 3.10, on ppc64le since 4.1, StratoVirt until 3.23', () => {
		expect(available(on('x86_64'), '3.9.0')).not.toContain('rust-qemu');
		expect(available(on('x86_64'), '3.10.0')).toContain('rust-qemu');
		expect(available(on('ppc64le'), '4.0.0')).toEqual(['go-qemu']);
		expect(available(on('x86_64'), '3.22.0')).toContain('go-stratovirt');
		expect(available(on('x86_64'), '3.23.0')).not.toContain('go-stratovirt');
	});

	it('says since when', () => {
		expect(reasonOf(on('x86_64'), 'rust-qemu', '3.9.0')).toBe('not before Kata 3.10.0');
	});

	it('takes the name that the configuration had then', () => {
		const pair = {runtime: 'rust', hypervisor: 'cloud-hypervisor'} as const;
		expect(configurationName(pair, '3.29.0')).toBe('configuration-cloud-hypervisor.toml');
		expect(configurationName(pair, '3.30.0')).toBe('configuration-clh-runtime-rs.toml');
	});
});

describe('a block snapshotter', () => {
	it('is asked of the containerd that is configured, not of one that belongs to k3s', () => {
		const k3s = sampleContainerd({ownedBy: 'k3s', snapshotters: {devmapper: 'ok'}});
		const own = sampleContainerd({snapshotters: {devmapper: 'error', overlayfs: 'ok'}});
		const facts = sampleFacts({containerd: [k3s, own]});
		expect(blockSnapshotter(facts)).toBeNull();
		expect(reasonOf(facts, 'go-firecracker')).toContain('no blockfile, and devmapper is there in state `error`');
		expect(blockSnapshotter(sampleFacts({containerd: [own, k3s].map(one => ({...one, ownedBy: null}))}))).toBeNull();
	});

	it('is set up where containerd has blockfile, and nothing else keeps it from that', () => {
		expect(availabilityOf({runtime: 'go', hypervisor: 'firecracker'}, sampleFacts(), null)).toMatchObject({
			state: 'ok',
			changes: expect.arrayContaining(['sets up the blockfile snapshotter; containerd restarts']),
		});
		const reason = (changes: Partial<Facts>): string => reasonOf(sampleFacts(changes), 'go-firecracker');
		expect(reason({blockTools: {mkfsExt4: null, loop: true}})).toContain('mkfs.ext4');
		expect(reason({blockTools: {mkfsExt4: '/usr/sbin/mkfs.ext4', loop: false}})).toContain('loop devices');
		expect(reason({containerd: [sampleContainerd({version: '1.6.20', snapshotters: {}})]})).toContain('1.6.20');
	});

	describe('where containerd has no blockfile', () => {
		const thinPool = {
			dmsetup: '/sbin/dmsetup',
			losetup: '/sbin/losetup',
			blkdiscard: '/sbin/blkdiscard',
			module: 'loaded',
		} as const;
		const with_ = (changes: Partial<Facts> & {pool?: object; devmapper?: string; unit?: null} = {}): Facts => {
			const {pool, devmapper = 'skip', unit, ...others} = changes;
			return sampleFacts({
				containerd: [sampleContainerd({snapshotters: {devmapper}, ...(unit === null ? {unit} : {})})],
				blockTools: {mkfsExt4: '/sbin/mkfs.ext4', loop: true, thinPool: {...thinPool, ...pool}},
				...others,
			});
		};
		const free = (freeBytes: number) =>
			sampleFacts().space.map(one => ({...one, path: '/var/lib/kata-setup', freeBytes}));

		it('is devmapper, with a pool of its own', () => {
			expect(blockSnapshotter(with_())).toBe('devmapper');
			expect(availabilityOf({runtime: 'go', hypervisor: 'firecracker'}, with_(), null)).toMatchObject({
				changes: expect.arrayContaining(['sets up the devmapper snapshotter; containerd restarts']),
			});
		});

		it.each([
			['no devmapper either', {containerd: [sampleContainerd({snapshotters: {}})]}],
			['state `error`', {devmapper: 'error'}],
			['the pool of its devmapper is not there', {devmapper: 'error', pool: {dataBytes: 5e9}}],
			['without systemd nothing would put the pool', {systemd: false}],
			['does not start it', {unit: null}],
			['no dm_thin_pool', {pool: {module: 'absent'}}],
			['cannot be loaded here', {pool: {module: 'loadable'}, virt: {...sampleFacts().virt, container: 'lxc'}}],
			['no dmsetup', {pool: {dmsetup: null}}],
			['no losetup', {pool: {losetup: null}}],
			['takes 4 GiB, and 3.7 GiB are free', {space: free(5e9)}],
		] as const)('but not where it is refused: %s', (reason, changes) => {
			const facts = with_(changes as never);
			expect(reasonOf(facts, 'go-firecracker')).toContain(reason);
			expect(blockSnapshotterFor(facts)).toMatchObject({remedy: expect.stringMatching(/^[a-z]/)});
		});
	});

	it('cannot be seen without root on a containerd before 1.7', () => {
		const facts = sampleFacts({containerd: [sampleContainerd({version: '1.6.20', snapshotters: null})]});
		expect(reasonOf(facts, 'go-firecracker')).toContain('root');
	});
});

describe('the recommendation', () => {
	const best = (facts: Facts, version: string | null = null) => {
		const pair = recommend(facts, version, {findings: judge(facts)});
		return pair && pairName(pair);
	};

	it.each([
		['x86_64', null, 'rust-qemu'],
		['x86_64', '4.0.0', 'rust-qemu'],
		['x86_64', '3.32.0', 'go-qemu'],
		['ppc64le', '4.0.0', 'go-qemu'],
		['riscv64', null, null],
	])('on %s of %s is the release’s own default: %s', (machine, version, pair) => {
		expect(best(on(machine), version)).toBe(pair);
	});

	const memory = (availableBytes: number, shm: number | null): Partial<Facts> => ({
		memory: {
			totalBytes: 2 * availableBytes,
			availableBytes,
			shm: shm === null ? null : {totalBytes: shm, freeBytes: shm},
		},
	});

	it('is a hypervisor whose guests get more memory, where QEMU has less for them', () => {
		expect(best(on('x86_64', memory(4e9, 1e9)))).toBe('rust-cloud-hypervisor');
		expect(best(on('aarch64', memory(4e9, 1e9)))).toBe('rust-dragonball');
		expect(best(on('x86_64', memory(4e9, null)))).toBe('rust-cloud-hypervisor');
		// QEMU takes 320 MiB beside its guest, the others 130.
		expect(best(on('x86_64', memory(700 * 1024 * 1024, 4e9)))).toBe('rust-cloud-hypervisor');
	});

	it('keeps to QEMU where all guests are equally small', () => {
		expect(best(on('x86_64', memory(1e9, 1e9)))).toBe('rust-qemu');
	});

	it('tells the smaller guest of the pairs that get one', () => {
		const changes = Object.fromEntries(
			allAvailability(on('x86_64', memory(4e9, 1e9)), null).flatMap(({availability, ...pair}) =>
				availability.state === 'ok' ? [[pairName(pair), availability.changes.join('; ')]] : [],
			),
		);
		expect(changes['rust-qemu']).toContain('512 MiB');
		expect(changes['rust-cloud-hypervisor']).not.toContain('MiB');
	});

	it('keeps to QEMU where the memory was not read', () => {
		const unread = [{probe: 'memory', why: 'It did not end within 5 s.'}];
		expect(best(on('x86_64', {memory: {totalBytes: 0, availableBytes: 0, shm: null}, unread}))).toBe('rust-qemu');
	});

	it('leaves out what a finding blocks, and greys it', () => {
		const facts = on('x86_64', {
			devices: [{path: '/dev/vhost-vsock', state: 'ENOENT', module: 'vhost_vsock', moduleState: 'absent'}],
		});
		expect(best(facts)).toBe('rust-cloud-hypervisor');
		const pairs = allAvailability(facts, null, judge(facts));
		const qemu = pairs.filter(({hypervisor}) => hypervisor === 'qemu');
		expect(qemu.map(({availability}) => availability)).toEqual([
			{state: 'unavailable', reason: '/dev/vhost-vsock is not here, so QEMU cannot be used'},
			{state: 'unavailable', reason: '/dev/vhost-vsock is not here, so QEMU cannot be used'},
		]);
		expect(pairs.filter(({recommended}) => recommended).map(pairName)).toEqual(['rust-cloud-hypervisor']);
	});

	it('keeps to the runtime that is chosen', () => {
		expect(recommend(on('x86_64'), null, {runtime: 'go'})).toEqual({runtime: 'go', hypervisor: 'qemu'});
	});
});
