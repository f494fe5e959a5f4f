import {describe, expect, it} from 'vitest';
import type {Facts} from '../../src/facts/facts.ts';
import {activePairLink, defaultConfiguration, kataPrefix, shimOnPath} from '../../src/layout.ts';
import {planChange} from '../../src/plan/change.ts';
import type {Choice} from '../../src/plan/choice.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Plan, StepKind} from '../../src/plan/plan.ts';
import {planUndo} from '../../src/plan/undo.ts';
import {planUninstall} from '../../src/plan/uninstall.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {PlayedHost} from '../support/played-host.ts';
import {refusal} from '../support/refusal.ts';

const rehearsal = false;
/** Facts of a host whose modules are loaded already. */
const loaded = (): Partial<Facts> => ({
	devices: sampleFacts().devices.map(device => ({...device, state: 'ok', moduleState: 'loaded'})),
});
const installedHost = (choice = sampleChoice(), facts: Partial<Facts> = {}): PlayedHost => {
	const host = new PlayedHost(sampleFacts({...loaded(), ...facts}));
	host.apply(planInstall(host.facts, choice, {rehearsal}));
	return host;
};
const change = (host: PlayedHost, choice: Choice, verb: 'switch' | 'upgrade' | 'rollback' = 'switch'): Plan =>
	planChange(host.facts, choice, {verb, rehearsal});
const kindsOf = ({steps}: Plan): StepKind[] => steps.map(({kind}) => kind);

/** The same release with the other runtime's archive, or another version of it. */
const releaseOf = (choice: Choice, version: string, digit: string): Choice['release'] => ({
	...choice.release,
	version,
	archives: choice.release.archives.map(archive => ({
		...archive,
		name: archive.name.replace(choice.release.version, version).replace('kata-static', `kata-${digit}-static`),
		sha256: digit.repeat(64),
	})),
});
const qemu = sampleChoice({runtime: 'rust', hypervisor: 'qemu'});
const dragonball = sampleChoice({runtime: 'rust', hypervisor: 'dragonball'});
const goQemu: Choice = {...qemu, runtime: 'go', release: releaseOf(qemu, qemu.release.version, 'a')};
const nvidia: Choice = {...goQemu, variant: 'qemu-nvidia-cpu'};
const newer: Choice = {...qemu, release: releaseOf(qemu, '4.2.0', 'b')};
const moreMemory: Choice = {...qemu, guestMemoryMiB: 4096};

describe('planChange', () => {
	it('has no steps where it is so already', () => {
		const plan = change(installedHost(), qemu);
		expect(plan.steps).toEqual([]);
		expect(plan.notes).toEqual([]);
	});

	it('switches the hypervisor by one link, without a download or a change of the engine', () => {
		const plan = change(installedHost(), dragonball);
		const links = plan.steps.flatMap(step => (step.kind === 'link' ? [step.args.path] : []));
		expect(links.filter(path => !path.includes('/rust-dragonball/'))).toEqual([activePairLink]);
		for (const kind of ['fetch-archive', 'unpack-tree', 'containerd-config'] as const)
			expect(kindsOf(plan)).not.toContain(kind);
		expect(plan.command).toBe('kata-setup switch rust/dragonball --yes');
		// What it rests on: the receipt, the machine, and the engine through which it proves itself.
		expect(plan.steps[0]?.pre.map(({kind}) => kind).slice(0, 4)).toEqual(['root', 'machine', 'sequence', 'containerd']);
	});

	it('makes the active link last of all that it prepares, and proves after it', () => {
		const kinds = change(installedHost(), goQemu).steps;
		const at = (test: (step: Plan['steps'][number]) => boolean): number => kinds.findIndex(test);
		const activated = at(({kind, args}) => kind === 'link' && args.path === activePairLink);
		expect(at(({kind}) => kind === 'unpack-tree')).toBeLessThan(at(({kind}) => kind === 'kata-config'));
		expect(at(({kind}) => kind === 'kata-config')).toBeLessThan(activated);
		expect(activated).toBeLessThan(at(({kind}) => kind === 'smoke-test'));
		expect(kinds.at(-1)).toMatchObject({kind: 'smoke-test', args: {mustProve: true}});
	});

	it('takes the other runtime’s default configuration away, and brings it back', () => {
		const host = installedHost();
		expect(host.facts.paths).toHaveProperty([defaultConfiguration.rust]);
		host.apply(change(host, goQemu));
		expect(host.facts.paths).not.toHaveProperty([defaultConfiguration.rust]);
		expect(host.facts.paths).toHaveProperty([defaultConfiguration.go]);
		const isTaken = ({args}: {args: unknown}): boolean => (args as {path?: string}).path === defaultConfiguration.rust;
		expect(host.receipt.standing.filter(isTaken), 'what is gone stands no more').toEqual([]);
		expect(host.facts.installation).toMatchObject({runtime: 'go', previous: {runtime: 'rust'}});
		host.apply(change(host, qemu, 'rollback'));
		expect(host.facts.paths).toHaveProperty([defaultConfiguration.rust]);
		expect(host.facts.paths).not.toHaveProperty([defaultConfiguration.go]);
	});

	it('keeps the old release beside the new one, and goes back to it without a download', () => {
		const host = installedHost();
		const before = host.facts.paths;
		const upgrade = change(host, newer, 'upgrade');
		expect(kindsOf(upgrade)).toContain('fetch-archive');
		host.apply(upgrade);
		expect(host.facts.installation).toMatchObject({version: '4.2.0', previous: {release: {version: '4.1.0'}}});
		expect(host.facts.installation?.trees).toHaveLength(2);
		const back = change(host, host.facts.installation?.previous ?? newer, 'rollback');
		expect(kindsOf(back).filter(kind => kind === 'fetch-archive' || kind === 'unpack-tree')).toEqual([]);
		host.apply(back);
		for (const path of [activePairLink, kataPrefix, shimOnPath])
			expect(host.facts.paths[path], path).toBe(before[path]);
		expect(host.facts.installation).toMatchObject({version: '4.1.0', previous: {release: {version: '4.2.0'}}});
	});

	it('keeps two releases: the third upgrade’s first one goes, after the proof, unless a sandbox runs from it', () => {
		const newest: Choice = {...qemu, release: releaseOf(qemu, '4.3.0', 'c')};
		const host = installedHost();
		const first = host.facts.installation?.tree ?? 'none';
		host.apply(change(host, newer, 'upgrade'));
		const plan = change(host, newest, 'upgrade');
		expect(kindsOf(plan).slice(-2)).toEqual(['smoke-test', 'undo']);
		expect(plan.steps.at(-1)).toMatchObject({args: {of: 'unpack-tree', args: {tree: first}}});
		for (const tree of [first, null]) {
			const kataProcesses = [{pid: 9, kind: 'shim', program: 'containerd-shim-kata-v2', tree, deleted: false}] as const;
			const used = planChange({...host.facts, kataProcesses: [...kataProcesses]}, newest, {verb: 'upgrade', rehearsal});
			expect(kindsOf(used)).not.toContain('undo');
			expect(used.notes.join('\n')).toContain(`${first} stays for now`);
		}
		host.apply(plan);
		expect(host.facts.installation?.trees?.map(({version}) => version)).toEqual(['4.2.0', '4.3.0']);
		expect(host.facts.installation).toMatchObject({version: '4.3.0', previous: {release: {version: '4.2.0'}}});
		host.apply(change(host, newer, 'rollback'));
		host.apply(planUninstall(host.facts, host.receipt, {rehearsal}));
		expect(host.receipt.standing).toEqual([]);
	});

	it('writes a drop-in for an option, and takes it away with the option', () => {
		const host = installedHost();
		host.apply(change(host, moreMemory));
		expect(host.facts.installation).toMatchObject({choice: {guestMemoryMiB: 4096}});
		const back = change(host, qemu, 'rollback');
		expect(back.steps).toContainEqual(
			expect.objectContaining({kind: 'write-file', args: expect.objectContaining({content: null})}),
		);
		host.apply(back);
		expect(change(host, qemu).steps).toEqual([]);
	});

	it('names the sandboxes that stay as they are', () => {
		const host = installedHost(qemu, {
			kataProcesses: [
				{pid: 9, kind: 'hypervisor', program: 'qemu-system-x86_64', tree: '/opt/kata-setup/trees/t', deleted: false},
				{pid: 8, kind: 'shim', program: 'containerd-shim-kata-v2', tree: '/opt/kata-setup/trees/t', deleted: false},
			],
		});
		expect(change(host, dragonball).notes.join('\n')).toContain('1 with qemu-system-x86_64 of t');
	});

	it('refuses without an installation, and while a run is not finished', () => {
		expect(refusal(() => planChange(sampleFacts(), qemu, {verb: 'switch', rehearsal})).exit).toBe('nothing');
		const host = installedHost();
		host.applyPart(change(host, dragonball), 3);
		const {exit, message, remedy} = refusal(() => change(host, dragonball));
		expect(exit).toBe('incomplete');
		expect(message).toMatch(/^The switch that \S+ began on .* was not finished\.$/);
		expect(remedy).toEqual(['To do the rest: kata-setup finish', 'To take it back: kata-setup undo']);
	});

	it('refuses while an uninstall is not finished, which can only be gone on with', () => {
		const host = installedHost();
		host.applyPart(planUninstall(host.facts, host.receipt, {rehearsal}), 3);
		const {message, remedy} = refusal(() => change(host, dragonball));
		expect(message).toMatch(/^The uninstall that /);
		expect(remedy).toEqual(['To do the rest: kata-setup finish']);
		expect(refusal(() => planUndo(host.facts, host.receipt, {rehearsal}))).toMatchObject({
			exit: 'incomplete',
			remedy: ['To do the rest: kata-setup finish', 'Afterwards to install anew: kata-setup install'],
		});
	});

	it('refuses a pair that this host cannot run', () => {
		const stratovirt = sampleChoice({runtime: 'go', hypervisor: 'stratovirt'});
		expect(refusal(() => change(installedHost(), stratovirt))).toMatchObject({exit: 'host'});
	});

	it.each([1, 2, 3, 4, 5, 6])('is undone alone when it was cut short at its step %i', count => {
		const host = installedHost();
		const before = host.facts;
		host.applyPart(change(host, dragonball), count);
		host.apply(planUndo(host.facts, host.receipt, {rehearsal}));
		expect(host.facts.paths).toEqual(before.paths);
		expect(host.facts.installation).toMatchObject({hypervisor: 'qemu', unfinishedRun: null});
		expect(change(host, qemu).steps).toEqual([]);
	});

	it('after any way through states leaves nothing when it is uninstalled, the engine first', () => {
		const ways = [
			[dragonball, goQemu, newer, qemu],
			[moreMemory, newer, goQemu],
			[goQemu, dragonball, moreMemory, dragonball, qemu],
		];
		for (const way of ways) {
			const facts = sampleFacts(loaded());
			const host = new PlayedHost(facts);
			host.apply(planInstall(host.facts, qemu, {rehearsal}));
			for (const choice of way) {
				host.apply(change(host, choice));
				expect(change(host, choice).steps, 'the same again').toEqual([]);
			}
			const uninstall = planUninstall(host.facts, host.receipt, {rehearsal});
			expect(uninstall.steps[0]).toMatchObject({kind: 'undo', args: {of: 'containerd-config'}});
			host.apply(uninstall);
			expect(host.receipt.standing).toEqual([]);
			expect(host.facts.paths).toEqual(facts.paths);
		}
	});
});

describe('a variant', () => {
	const copiesOf = ({steps}: Plan) => steps.flatMap(step => (step.kind === 'kata-config' ? [step.args] : []));

	it('is a pair of its own: another folder and configuration of the same tree, one link, and the smoke test of it', () => {
		const host = installedHost(goQemu);
		const tree = host.facts.installation?.tree ?? '';
		const plan = change(host, nvidia);
		const pair = {runtime: 'go', hypervisor: 'qemu', variant: 'qemu-nvidia-cpu'};
		const own = '/etc/kata-containers/kata-setup/go-qemu-nvidia-cpu';
		expect(copiesOf(plan)).toEqual([
			{
				pair,
				tree,
				from: `${tree}/share/defaults/kata-containers/configuration-qemu-nvidia-cpu.toml`,
				to: `${own}/${tree.split('/').at(-1)}/configuration.toml`,
			},
		]);
		const links = plan.steps.flatMap(step => (step.kind === 'link' ? [step.args.path] : []));
		expect(links.filter(path => !path.startsWith(own))).toEqual([activePairLink]);
		for (const kind of ['fetch-archive', 'unpack-tree', 'containerd-config'] as const)
			expect(kindsOf(plan)).not.toContain(kind);
		expect(plan.steps.find(({kind}) => kind === 'smoke-test')?.args).toMatchObject({pair, mustProve: true});
		expect(plan.command).toBe('kata-setup switch go/qemu-nvidia-cpu --yes');
		expect(plan.choice?.variant).toBe('qemu-nvidia-cpu');
	});

	it('is installed, kept by a change of options and an upgrade, left for the plain pair, and what a rollback goes back to', () => {
		const host = installedHost(goQemu);
		host.apply(change(host, nvidia));
		expect(host.facts.installation).toMatchObject({hypervisor: 'qemu', variant: 'qemu-nvidia-cpu', previous: goQemu});
		expect(change(host, nvidia).steps).toEqual([]);
		const upgraded = change(host, {...nvidia, release: releaseOf(goQemu, '4.2.0', 'c')}, 'upgrade');
		expect(copiesOf(upgraded)[0]?.from).toMatch(/4\.2\.0-go-.*configuration-qemu-nvidia-cpu\.toml$/);
		host.apply(change(host, goQemu));
		expect(host.facts.installation).not.toHaveProperty('variant');
		expect(host.facts.installation?.previous?.variant).toBe('qemu-nvidia-cpu');
		const back = change(host, nvidia, 'rollback');
		expect(back.steps.flatMap(step => (step.kind === 'link' ? [step.args.target] : []))).toEqual([
			expect.stringMatching(/^go-qemu-nvidia-cpu\//),
		]);
	});

	it('takes drop-ins of the plain pair along, but for files that it has its own of', () => {
		const path = '/etc/kata-containers/kata-setup/go-qemu/config.d/50-mine.toml';
		const text = '[hypervisor.qemu]\ndefault_vcpus = 3\nkernel = "/opt/kata/share/kata-containers/vmlinux.container"\n';
		const host = installedHost(goQemu, {dropIns: [{path, pair: 'go-qemu', mode: 0o600, text}]});
		const plan = change(host, nvidia);
		const carried = plan.steps.flatMap(step => (step.kind === 'write-file' ? [step.args] : []));
		expect(carried).toEqual([
			expect.objectContaining({
				path: '/etc/kata-containers/kata-setup/go-qemu-nvidia-cpu/config.d/50-mine.toml',
				content: expect.stringMatching(/^\[hypervisor\.qemu\]\ndefault_vcpus = 3$/m),
			}),
		]);
		expect(plan.settings?.map(({from, fate}) => [from.option, fate])).toEqual([
			['default_vcpus', 'same'],
			['kernel', 'dropped'],
		]);
	});

	it('that cannot be had is refused with its reason and what helps', () => {
		const refused = refusal(() => change(installedHost(), {...qemu, variant: 'qemu-nvidia-cpu'}));
		expect(refused.message).toContain('QEMU (qemu-nvidia-cpu) under the rust runtime');
		expect(refused.why).toContain('erofs');
		expect(refused.remedy.join(' ')).toMatch(/Choose the go runtime\. .*list --advanced/);
	});
});
