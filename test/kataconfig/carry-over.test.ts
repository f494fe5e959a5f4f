import {parse} from 'smol-toml';
import {describe, expect, it} from 'vitest';
import {type Pair, pairEntry, pairName} from '../../src/catalogue/catalogue.ts';
import type {DropInFacts} from '../../src/facts/facts.ts';
import {carryOver, dropInFolder} from '../../src/kataconfig/carry-over.ts';
import {knowsOption, optionsOf} from '../../src/kataconfig/vocabulary.ts';

const rustQemu: Pair = {runtime: 'rust', hypervisor: 'qemu'};
const goQemu: Pair = {runtime: 'go', hypervisor: 'qemu'};
const dragonball: Pair = {runtime: 'rust', hypervisor: 'dragonball'};
const cloud: Pair = {runtime: 'rust', hypervisor: 'cloud-hypervisor'};
const releases = {from: '4.1.0', to: '4.1.0'};

const dropIn = (pair: Pair, text: string | null, changes: Partial<DropInFacts> = {}): DropInFacts => ({
	path: `${dropInFolder(pair)}/50-mine.toml`,
	pair: pairName(pair),
	mode: 0o644,
	text,
	...changes,
});
const carry = (text: string | null, from: Pair, to: Pair, changes: Partial<DropInFacts> = {}) =>
	carryOver([dropIn(from, text, changes)], from, to, releases);

describe('a drop-in whose words are the same there', () => {
	it.each([
		[
			'the runtime’s own tables',
			'# mine\r\n[runtime]\r\nunheard_of = 1 # stays\r\n\r\n[agent.kata]\nx = [ 1,2 ]',
			dragonball,
		],
		['comments alone', '# nothing yet\n', goQemu],
		['options that both runtimes spell alike', '[hypervisor.qemu]\n  default_vcpus   = 2 # two\n', goQemu],
	])('is carried over byte for byte: %s', (_, text, to) => {
		const {settings, ...rest} = carry(text, rustQemu, to, {mode: 0o600});
		expect(settings.filter(({fate}) => fate !== 'same')).toEqual([]);
		expect(rest).toEqual({
			files: [{name: '50-mine.toml', content: text, mode: 0o600}],
			notes: [],
		});
	});
});

describe('a drop-in that says it differently there', () => {
	it('is written in the new pair’s words, and what has none there is a comment with its reason', () => {
		const text =
			'# Team web\n\n[hypervisor.qemu]\ndefault_vcpus = 2\nmachine_type = "q35"\n\n[runtime]\nenable_debug = true\n';
		const {files, notes} = carry(text, rustQemu, dragonball);
		const [file] = files;
		expect(parse(file?.content ?? '')).toEqual({
			hypervisor: {dragonball: {default_vcpus: 2}},
			runtime: {enable_debug: true},
		});
		const lines = file?.content.split('\n') ?? [];
		expect(lines[0]).toBe('# Team web');
		expect(lines.slice(0, lines.indexOf(''))).toContain('# [hypervisor.qemu] machine_type = "q35"');
		expect(lines).toContain('# It belongs to the hypervisor that is left; the packaged value holds.');
		expect(lines.find(line => line.startsWith('# Carried over'))).toContain(dropIn(rustQemu, '').path);
		expect(notes).toHaveLength(1);
		expect(notes[0]).toContain('machine_type (It belongs to');
		expect(notes[0]).not.toContain('default_vcpus');
	});

	it('is all comments where nothing has a counterpart, on one line each whatever is in it', () => {
		const {files} = carry('[hypervisor."a\\nb"]\nx = """1\n[runtime]\n"""\n', rustQemu, dragonball);
		expect(parse(files[0]?.content ?? 'x')).toEqual({});
		expect(files[0]?.content).toContain('x = "1\\n[runtime]\\n"');
	});

	it('does not keep the table of another hypervisor, though it is empty', () => {
		const {files, notes} = carry('[hypervisor.qemu]\n[runtime]\nenable_debug = true\n', rustQemu, dragonball);
		expect(parse(files[0]?.content ?? '')).toEqual({runtime: {enable_debug: true}});
		expect(notes).toHaveLength(1);
	});

	it('uses the name that the table has in the release', () => {
		const text = '[hypervisor.qemu]\ndefault_vcpus = 2\n';
		const tablesFor = (to: string): string[] => {
			const {files} = carryOver([dropIn(rustQemu, text)], rustQemu, cloud, {from: to, to});
			return Object.keys(parse(files[0]?.content ?? '').hypervisor as object);
		};
		expect(tablesFor('4.1.0')).toEqual(['clh']);
		expect(tablesFor('3.29.0')).toEqual(['cloud-hypervisor']);
		const old = dropIn(cloud, '[hypervisor.cloud-hypervisor]\ndefault_vcpus = 2\n');
		const [back] = carryOver([old], cloud, rustQemu, {from: '3.29.0', to: '4.1.0'}).files;
		expect(parse(back?.content ?? '')).toEqual({hypervisor: {qemu: {default_vcpus: 2}}});
	});

	it('drops nothing silently, of any option and any change of the pair', () => {
		const pairs = [rustQemu, goQemu, dragonball, cloud, {runtime: 'go', hypervisor: 'firecracker'} as Pair];
		for (const from of pairs)
			for (const to of pairs.filter(pair => pair !== from))
				for (const [table, options = []] of Object.entries(optionsOf(from)?.tables ?? {}))
					for (const option of options) {
						const {files, notes} = carry(`[${table}]\n${option} = 1000\n`, from, to);
						const content = files[0]?.content ?? '';
						const kept = Object.keys(parse(content)).length > 0;
						expect(kept || (content.includes(`# [${table}] ${option} = 1000\n# `) && notes[0]?.includes(option))).toBe(
							true,
						);
						const own = pairEntry(to).section;
						const tables = Object.keys((parse(content).hypervisor ?? {}) as object);
						expect(tables.every(name => name === own)).toBe(true);
						if (table.startsWith('hypervisor.') && tables.length > 0 && knowsOption(to, `hypervisor.${own}`, option))
							expect(content).toContain(option);
					}
	});
});

describe('a drop-in that is not carried over', () => {
	it.each([
		['broken TOML', '[hypervisor\nx', {}, 'no TOML'],
		['nothing that can be read', null, {}, 'no regular file'],
		['a text without its secrets', '[runtime]\nx_token = "REDACTED"\n', {redacted: true}, 'secrets'],
	])('is named: %s', (_, text, changes, why) => {
		const {files, notes} = carry(text, rustQemu, dragonball, changes);
		expect(files).toEqual([]);
		expect(notes).toEqual([expect.stringContaining(`${dropIn(rustQemu, '').path} is not carried over`)]);
		expect(notes[0]).toContain(why);
	});

	it('leaves the file of its name in the new pair as it is, and names it where they differ', () => {
		const text = '[runtime]\nenable_debug = true\n';
		const both = (there: string | null) =>
			carryOver([dropIn(rustQemu, text), dropIn(dragonball, there)], rustQemu, dragonball, releases);
		expect(both(text)).toEqual({files: [], notes: [], settings: []});
		for (const there of ['[runtime]\n', null]) {
			expect(both(there).files).toEqual([]);
			expect(both(there).notes).toEqual([expect.stringContaining('is there already and stays as it is')]);
		}
	});

	it('is not one of a third pair', () => {
		expect(carryOver([dropIn(goQemu, '[runtime]\n')], rustQemu, dragonball, releases)).toEqual({
			files: [],
			notes: [],
			settings: [],
		});
	});
});
