import {describe, expect, it} from 'vitest';
import type {Facts, SpaceFacts} from '../../../../src/facts/facts.ts';
import {find, findings, has, virt} from '../find.ts';

const space = (changes: Partial<SpaceFacts> = {}): SpaceFacts => ({
	path: '/opt/kata-setup',
	on: '/opt',
	freeBytes: 80e9,
	freeInodes: 5e6,
	fileSystem: 'ext4',
	mountPoint: '/opt',
	readOnly: false,
	noExec: false,
	immutable: false,
	...changes,
});
const state = (changes: Partial<SpaceFacts> = {}): SpaceFacts =>
	space({path: '/var/lib/kata-setup', on: '/var/lib', mountPoint: '/', ...changes});
const etc = (changes: Partial<SpaceFacts> = {}): SpaceFacts =>
	space({path: '/etc', on: '/etc', mountPoint: '/', ...changes});
const shim = (changes: Partial<SpaceFacts> = {}): SpaceFacts =>
	space({path: '/usr/local/bin', on: '/usr/local/bin', mountPoint: '/', ...changes});

const on = (...spaces: SpaceFacts[]): Partial<Facts> => ({space: spaces});
const disk = (changes: Partial<Facts>) => findings(changes).filter(({id}) => id.startsWith('space'));

describe('the disk', () => {
	it.each<[Partial<SpaceFacts>, string]>([
		[{}, 'ok'],
		[{freeBytes: 3e9}, 'warning'],
		[{freeInodes: 100}, 'warning'],
		[{freeInodes: 0}, 'ok'],
		[{readOnly: true}, 'blocker'],
		[{noExec: true}, 'blocker'],
		[{immutable: true}, 'blocker'],
		[{immutable: null}, 'ok'],
		[{freeBytes: null, freeInodes: null, fileSystem: 'nfs4'}, 'unknown'],
	])('with %j: %s', (changes, severity) => {
		expect(find('space', on(space(changes))).severity).toBe(severity);
	});

	it('that is fine is one line', () => {
		expect(disk(on(space(), state(), etc(), shim()))).toHaveLength(1);
	});

	it('has to be writable for the journal and in /etc too', () => {
		expect(find('space-etc', on(etc({readOnly: true}))).severity).toBe('blocker');
		expect(find('space-state', on(state({readOnly: true}))).severity).toBe('blocker');
		expect(find('space-etc', on(etc({immutable: true}))).command).toBe('sudo chattr -i -a /etc');
		expect(has('space-etc', on(etc()))).toBe(false);
	});

	it('that several paths share is named once, with all of them', () => {
		const readOnly = {readOnly: true, mountPoint: '/'};
		const found = disk(on(space(readOnly), state(readOnly), etc(readOnly), shim(readOnly)));
		expect(found).toHaveLength(1);
		expect(found[0]?.summary).toBe(
			'/ is mounted read-only, and /opt/kata-setup, /var/lib/kata-setup and /etc have to be written',
		);
		expect(found[0]?.command).toBe('sudo mount -o remount,rw /');
		const dead = {freeBytes: null, freeInodes: null, fileSystem: 'nfs4', mountPoint: '/'};
		expect(disk(on(space(dead), state(dead), etc(dead)))).toHaveLength(1);
		expect(disk(on(space({immutable: true, on: '/'}), state({immutable: true, on: '/'})))[0]?.detail).toEqual([
			'/opt/kata-setup and /var/lib/kata-setup have to be written there.',
		]);
	});

	it('of an image-based system is not remounted: it gets a mount of its own', () => {
		const flatcar = {os: {id: 'flatcar', name: 'Flatcar Container Linux', versionId: '4230.2.1'}};
		const found = find('space', {...on(space({readOnly: true})), ...flatcar});
		expect(found.command).toBeNull();
		expect(found.all).toContain('Flatcar');
	});

	it('that keeps the shim from its place warns alone, and names the way without', () => {
		for (const changes of [{readOnly: true}, {immutable: true}]) {
			const found = find('space-shim', on(space(), shim({mountPoint: '/usr', ...changes})));
			expect(found.severity).toBe('warning');
			expect(found.all).toContain('--no-default-paths');
		}
	});

	it.each(['nfs', 'nfs4', 'cifs', 'ceph', '9p', 'glusterfs', 'fuse.sshfs', 'fuse.glusterfs'])(
		'of a server (%s) warns, and the room is told all the same',
		fileSystem => {
			const found = find('space-kind', on(space({fileSystem})));
			expect(found.severity).toBe('warning');
			expect(found.summary).toContain(fileSystem);
			expect(find('space', on(space({fileSystem}))).severity).toBe('ok');
		},
	);

	it.each(['ext4', 'xfs', 'btrfs', 'zfs', 'fuseblk'])('of the type %s is nothing special', fileSystem => {
		expect(has('space-kind', on(space({fileSystem})))).toBe(false);
	});

	it('in memory, or an overlay over an image, is gone at the next boot', () => {
		expect(find('space-kind', on(space({fileSystem: 'tmpfs'}))).severity).toBe('warning');
		expect(find('space-kind', on(space({fileSystem: 'tmpfs'}))).summary).toContain('next boot');
		expect(find('space-state-kind', on(state({fileSystem: 'tmpfs'}))).severity).toBe('warning');
		expect(find('space-kind', on(space({fileSystem: 'overlay'}))).severity).toBe('warning');
		const inside = {...on(space({fileSystem: 'overlay'})), virt: virt({container: 'docker'})};
		expect(find('space-kind', inside).severity).toBe('note');
		expect(has('space-etc-kind', on(etc({fileSystem: 'overlay'})))).toBe(false);
	});

	it('says what was read', () => {
		expect(find('space', on(space())).sources).toEqual(['statfs of /opt', '/proc/self/mountinfo']);
		expect(find('space', on(space({immutable: true}))).sources).toEqual(['lsattr -d /opt']);
		expect(find('space', on(space({freeBytes: null}))).sources).toEqual(['stat -f /opt']);
	});

	it('that could not be read at all is unknown', () => {
		expect(find('space', {space: [], unread: [{probe: 'space', why: 'EIO'}]}).severity).toBe('unknown');
	});
});
