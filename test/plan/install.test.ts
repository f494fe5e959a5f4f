import {describe, expect, it} from 'vitest';
import type {Facts} from '../../src/facts/facts.ts';
import {hashHolds} from '../../src/plan/finish.ts';
import {planInstall} from '../../src/plan/install.ts';
import {treeName} from '../../src/plan/parts/release.ts';
import type {Step, StepKind, StepOf} from '../../src/plan/plan.ts';
import {sampleChoice, sampleContainerd, sampleFacts} from '../support/facts.ts';
import {refusal} from '../support/refusal.ts';

const [sampleSpace] = sampleFacts().space as [Facts['space'][number]];

const plan = (facts = sampleFacts(), choice = sampleChoice()) => planInstall(facts, choice, {rehearsal: false});

const ofKind = <K extends StepKind>(steps: readonly Step[], kind: K): StepOf<K>[] =>
	steps.filter(step => step.kind === kind) as unknown as StepOf<K>[];

describe('planInstall', () => {
	it('gives the same plan and hash for the same facts and choice', () => {
		expect(plan()).toEqual(plan());
		expect(hashHolds(plan())).toBe(true);
	});

	it('keeps its hash when only passing readings differ', () => {
		const later = sampleFacts({takenAt: '2026-12-01T00:00:00.000Z', kataSetup: '9.9.9'});
		expect(plan(later).hash).toBe(plan().hash);
	});

	it('changes its hash with the choice, and a changed plan no longer holds', () => {
		const other = plan(sampleFacts(), sampleChoice({hypervisor: 'dragonball'}));
		expect(other.hash).not.toBe(plan().hash);
		expect(hashHolds({...plan(), command: 'rm -rf /'})).toBe(false);
	});

	it('orders the steps so that an engine never sees a path before it is finished', () => {
		const kinds = plan().steps.map(step => step.kind);
		const order: StepKind[] = [
			'load-module',
			'prove-host',
			'fetch-archive',
			'unpack-tree',
			'kata-config',
			'containerd-config',
			'smoke-test',
		];
		const positions = order.map(kind => kinds.indexOf(kind));
		expect(positions).not.toContain(-1);
		expect(positions).toEqual([...positions].sort((a, b) => a - b));
		expect(kinds.at(-1)).toBe('smoke-test');
	});

	it('proves the host after its modules and before the first byte, unless KVM is to be ignored', () => {
		const proof = (choice = sampleChoice()) => ofKind(plan(sampleFacts(), choice).steps, 'prove-host');
		expect(proof()).toMatchObject([
			{args: {program: '/opt/kata-setup/kvm-probe', machine: 'x86_64', kvm: 'required'}, cost: {downloadBytes: 0}},
		]);
		expect(proof(sampleChoice({ignore: ['kvm']}))).toMatchObject([{args: {kvm: 'logged'}}]);
		expect(proof(sampleChoice({ignore: ['shm']}))).toMatchObject([{args: {kvm: 'required'}}]);
	});

	it('has unique step ids, and a reason and an undo for every step that leaves something', () => {
		const {steps} = plan();
		expect(new Set(steps.map(step => step.id)).size).toBe(steps.length);
		for (const step of steps) {
			expect(step.why, step.id).not.toBe('');
			if (!['drop-download', 'smoke-test'].includes(step.kind)) expect(step.undo, step.id).toBeTruthy();
		}
	});

	it('keeps shim and configuration of one runtime together', () => {
		for (const [runtime, shim, folder] of [
			['rust', 'runtime-rs/bin/containerd-shim-kata-v2', 'runtime-rs/configuration-qemu-runtime-rs.toml'],
			['go', 'bin/containerd-shim-kata-v2', 'kata-containers/configuration-qemu.toml'],
		] as const) {
			const {steps} = plan(sampleFacts(), sampleChoice({runtime}));
			const links = ofKind(steps, 'link').map(({args}) => args);
			const tree = ofKind(steps, 'unpack-tree')[0]?.args.tree ?? 'none';
			const pinned = `${runtime}-qemu/${tree.split('/').at(-1)}`;
			const own = `/etc/kata-containers/kata-setup/${pinned}`;
			expect(links).toContainEqual({path: `${own}/containerd-shim-kata-v2`, target: `${tree}/${shim}`});
			expect(links).toContainEqual({path: `${own}/config.d`, target: '../config.d'});
			expect(links).toContainEqual({path: '/etc/kata-containers/kata-setup/active', target: pinned});
			const copied = ofKind(steps, 'kata-config')[0]?.args;
			expect(copied?.from).toMatch(new RegExp(`^${tree}/.*${folder}$`));
			expect(copied?.to).toBe(`${own}/configuration.toml`);
		}
	});

	it('writes the longer agent time-out only on a host that is a VM', () => {
		const dropIn = (isGuest: boolean): string | null | undefined =>
			ofKind(
				plan(sampleFacts({virt: {isGuest, hypervisor: 'kvm', container: null, source: 'test'}})).steps,
				'write-file',
			).find(({args}) => args.path.endsWith('10-kata-setup.toml'))?.args.content;
		expect(dropIn(true)).toContain('reconnect_timeout_ms = 60000');
		expect(dropIn(false)).toBeUndefined();
	});

	it('leaves a file of the user alone and says so', () => {
		const path = '/etc/kata-containers/runtime-rs/configuration.toml';
		const made = plan(sampleFacts({paths: {[path]: 'file:00'}}));
		expect(ofKind(made.steps, 'link').map(({args}) => args.path)).not.toContain(path);
		expect(made.notes.join('\n')).toContain(path);
	});

	it('restarts containerd only where systemd runs it and the user allows it', () => {
		const restart = (made: ReturnType<typeof plan>): unknown =>
			ofKind(made.steps, 'containerd-config')[0]?.args.restart;
		expect(restart(plan())).toBe('containerd.service');
		expect(restart(plan(sampleFacts(), sampleChoice({restartEngine: false})))).toBeNull();
		const bare = plan(sampleFacts({systemd: false, containerd: [sampleContainerd({unit: null})]}));
		expect(restart(bare)).toBeNull();
		expect(bare.notes.join('\n')).toContain('restart');
	});

	it('loads vhost_vsock for QEMU alone', () => {
		const modules = (hypervisor: 'qemu' | 'dragonball'): string[] =>
			ofKind(plan(sampleFacts(), sampleChoice({hypervisor})).steps, 'load-module').map(({args}) => args.module);
		expect(modules('qemu')).toEqual(['vhost_vsock']);
		expect(modules('dragonball')).toEqual([]);
	});

	it('refuses what cannot be, with the reason', () => {
		expect(refusal(() => plan(sampleFacts({paths: {'/opt/kata': 'directory'}}))).message).toContain('/opt/kata');
		expect(refusal(() => plan(sampleFacts({containerd: []}))).message).toContain('containerd');
		expect(refusal(() => plan(sampleFacts(), sampleChoice({hypervisor: 'stratovirt'}))).why).toContain('no driver');
		expect(refusal(() => plan(sampleFacts({machine: 'riscv64'}))).why).toContain('riscv64');
		const owned = sampleFacts({containerd: [sampleContainerd({ownedBy: 'k3s'})]});
		expect(refusal(() => plan(owned)).message).toContain('k3s');
	});

	it('tells of a smaller guest, writes it, and repeats it in the command', () => {
		const shm = {totalBytes: 1e9, freeBytes: 1e9};
		const small = (availableBytes: number) => sampleFacts({memory: {totalBytes: 4e9, availableBytes, shm}});
		const made = plan(small(3e9), sampleChoice({guestMemoryMiB: 512}));
		expect(made.notes.join('\n')).toContain('512 MiB of memory instead of 2048: /dev/shm has 1.0 GB');
		expect(made.command).toContain('--guest-memory 512');
		const dropIn = ofKind(made.steps, 'write-file').find(({args}) => args.path.endsWith('10-kata-setup.toml'));
		expect(dropIn?.args.content).toContain('[hypervisor.qemu]\ndefault_memory = 512\n');
		// What is available changes from minute to minute, and the plan with it only where another size fits.
		expect(plan(small(2.9e9), sampleChoice({guestMemoryMiB: 512})).hash).toBe(made.hash);
		expect(plan().notes.join('\n')).not.toContain('MiB');
	});

	it('refuses a guest that cannot be had, and warns of one that may not fit', () => {
		const shm = {totalBytes: 1e9, freeBytes: 5e8};
		const facts = sampleFacts({memory: {totalBytes: 4e9, availableBytes: 3e9, shm}});
		const asked = (guestMemoryMiB: number, ignore: string[] = []) =>
			plan(facts, sampleChoice({guestMemoryMiB, ...(ignore.length > 0 ? {ignore} : {})}));
		const refused = refusal(() => asked(1024));
		expect(refused).toMatchObject({exit: 'host', why: expect.stringContaining('1.0 GB')});
		expect(refused.remedy.join('\n')).toMatch(/--guest-memory 256\n.*--ignore shm/);
		expect(asked(1024, ['shm']).notes.join('\n')).toContain('1024 MiB');
		expect(refusal(() => asked(5000, ['shm'])).why).toContain('4.0 GB');
		expect(refusal(() => asked(128)).why).toContain('2048');
		expect(asked(800).notes.join('\n')).toContain('A guest of 800 MiB of memory may not fit: /dev/shm');
	});

	it('says at once that a release will not fit', () => {
		// An archive of 969 MB, and 2.6 times as much unpacked.
		const wanted = Math.ceil(969_000_000 * 2.6) + 969_000_000;
		const free = (freeBytes: number | null) =>
			plan(sampleFacts({space: [{...sampleSpace, path: '/opt/kata-setup', freeBytes}]})).notes.join('\n');
		expect(free(wanted - 1)).toContain('3.5 GB for /opt/kata-setup');
		expect(free(wanted)).not.toContain('/opt/kata-setup');
		expect(free(null)).not.toContain('/opt/kata-setup');
	});

	it('names a tree by version, runtime and content', () => {
		const name = treeName(sampleChoice());
		expect(name).toMatch(/^4\.1\.0-rust-[0-9a-f]{12}$/);
		const [archive] = sampleChoice().release.archives;
		const other = sampleChoice();
		if (archive) other.release.archives = [{...archive, sha256: '0'.repeat(64)}];
		expect(treeName(other)).not.toBe(name);
	});

	it('prints a command that says everything that was chosen', () => {
		expect(plan().command).toBe('kata-setup install --yes --runtime rust --hypervisor qemu --version 4.1.0');
		expect(plan(sampleFacts(), sampleChoice({ignore: ['kvm', 'shm']})).command).toContain('--ignore kvm --ignore shm');
		const [archive] = sampleChoice().release.archives;
		const local = sampleChoice({restartEngine: false, smokeTest: false});
		if (archive)
			local.release.archives = [{...archive, url: null, file: "/srv/it's here.tar.zst", digestSource: 'none'}];
		expect(plan(sampleFacts(), local).command).toBe(
			"kata-setup install --yes --runtime rust --hypervisor qemu --archive '/srv/it'\\''s here.tar.zst' --allow-unverified --no-restart --no-test",
		);
	});
});
