/** The variants for special hosts: what holds of each on every host, as the wizard and the matrix tell it. */
import {beforeAll, describe, expect, it, vi} from 'vitest';
import {availabilityOf, recommend} from '../../src/catalogue/availability.ts';
import {
	catalogue,
	type Pair,
	pairEntry,
	pairName,
	runtimes,
	samePair,
	type VariantEntry,
	variantOf,
} from '../../src/catalogue/catalogue.ts';
import {fittingGuestMemory, shippedGuestMemory} from '../../src/catalogue/guest-memory.ts';
import {matrixOfHost, matrixOfRelease} from '../../src/catalogue/matrix.ts';
import {remedyFor} from '../../src/catalogue/remedy.ts';
import {storyOf} from '../../src/catalogue/story.ts';
import {pairOfVariant, undescribedHere, variantName} from '../../src/catalogue/variants.ts';
import {variantsHere} from '../../src/catalogue/variants-here.ts';
import {type Architecture, architectures, type Facts} from '../../src/facts/facts.ts';
import {judge} from '../../src/facts/judge.ts';
import {packagedValue} from '../../src/kataconfig/option-defaults.ts';
import {optionDefault} from '../../src/kataconfig/options.ts';
import {optionsOf} from '../../src/kataconfig/vocabulary.ts';
import {planInstall} from '../../src/plan/install.ts';
import {play} from '../corpus/play.ts';
import {loadRecording, recordingNames} from '../corpus/recording.ts';
import {facts} from '../screens/fixtures.ts';
import {sampleChoice, sampleContainerd, sampleFacts} from '../support/facts.ts';

// The library that fills gaps looks at the machine of the test, not at the recorded one.
vi.mock('systeminformation', () => ({default: {}}));

const releases = ['3.3.0', '3.10.0', '3.20.0', '3.31.0', '3.32.0', '4.0.0', '4.1.0', '4.2.0'];
const machines = [...architectures, 'riscv64'];
const clause = /^(?!.*[.;\n] ?$)[^\n]{3,160}$/;

const variant = (runtime: 'rust' | 'go', name: string): VariantEntry => {
	const found = catalogue.advanced.find(one => one.runtime === runtime && one.name === name);
	if (!found) throw new Error(`no variant ${runtime}-${name}`);
	return found;
};
const cpu: Pair = {runtime: 'go', hypervisor: 'qemu', variant: 'qemu-nvidia-cpu'};
const gpu: Pair = {runtime: 'go', hypervisor: 'qemu', variant: 'qemu-nvidia-gpu'};
const rsFc: Pair = {runtime: 'rust', hypervisor: 'firecracker', variant: 'rs-fc'};

const choiceOf = (of: Facts, pair: Pair, version: string) => {
	const {mib} = fittingGuestMemory(of, pair);
	const release = {...sampleChoice().release, version, architecture: of.machine as Architecture};
	return sampleChoice({...pair, release, ...(mib === shippedGuestMemory(pair) ? {} : {guestMemoryMiB: mib})});
};

/** Two GPUs of which one can be handed on: an unusual host that the corpus has none of. */
const passthrough = {
	iommu: true,
	nvidiaGpus: [
		{address: '0000:01:00.0', driver: 'nvidia'},
		{address: '0000:41:00.0', driver: 'vfio-pci'},
	],
};

/** What must be true of every variant on a host: an offered one plans, a refused one has its reason. */
function expectWhole(host: Facts): void {
	for (const machine of machines) {
		const on = {...host, machine};
		const findings = judge(on);
		const blocked = findings.some(({severity, affects}) => severity === 'blocker' && affects === 'all');
		for (const release of releases) {
			expect(recommend(on, release, {findings})?.variant).toBeUndefined();
			for (const one of runtimes.flatMap(runtime => variantsHere(on, runtime, release, findings))) {
				const what = `${variantName(one)} of ${release} on ${machine}`;
				expect(one.reason === null, what).toBe(one.available);
				if (one.reason !== null) expect(one.reason, what).toMatch(clause);
				if (one.remedy !== null) expect(one.remedy, what).toMatch(/^[a-z]/);
				const pair = pairOfVariant(one);
				if (!one.available || !pair) continue;
				expect(remedyFor(pair, on, release, findings), what).toBeNull();
				if (blocked) continue;
				const {steps} = planInstall(on, choiceOf(on, pair, release), {rehearsal: false});
				const copies = steps.flatMap(step => (step.kind === 'kata-config' ? [step.args] : []));
				expect(copies, what).toEqual([expect.objectContaining({pair, from: expect.stringContaining(`/${one.file}`)})]);
			}
		}
	}
}

describe.each(recordingNames)('on %s', name => {
	let recorded: Facts;
	beforeAll(async () => {
		recorded = (await play(loadRecording(name))).facts;
	});

	it('an offered variant plans and a refused one has one reason, for every machine and release', () => {
		expectWhole(recorded);
		expectWhole({...recorded, passthrough});
	});
});

describe.each(architectures)('the variants on %s', machine => {
	it.each(releases)('of %s are all told, and those that the release has are those of the matrix', release => {
		const on = {...facts, machine};
		const told = runtimes.flatMap(runtime => variantsHere(on, runtime, release, judge(on)));
		expect(told.map(variantName).sort()).toEqual(catalogue.advanced.map(variantName).sort());
		const there = matrixOfHost(on, judge(on), release).advanced;
		expect(there.map(variantName).sort()).toEqual(matrixOfRelease(machine, release).advanced.map(variantName).sort());
		for (const row of there) expect(told).toContainEqual(row);
	});
});

describe('which can be chosen', () => {
	/** A host that lacks nothing but what a variant needs of it. */
	const plain = sampleFacts({containerd: [sampleContainerd({snapshotters: {blockfile: 'ok'}})]});
	const chosen = (on: Facts, release: string): string[] =>
		runtimes.flatMap(runtime =>
			variantsHere(on, runtime, release, judge(on)).flatMap(one => (one.available ? [variantName(one)] : [])),
		);

	it.each([
		['x86_64', '4.1.0', ['go-qemu-nvidia-cpu']],
		['aarch64', '4.1.0', ['go-qemu-nvidia-cpu']],
		['s390x', '4.1.0', []],
		['ppc64le', '4.1.0', []],
		['x86_64', '4.0.0', ['rust-rs-fc', 'go-qemu-nvidia-cpu']],
		['x86_64', '3.9.0', []],
	])('on an ordinary %s with Kata %s', (machine, release, wanted) => {
		expect(chosen({...plain, machine}, release)).toEqual(wanted);
	});

	it('with an NVIDIA GPU for guests the one for it, too', () => {
		expect(chosen({...plain, passthrough}, '4.1.0')).toEqual(['go-qemu-nvidia-cpu', 'go-qemu-nvidia-gpu']);
	});

	const why = (on: Facts, pair: Pair, release = '4.1.0') => {
		const availability = availabilityOf(pair, on, release);
		return availability.state === 'ok' ? null : [availability.reason, remedyFor(pair, on, release)];
	};

	it.each([
		[{iommu: true, nvidiaGpus: []}, /this host has none/, null],
		[{iommu: true, nvidiaGpus: [{address: '0000:01:00.0', driver: 'nvidia'}]}, /0000:01:00.0 is nvidia's/, /driverctl/],
		[{iommu: true, nvidiaGpus: [{address: '0000:01:00.0', driver: null}]}, /bound to no driver/, /driverctl/],
		[{...passthrough, iommu: false}, /IOMMU/, /firmware/],
		[{iommu: null, nvidiaGpus: []}, /not known/, /look again/],
	])('a GPU of which %j is known is refused with what is missing', (found, reason, remedy) => {
		const said = why({...plain, passthrough: found}, gpu);
		expect(said?.[0]).toMatch(reason);
		if (remedy) expect(said?.[1]).toMatch(remedy);
		else expect(said?.[1]).toBeNull();
	});

	it('what is refused everywhere says what it lacks, and sends to the other runtime where that has it', () => {
		const rust: Pair = {...cpu, runtime: 'rust'};
		expect(why(plain, rust)).toEqual([expect.stringContaining('erofs snapshotter'), 'choose the go runtime']);
		expect(why(plain, {...gpu, runtime: 'rust'})?.[1]).toBe('choose the go runtime on x86_64');
		for (const name of ['qemu-coco-dev', 'qemu-snp', 'qemu-tdx', 'qemu-nvidia-gpu-snp'])
			expect(why(plain, {runtime: 'rust', hypervisor: 'qemu', variant: name})?.join()).toMatch(/nydus.*kata-deploy/);
		expect(why(plain, rsFc)).toEqual([
			'firecracker only in the go archive since 4.1.0',
			'take a Kata older than 4.1.0',
		]);
		const azure: Pair = {runtime: 'go', hypervisor: 'cloud-hypervisor', variant: 'clh-azure'};
		expect(why(plain, azure)?.[0]).toContain('/dev/mshv');
	});

	it('the files of an unpacked release come before the catalogue', () => {
		const path = '/opt/kata-setup/trees/4.9.0-rust-0123456789ab';
		const on = (pairs: {name: string; lack: string | null}[], runtime: 'rust' | 'go' = 'rust'): Facts => ({
			...plain,
			installation: {
				...{version: '4.9.0', runtime, hypervisor: 'qemu', tree: path, handler: 'kata'},
				...{unfinishedRun: null, sequence: 40, trees: [{path, version: '4.9.0', runtime, archives: []}]},
			},
			treeOffers: [{path, pairs, undescribed: []}],
		});
		expect(why(on([{name: 'rust-rs-fc', lack: null}]), rsFc, '4.9.0')).toBeNull();
		expect(why(on([]), rsFc, '4.9.0')?.[0]).toContain('only in the go archive');
		const lack = 'this release lacks share/kata-containers/kata-containers-nvidia.img';
		expect(why(on([{name: 'go-qemu-nvidia-cpu', lack}], 'go'), cpu, '4.9.0')?.[0]).toBe(lack);
	});

	it('what blocks a plain pair blocks its variants, and not those of another', () => {
		const [first] = judge(plain);
		if (!first) throw new Error('no finding');
		const blocked = (pair: Pair) =>
			variantsHere(plain, 'go', '4.1.0', [{...first, severity: 'blocker', affects: [pair]}]).find(
				({name}) => name === 'qemu-nvidia-cpu',
			);
		expect(blocked({runtime: 'go', hypervisor: 'qemu'})).toMatchObject({available: false, reason: first.summary});
		expect(blocked(cpu)).toMatchObject({available: false});
		expect(blocked(gpu)).toMatchObject({available: true});
		expect(blocked({runtime: 'rust', hypervisor: 'qemu'})).toMatchObject({available: true});
	});
});

describe('a variant', () => {
	it.each(catalogue.advanced.map(variantName))('%s has the story that its row sends to', name => {
		expect(storyOf(name)).toMatchObject({kind: 'variant', entries: [{}]});
	});

	it('is a pair of its own: by its name, its configuration and its table', () => {
		expect(pairName(cpu)).toBe('go-qemu-nvidia-cpu');
		expect(samePair(cpu, {runtime: 'go', hypervisor: 'qemu'})).toBe(false);
		expect(pairEntry(cpu)).toMatchObject({
			...cpu,
			configuration: [{file: 'configuration-qemu-nvidia-cpu.toml'}],
			section: 'qemu',
			shipped: {x86_64: '4.0.0', aarch64: '4.0.0'},
		});
		expect(pairEntry(cpu)).not.toHaveProperty('ownDefault');
		expect(() => pairEntry({...cpu, variant: 'qemu-unheard-of'})).toThrow('go-qemu-unheard-of');
		expect(variantOf({...cpu, hypervisor: 'dragonball'})).toBeNull();
	});

	it.each(catalogue.advanced.map(entry => [variantName(entry), entry] as const))(
		'%s has in Kata’s own file the table and the memory that are told of it',
		(_name, entry) => {
			const pair = pairOfVariant(entry);
			if (!pair) return expect(catalogue.refusals).toHaveProperty(entry.refusal ?? 'none');
			expect(optionsOf(pair)?.tables).toHaveProperty(`hypervisor.${entry.table}`);
			expect(entry.architectures.every(name => optionsOf(pair)?.architectures.includes(name))).toBe(true);
			for (const machine of entry.architectures) {
				// Without a shared file system no ordinary snapshotter serves its containers.
				if (!entry.refusal && !entry.needsBlockSnapshotter)
					expect(optionDefault(pair, machine, 'shared-fs')).toBe('virtio-fs');
				const memory = packagedValue(pair, machine, `hypervisor.${entry.table}`, 'default_memory');
				expect(shippedGuestMemory(pair)).toBe(memory);
			}
		},
	);

	it('gets the memory that it is shipped with where there is room, and less where there is not', () => {
		const gib = 2 ** 30;
		const memory = (bytes: number) => ({
			totalBytes: bytes,
			availableBytes: bytes,
			shm: {totalBytes: bytes, freeBytes: bytes},
		});
		expect(fittingGuestMemory({...facts, memory: memory(64 * gib)}, gpu)).toMatchObject({mib: 8192, why: null});
		expect(fittingGuestMemory({...facts, memory: memory(6 * gib)}, gpu)).toMatchObject({mib: 2048, fits: true});
		expect(fittingGuestMemory({...facts, memory: memory(6 * gib)}, cpu)).toMatchObject({mib: 2048, why: null});
	});

	it('says why the release does not have it, and stands below what it has', () => {
		const names = (machine: string, release: string) =>
			variantsHere({...facts, machine}, 'rust', release, []).map(one => ({name: one.name, reason: one.reason}));
		const told = names('s390x', '4.1.0');
		expect(told.slice(0, 2).map(({name}) => name)).toEqual(['qemu-coco-dev', 'qemu-se']);
		expect(told).toContainEqual({name: 'qemu-snp', reason: 'not on s390x: on x86_64'});
		expect(names('x86_64', '4.0.0')).toContainEqual({name: 'qemu-snp', reason: 'not known before Kata 4.1.0'});
		expect(variant('rust', 'qemu-snp').since).toBe('4.1.0');
	});
});

describe('what nobody has described', () => {
	const path = '/opt/kata-setup/trees/4.9.0-rust-0123456789ab';
	const choice = {version: '4.9.0', runtime: 'rust' as const, hypervisor: 'qemu', tree: path, handler: 'kata'};
	const installation = {
		...choice,
		unfinishedRun: null,
		sequence: 40,
		trees: [{path, version: '4.9.0', runtime: 'rust' as const, archives: []}],
	};
	const undescribed = [{runtime: 'rust' as const, file: 'configuration-crosvm.toml'}];
	const known = {...facts, installation, treeOffers: [{path, pairs: [], undescribed}]};

	it('is that of the release in question, where it is unpacked', () => {
		expect(undescribedHere(known, null)).toEqual(undescribed);
		expect(undescribedHere(known, '4.9.0')).toEqual(undescribed);
		expect(undescribedHere(known, '4.1.0')).toEqual([]);
		expect(undescribedHere(facts, null)).toEqual([]);
	});
});
