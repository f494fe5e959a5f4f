import {describe, expect, it} from 'vitest';
import type {ContainerdFacts} from '../../../../src/facts/facts.ts';
import {sampleContainerd} from '../../../support/facts.ts';
import {asRoot, find} from '../find.ts';

const {config} = sampleContainerd();
const of = (changes: Partial<ContainerdFacts>) => ({containerd: [sampleContainerd(changes)]});

describe('the engine', () => {
	it('is a plain containerd, named with its process, configuration and socket, and says what was read', () => {
		const found = find('engine');
		expect(found).toMatchObject({severity: 'ok', summary: 'containerd 2.1.4'});
		expect(found.all).toContain('Process 612 is /usr/bin/containerd');
		expect(found.all).toContain('/etc/containerd/config.toml (version 3)');
		expect(found.all).toContain('/run/containerd/containerd.sock');
		expect(found.sources).toEqual([
			'/proc/612/cmdline',
			'/etc/containerd/config.toml',
			'/usr/bin/containerd -c /etc/containerd/config.toml config dump',
			'ctr --address /run/containerd/containerd.sock version',
			'systemctl show containerd.service',
		]);
	});

	it('names what its configuration imports', () => {
		const files = ['/etc/containerd/config.toml', '/etc/containerd/conf.d/a.toml'].map(path => ({
			path,
			modifiedMs: 1,
			missing: false,
			version: 3,
			criSections: [],
		}));
		expect(find('engine', of({config: {...config, files}})).all).toContain(
			'(version 3) with /etc/containerd/conf.d/a.toml,',
		);
	});

	it.each([
		[{version: '1.6.20'}, 'older than the 1.7'],
		[{unit: null}, 'not run by systemd'],
		[{ctr: null}, 'without ctr'],
		[{binaryVersion: '2.2.0'}, 'while the program is 2.2.0'],
	])('warns for %j', (changes, words) => {
		const found = find('engine', of(changes));
		expect(found.severity).toBe('warning');
		expect(found.summary).toContain(words);
		expect(found.remedy).toHaveLength(1);
	});

	it.each([
		['silent', 'ctr: context deadline exceeded', 'does not answer'],
		['refused', 'ctr: connection refused', 'nobody listens'],
		['absent', null, 'is not there'],
		['error', 'ctr: odd', 'does not say its version'],
	] as const)('whose socket is %s blocks, in the client’s words', (state, error, words) => {
		const found = find('engine', of({socket: {state, error}}));
		expect(found).toMatchObject({severity: 'blocker', command: 'sudo systemctl restart containerd.service'});
		expect(found.summary).toContain(words);
		expect(found.all).toContain(error ?? 'there is no such file');
		expect(find('engine', of({socket: {state, error}, unit: null})).command).toBeNull();
	});

	it.each(['answers', 'denied', 'unasked'] as const)('whose socket is %s may be well', state => {
		expect(find('engine', of({socket: {state, error: null}})).severity).toBe('ok');
	});

	it('whose configuration is broken already blocks with the engine’s own words, for everybody who could read it', () => {
		const broken = of({config: {...config, runtimes: null, dumpError: 'containerd: (4, 1): duplicated tables'}});
		for (const privileges of [asRoot, {uid: 1000, user: 'ops', root: 'none'} as const]) {
			const found = find('engine', {...broken, privileges});
			expect(found.severity).toBe('blocker');
			expect(found.summary).toContain('is broken already');
			expect(found.detail[0]).toBe('containerd: (4, 1): duplicated tables');
			expect(found.all).toContain('would not start again');
		}
	});

	it.each(['permission denied', '/etc/containerd/config.toml could not be read: EACCES.'])(
		'that prints no configuration blocks for root; for others it may be a matter of rights: %s',
		dumpError => {
			const closed = of({config: {...config, runtimes: null, dumpError}});
			expect(find('engine', {...closed, privileges: asRoot})).toMatchObject({severity: 'blocker'});
			expect(find('engine', closed)).toMatchObject({severity: 'unknown'});
			expect(find('engine', closed).all).toContain(dumpError);
		},
	);

	it('of which there are two has to be named', () => {
		const two = [sampleContainerd(), sampleContainerd({pid: 7, binary: '/opt/containerd', unit: null})];
		expect(find('engine', {containerd: two})).toMatchObject({severity: 'blocker'});
		expect(find('engine', {containerd: two}).all).toContain(
			'Process 612 is /usr/bin/containerd 2.1.4 of containerd.service',
		);
		expect(find('engine', {containerd: two}).all).toContain('Process 7 is /opt/containerd 2.1.4 with');
	});
});
