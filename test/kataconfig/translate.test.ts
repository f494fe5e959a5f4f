import {parse} from 'smol-toml';
import {describe, expect, it} from 'vitest';
import {type Pair, pairEntry} from '../../src/catalogue/catalogue.ts';
import {translateDropIn} from '../../src/kataconfig/translate.ts';
import {rules} from '../../src/kataconfig/translation-rules.ts';
import {knowsOption, optionsOf} from '../../src/kataconfig/vocabulary.ts';

const goQemu: Pair = {runtime: 'go', hypervisor: 'qemu'};
const rustQemu: Pair = {runtime: 'rust', hypervisor: 'qemu'};
const pairs: Pair[] = [
	goQemu,
	rustQemu,
	{runtime: 'go', hypervisor: 'cloud-hypervisor'},
	{runtime: 'rust', hypervisor: 'cloud-hypervisor'},
	{runtime: 'rust', hypervisor: 'dragonball'},
	{runtime: 'go', hypervisor: 'firecracker'},
];

/** The one setting's place and value after the translation, as `table.option = value`; null if it was dropped. */
function one(text: string, from: Pair, to: Pair): string | null {
	const {rows} = translateDropIn(text, from, to);
	expect(rows).toHaveLength(1);
	const [row] = rows;
	expect(row?.why === null).toBe(row?.fate === 'same');
	return row?.to ? `${row.to.table}.${row.to.option} = ${JSON.stringify(row.to.value)}` : null;
}

describe('a setting of go in the words of rust', () => {
	it.each([
		['[hypervisor.qemu]\ndefault_memory = 4096', 'hypervisor.qemu.default_memory = 4096'],
		['[agent.kata]\ndial_timeout = 120', 'agent.kata.reconnect_timeout_ms = 120000'],
		['[runtime]\ncreate_container_timeout = 90', 'agent.kata.create_container_timeout = 90'],
		['[hypervisor.qemu]\nseccompsandbox = "on"', 'hypervisor.qemu.seccomp_sandbox = "on"'],
		['[factory]\nenable_template = true', 'hypervisor.qemu.factory.enable_template = true'],
		['[hypervisor.qemu]\nblock_device_driver = "virtio-blk"', 'hypervisor.qemu.block_device_driver = "virtio-blk-pci"'],
		['[hypervisor.qemu]\nenable_numa = true', null],
		['[factory]\nvm_cache_number = 3', null],
		['[hypervisor.qemu]\nno_such_option = 1', null],
		['[hypervisor.clh]\ndefault_memory = 4096', null],
		['[hypervisor.qemu]\npath = "/usr/bin/qemu-kvm"', null],
		['[hypervisor.qemu]\nkernel = "/opt/kata/share/kata-containers/vmlinux.container"', null],
		['[hypervisor.qemu]\nkernel = "/srv/my-kernel"', 'hypervisor.qemu.kernel = "/srv/my-kernel"'],
	])('%s', (text, expected) => {
		expect(one(text, goQemu, rustQemu)).toBe(expected);
	});
});

describe('a setting of rust in the words of go', () => {
	it.each([
		['[agent.kata]\nreconnect_timeout_ms = 60500', 'agent.kata.dial_timeout = 61'],
		['[agent.kata]\ndial_timeout_ms = 20', null],
		['[agent.kata]\ncreate_container_timeout = 90', 'runtime.create_container_timeout = 90'],
		['[hypervisor.qemu.factory]\ntemplate_path = "/run/t"', 'factory.template_path = "/run/t"'],
		['[runtime]\nsandbox_cgroup_only = true', 'runtime.sandbox_cgroup_only = true'],
	])('%s', (text, expected) => {
		expect(one(text, rustQemu, goQemu)).toBe(expected);
	});
});

describe('a setting of one hypervisor for another', () => {
	it('moves into the table of the other', () => {
		const text = '[hypervisor.qemu]\ndefault_vcpus = 2\nmachine_type = "q35"\n';
		const {rows, content} = translateDropIn(text, goQemu, {runtime: 'go', hypervisor: 'cloud-hypervisor'});
		expect(rows.map(({fate}) => fate)).toEqual(['changed', 'dropped']);
		expect(parse(content ?? '')).toEqual({hypervisor: {clh: {default_vcpus: 2}}});
	});

	it('shares files as the other can', () => {
		const text = '[hypervisor.qemu]\nshared_fs = "virtio-fs"';
		expect(one(text, rustQemu, {runtime: 'rust', hypervisor: 'dragonball'})).toContain('"inline-virtio-fs"');
		expect(one(text, goQemu, {runtime: 'go', hypervisor: 'firecracker'})).toBeNull();
	});
});

describe('every translation', () => {
	it('says what became of every setting, and writes what the other configuration knows or the same runtime reads', () => {
		for (const from of pairs)
			for (const to of pairs) {
				const tables = optionsOf(from)?.tables ?? {};
				for (const [table, options = []] of Object.entries(tables))
					for (const option of options) {
						const {rows, content} = translateDropIn(`[${table}]\n${option} = 1000\n`, from, to);
						expect(rows, `${table}.${option}`).toHaveLength(1);
						const [row] = rows;
						expect(row?.fate === 'dropped').toBe(row?.to === null);
						if (row?.to) {
							const read = from.runtime === to.runtime && !table.startsWith('hypervisor.') && row.fate === 'same';
							expect(read || knowsOption(to, row.to.table, row.to.option)).toBe(true);
							expect(parse(content ?? '')).toBeTruthy();
						} else expect(row?.why).toMatch(/\.$/);
					}
			}
	});

	it('leaves what is for the same pair as it is, but for names of files of ours', () => {
		for (const pair of pairs) {
			const text = `[hypervisor.${pairEntry(pair).section}]\ndefault_vcpus = 3\n\n[agent.kata]\nenable_debug = true\n`;
			const {rows, content} = translateDropIn(text, pair, pair);
			expect(rows.map(({fate}) => fate)).toEqual(['same', 'same']);
			expect(parse(content ?? '')).toEqual(parse(text));
		}
	});

	it('there and back again keeps every whole second', () => {
		for (const rule of rules.filter(({convert}) => convert))
			for (const seconds of [1, 30, 120]) expect(rule.convert?.toGo(rule.convert.toRust(seconds))).toBe(seconds);
	});

	it('reads nothing that is no TOML', () => {
		expect(() => translateDropIn('[hypervisor', goQemu, rustQemu)).toThrow();
	});
});
