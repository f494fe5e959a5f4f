import {parse, type TomlTable} from 'smol-toml';
import {describe, expect, it} from 'vitest';
import defaults from '../../assets/option-defaults.json' with {type: 'json'};
import {hypervisors, type Pair, pairEntry, pairName, runtimes} from '../../src/catalogue/catalogue.ts';
import {optionFlags} from '../../src/cli/flags.ts';
import {parseInvocation} from '../../src/cli/parse.ts';
import {architectures} from '../../src/facts/facts.ts';
import {settingsDropIn} from '../../src/kataconfig/drop-in.ts';
import {
	type OptionName,
	type OptionValue,
	optionDefault,
	optionEntries,
	optionNames,
	optionRefusal,
	tablesFor,
} from '../../src/kataconfig/options.ts';
import {knowsOption} from '../../src/kataconfig/vocabulary.ts';
import {planInstall} from '../../src/plan/install.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {refusal} from '../support/refusal.ts';

const pairs: Pair[] = runtimes.flatMap(runtime => hypervisors.map(hypervisor => ({runtime, hypervisor})));
const values: Record<OptionName, OptionValue[]> = {
	vcpus: [1, 2, 8],
	debug: [true, false],
	'shared-fs': ['virtio-fs', 'inline-virtio-fs', 'virtio-9p'],
	'sandbox-cgroup-only': [true, false],
	'static-sizing': [true, false],
	'vm-template': [true, false],
	hugepages: [true, false],
	rootless: [true, false],
};

/** As both runtimes merge a drop-in: tables into each other, all else replaces. */
const merge = (below: TomlTable, above: TomlTable): TomlTable => ({
	...below,
	...Object.fromEntries(
		Object.entries(above).map(([key, value]) => {
			const under = below[key];
			const tables = typeof value === 'object' && typeof under === 'object';
			return [key, tables ? merge(under as TomlTable, value as TomlTable) : value];
		}),
	),
});

const at = (root: TomlTable, table: string): TomlTable =>
	table.split('.').reduce((inner, name) => inner[name] as TomlTable, root);

/** The packaged values of a file, nested as in the file. */
function packaged(tables: Partial<Record<string, object>>): TomlTable {
	const root: TomlTable = {};
	for (const [table, content] of Object.entries(tables)) {
		let inner = root;
		for (const name of table.split('.')) {
			inner[name] ??= {};
			inner = inner[name] as TomlTable;
		}
		Object.assign(inner, content);
	}
	return root;
}

const facts = sampleFacts();
const plan = (pair: Pair, options: Record<string, OptionValue>) =>
	planInstall(facts, sampleChoice({...pair, options}), {rehearsal: false});

describe('the options of a guest', () => {
	it.each(pairs.map(pair => [pairName(pair), pair] as const))(
		'stand in the vocabulary of %s where written',
		(_, pair) => {
			for (const name of optionNames) {
				const [value] = values[name] as [OptionValue];
				const text = settingsDropIn(facts, sampleChoice({...pair, options: {[name]: value}}))?.content ?? '';
				const tables = tablesFor(pair, name);
				expect(text === '', name).toBe(tables.length === 0);
				for (const table of tables) {
					expect(knowsOption(pair, table, optionEntries[name].key), `${name} in ${table}`).toBe(true);
					expect(at(parse(text), table)[optionEntries[name].key], name).toBe(value);
				}
			}
		},
	);

	it('have, merged over every packaged configuration, the value that was asked for, and change nothing else', () => {
		let merged = 0;
		for (const pair of pairs) {
			const name = pairEntry(pair).configuration.at(-1)?.file;
			for (const file of defaults.files.filter(one => one.runtime === pair.runtime && one.file === name))
				for (const option of optionNames)
					for (const value of values[option]) {
						const below = packaged(file.tables);
						const text = settingsDropIn(facts, sampleChoice({...pair, options: {[option]: value}}))?.content ?? '';
						const wanted = packaged(file.tables);
						for (const table of tablesFor(pair, option)) at(wanted, table)[optionEntries[option].key] = value;
						expect(merge(below, parse(text)), `${pairName(pair)} ${option}`).toEqual(wanted);
						merged += 1;
					}
		}
		expect(merged).toBeGreaterThan(100);
	});

	it('are known with their default for every file that is packaged', () => {
		for (const pair of pairs)
			for (const machine of architectures) {
				const name = pairEntry(pair).configuration.at(-1)?.file;
				const file = defaults.files.find(
					one => one.runtime === pair.runtime && one.file === name && one.architectures.includes(machine),
				);
				for (const option of optionNames) {
					const known = optionDefault(pair, machine, option) !== null;
					if (file) expect(known, `${pairName(pair)} ${machine} ${option}`).toBe(tablesFor(pair, option).length > 0);
					else expect(known).toBe(false);
				}
			}
		const qemu = {hypervisor: 'qemu'} as const;
		expect(optionDefault({runtime: 'rust', ...qemu}, 'x86_64', 'static-sizing')).toBe(true);
		expect(optionDefault({runtime: 'go', ...qemu}, 'x86_64', 'static-sizing')).toBe(false);
		expect(optionDefault({runtime: 'go', ...qemu}, 'aarch64', 'static-sizing')).toBe(true);
		expect(optionDefault({runtime: 'rust', hypervisor: 'dragonball'}, 'x86_64', 'shared-fs')).toBe('inline-virtio-fs');
	});

	it('set debug in three tables, and the template where each runtime has it', () => {
		const pair = {runtime: 'rust', hypervisor: 'dragonball'} as const;
		expect(tablesFor(pair, 'debug')).toEqual(['hypervisor.dragonball', 'agent.kata', 'runtime']);
		expect(tablesFor(pair, 'vm-template')).toEqual(['hypervisor.dragonball.factory']);
		expect(tablesFor({runtime: 'go', hypervisor: 'qemu'}, 'vm-template')).toEqual(['factory']);
		expect(tablesFor({runtime: 'go', hypervisor: 'cloud-hypervisor'}, 'vm-template')).toEqual([]);
		expect(settingsDropIn(facts, sampleChoice({...pair, options: {debug: true}}))?.why).toBe(
			'Debug messages: on, as was asked.',
		);
	});
});

describe('a plan with options', () => {
	it('repeats them in its command, which means the same', () => {
		const options = {vcpus: 2, debug: true, 'shared-fs': 'virtio-fs', 'static-sizing': false, hugepages: true};
		const {command} = plan({runtime: 'rust', hypervisor: 'qemu'}, options);
		expect(command).toContain('--vcpus 2 --debug --shared-fs virtio-fs --static-sizing=no --hugepages');
		const {flags} = parseInvocation(command.split(' ').slice(1), {});
		expect(flags).toMatchObject(options);
		expect(flags.rootless).toBeUndefined();
		expect([...optionFlags]).toEqual(optionNames);
	});

	it('names the table as the release does, and says that an older one may not have them', () => {
		const older = sampleChoice({hypervisor: 'cloud-hypervisor', guestMemoryMiB: 512, options: {vcpus: 2, debug: true}});
		older.release = {...older.release, version: '3.29.0'};
		expect(parse(settingsDropIn(facts, older)?.content ?? '')).toEqual({
			hypervisor: {'cloud-hypervisor': {default_memory: 512, default_vcpus: 2, enable_debug: true}},
			agent: {kata: {enable_debug: true}},
			runtime: {enable_debug: true},
		});
		const notes = (choice = older) => planInstall(facts, choice, {rehearsal: false}).notes.join('\n');
		expect(notes()).toContain('3.29.0 may not have');
		expect(notes(sampleChoice({options: {vcpus: 2}}))).not.toContain('may not have');
	});

	it('says what the host must have for them', () => {
		const {notes} = plan({runtime: 'rust', hypervisor: 'qemu'}, {hugepages: true, rootless: true});
		expect(notes.join('\n')).toContain('2048 MiB of them');
		expect(notes.join('\n')).toContain('root:kvm');
		const off = plan({runtime: 'rust', hypervisor: 'qemu'}, {hugepages: false, rootless: false}).notes.join('\n');
		expect(off).not.toMatch(/Huge pages|rootless/);
		expect(plan({runtime: 'rust', hypervisor: 'dragonball'}, {'vm-template': true}).notes.join('\n')).toContain(
			'kata-ctl factory init',
		);
	});

	it.each<readonly [Pair, Record<string, OptionValue>, string]>([
		[{runtime: 'rust', hypervisor: 'dragonball'}, {rootless: true}, 'no option rootless'],
		[{runtime: 'go', hypervisor: 'cloud-hypervisor'}, {'vm-template': true}, 'no option enable_template'],
		[{runtime: 'rust', hypervisor: 'cloud-hypervisor'}, {'vm-template': true}, 'block snapshotter'],
		[{runtime: 'rust', hypervisor: 'qemu'}, {'vm-template': true}, 'initrd'],
		[{runtime: 'rust', hypervisor: 'qemu'}, {'shared-fs': 'inline-virtio-fs'}, 'one of: virtio-fs'],
		[{runtime: 'rust', hypervisor: 'qemu'}, {vcpus: 9}, 'CPUs of this host: 8'],
	])('refuses for %j what cannot be: %j', (pair, options, why) => {
		const {exit, why: said} = refusal(() => plan(pair, options));
		expect(exit).toBe('host');
		expect(said).toContain(why);
	});

	it('takes off what is off anyway, and what a pair ships', () => {
		expect(() => plan({runtime: 'rust', hypervisor: 'qemu'}, {'vm-template': false, vcpus: 8})).not.toThrow();
		expect(() => plan({runtime: 'go', hypervisor: 'qemu'}, {'shared-fs': 'virtio-9p'})).not.toThrow();
	});

	it('refuses huge pages that are not free for the guest, or have no place, and says what would help', () => {
		const on = (pair: Pair, freePages: number, mounted: boolean, guestMemoryMiB?: number) => () =>
			planInstall(
				{...facts, memory: {...facts.memory, hugePages: {pageBytes: 2 ** 21, freePages, mounted}}},
				sampleChoice({...pair, options: {hugepages: true}, ...(guestMemoryMiB ? {guestMemoryMiB} : {})}),
				{rehearsal: false},
			);
		const qemu: Pair = {runtime: 'rust', hypervisor: 'qemu'};
		const {exit, why} = refusal(on(qemu, 1023, true));
		expect(exit).toBe('host');
		expect(why).toContain('2048 MiB takes 1024 huge pages of 2048 KiB, and 1023 are free');
		expect(why).toContain('vm.nr_hugepages');
		expect(on(qemu, 1024, true)).not.toThrow();
		expect(on(qemu, 256, true, 512)).not.toThrow();
		expect(refusal(on(qemu, 1024, false)).why).toContain('dev-hugepages.mount');
		expect(on({runtime: 'rust', hypervisor: 'cloud-hypervisor'}, 1024, false)).not.toThrow();
	});

	it('refuses the rootless hypervisor where neither group nor others may use /dev/kvm', () => {
		const on = (mode: number) => () =>
			planInstall(
				{...facts, kvm: {...facts.kvm, mode}},
				sampleChoice({runtime: 'rust', hypervisor: 'qemu', options: {rootless: true}}),
				{rehearsal: false},
			);
		for (const mode of [0o600, 0o640, 0o644]) expect(refusal(on(mode)).why).toContain('chmod 0660 /dev/kvm');
		for (const mode of [0o660, 0o666, 0o606]) expect(on(mode)).not.toThrow();
	});

	it('refuses hotplug where there is none', () => {
		const off = (pair: Pair, machine = 'x86_64') => optionRefusal(pair, sampleFacts({machine}), 'static-sizing', false);
		expect(off({runtime: 'go', hypervisor: 'firecracker'})).toContain('Firecracker');
		expect(off({runtime: 'rust', hypervisor: 'qemu'}, 'aarch64')).toContain('arm64');
		expect(off({runtime: 'rust', hypervisor: 'qemu'})).toBeNull();
	});
});
