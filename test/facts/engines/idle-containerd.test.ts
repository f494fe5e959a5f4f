import {describe, expect, it} from 'vitest';
import {readIdleContainerd} from '../../../src/facts/engines/idle-containerd.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

const binary = '/usr/bin/containerd';
const unit = 'systemctl show containerd.service --no-pager --property=ExecStart';

const installed = (changes: ProbedHost = {}) =>
	probedHost({
		files: {[binary]: '', '/etc/containerd/config.toml': 'version = 2\n', ...changes.files},
		commands: {
			[`${binary} --version`]: 'containerd github.com/containerd/containerd 1.7.24 x\n',
			[`${binary} -c /etc/containerd/config.toml config dump`]: 'version = 2\n',
			...changes.commands,
		},
	});

describe('a containerd that does not run', () => {
	it('is told with its version and the file that it would start with', async () => {
		expect(await readIdleContainerd(await installed())).toEqual({
			binary,
			version: '1.7.24',
			configPath: '/etc/containerd/config.toml',
			configError: null,
			socket: 'absent',
		});
	});

	it('is broken already where its own words say so', async () => {
		const commands = {
			[`${binary} -c /etc/containerd/config.toml config dump`]: {
				code: 1,
				stderr: 'containerd: (4, 1): duplicated tables\n',
			},
		};
		expect(await readIdleContainerd(await installed({commands}))).toMatchObject({
			configError: 'containerd: (4, 1): duplicated tables',
		});
	});

	it('is the one of its unit, with the unit’s own file', async () => {
		const commands = {
			[unit]:
				'ExecStart={ path=/opt/c/containerd ; argv[]=/opt/c/containerd --config /opt/c/c.toml ; ignore_errors=no ; }\n',
			'/opt/c/containerd -c /opt/c/c.toml config dump': 'version = 2\n',
		};
		const files = {'/opt/c/containerd': '', '/opt/c/c.toml': ''};
		expect(await readIdleContainerd(await installed({commands, files}))).toMatchObject({
			binary: '/opt/c/containerd',
			configPath: '/opt/c/c.toml',
			configError: null,
		});
	});

	it('may have left its socket, or somebody listens on it', async () => {
		const socket = '/run/containerd/containerd.sock';
		const files = {[socket]: ''};
		const head = 'Num       RefCount Protocol Flags    Type St Inode Path\n';
		const table = (flags: string) => `${head}0000: 00000002 00000000 ${flags} 0001 01 21 ${socket}\n`;
		const state = async (text: string) =>
			(await readIdleContainerd(await installed({files: {...files, '/proc/net/unix': text}})))?.socket;
		expect(await state(head)).toBe('stale');
		// A connection to it, not a listener.
		expect(await state(table('00000000'))).toBe('stale');
		expect(await state(table('00010000'))).toBe('listening');
	});

	it('is none where a plain one runs, and one where Docker’s own runs', async () => {
		const running = (address: string) => ({
			'/proc/9/cmdline': `${binary}\0--address\0${address}\0`,
			'/proc/9/exe': `link:${binary}`,
		});
		expect(await readIdleContainerd(await installed({files: running('/run/c.sock')}))).toBeNull();
		const dockers = running('/run/docker/containerd/containerd.sock');
		expect(await readIdleContainerd(await installed({files: dockers}))).not.toBeNull();
		expect(await readIdleContainerd(await probedHost({}))).toBeNull();
	});
});
