import {describe, expect, it} from 'vitest';
import type {Facts, InstallationFacts, KataInstallFacts} from '../../../../src/facts/facts.ts';
import {adoptablePairs, pairInUse} from '../../../../src/facts/findings/kata/adoptable-pairs.ts';
import {mayBeAdopted, type Way, waysWith} from '../../../../src/facts/findings/kata/ways.ts';
import {adoptableFacts, unpackedKata} from '../../../support/adoptable.ts';

const waysOf = (install: Partial<KataInstallFacts> = {}, changes: Partial<Facts> = {}): Record<Way['way'], Way> => {
	const facts = adoptableFacts(install, changes);
	return Object.fromEntries(waysWith(unpackedKata(install), facts).map(way => [way.way, way])) as Record<
		Way['way'],
		Way
	>;
};

const {content} = unpackedKata();
if (!content) throw new Error('the sample has no content');

describe('the ways with a Kata that is there', () => {
	it.each(['unknown', 'kata-manager'] as const)('of %s are all three', owner => {
		const ways = waysOf({owner});
		expect(Object.values(ways).map(({open}) => open)).toEqual([true, true, true]);
		expect(ways.adopt.remedy).toContain('kata-setup adopt');
		expect(ways.beside.remedy).toContain('kata-setup install --beside');
		expect(mayBeAdopted(adoptableFacts({owner}))).toBe(true);
	});

	it.each([
		[{owner: 'package', package: {manager: 'dpkg', name: 'kata-containers', version: '3'}}, 'kata-containers', true],
		[{owner: 'snap'}, 'snap', true],
		[{owner: 'kata-deploy'}, 'kata-deploy', false],
		[{ownerInDoubt: true}, 'did not answer', true],
	] satisfies [Partial<KataInstallFacts>, string, boolean][])(
		'do not take %j from its owner',
		(install, why, beside) => {
			const {adopt, beside: second, leave} = waysOf(install);
			expect(adopt).toMatchObject({open: false, why: expect.stringContaining(why)});
			expect(adopt.remedy).not.toBeNull();
			expect(second.open).toBe(beside);
			expect(leave.open).toBe(true);
			expect(mayBeAdopted(adoptableFacts(install))).toBe(false);
		},
	);

	it.each([
		[{content: {...content, sameFileSystem: false}}, 'one file system'],
		[{version: null}, 'VERSION'],
		[{version: '4.1.0-12-gabcdef'}, null],
		[{version: 'main'}, 'VERSION'],
		[{version: '3.2.0'}, 'since 3.3.0'],
		[{content: {...content, runtimes: []}}, 'No shim'],
		[{content: {...content, configurations: []}}, 'No shim'],
		[{path: '/opt/kata-dev'}, 'compiled into'],
		[{old: true}, 'compiled into'],
	] satisfies [Partial<KataInstallFacts>, string | null][])('with %j: adopting says %j', (install, why) => {
		const {adopt} = waysOf(install);
		if (why === null) expect(adopt.open).toBe(true);
		else expect(adopt).toMatchObject({open: false, why: expect.stringContaining(why)});
	});

	it('do not follow a link at the prefix, which has no content', () => {
		const {content: _, ...link} = unpackedKata();
		expect(waysWith(link, adoptableFacts())[0]).toMatchObject({open: false, why: expect.stringContaining('is a link')});
	});

	it('adopt nothing where kata-setup has an installation', () => {
		const installation = {version: '4.1.0'} as InstallationFacts;
		expect(waysOf({}, {installation}).adopt).toMatchObject({open: false, why: expect.stringContaining('4.1.0')});
	});
});

describe('the pairs of a Kata that is there', () => {
	it('are those with shim and configuration', () => {
		expect(
			adoptablePairs(unpackedKata())
				.map(({runtime, hypervisor}) => `${runtime}/${hypervisor}`)
				.sort(),
		).toEqual(['go/cloud-hypervisor', 'go/qemu', 'rust/dragonball', 'rust/qemu']);
		const onlyGo = unpackedKata({content: {...content, runtimes: ['go']}});
		expect(adoptablePairs(onlyGo).map(({runtime}) => runtime)).toEqual(['go', 'go']);
	});

	it('the one in use is that of the handler, then of the link in /etc, then the default of the release', () => {
		const facts = adoptableFacts();
		expect(pairInUse(unpackedKata(), facts)).toEqual({runtime: 'go', hypervisor: 'cloud-hypervisor'});
		const [handler] = facts.kataHandlers ?? [];
		if (!handler) throw new Error('the sample has no handler');
		const untold = {...facts, kataHandlers: [{...handler, configuration: null}]};
		expect(pairInUse(unpackedKata(), untold), 'by the shim').toEqual({runtime: 'go', hypervisor: 'qemu'});
		const linked: Facts = {
			...facts,
			kataHandlers: [],
			kataConfiguration: [
				{
					path: '/etc/kata-containers/runtime-rs/configuration.toml',
					kind: 'link',
					runtime: 'rust',
					target: '/opt/kata/share/defaults/kata-containers/runtime-rs/configuration-qemu-runtime-rs.toml',
					packaged: null,
					differs: null,
					ours: false,
				},
			],
		};
		expect(pairInUse(unpackedKata(), linked)).toEqual({runtime: 'rust', hypervisor: 'qemu'});
		expect(pairInUse(unpackedKata(), {...facts, kataHandlers: []})).toEqual({
			runtime: 'rust',
			hypervisor: 'dragonball',
		});
	});
});
