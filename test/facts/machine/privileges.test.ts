import {describe, expect, it} from 'vitest';
import {privilegesProbe} from '../../../src/facts/machine/privileges.ts';
import type {CommandResult} from '../../../src/host/host.ts';
import {probedHost} from '../../support/probed-host.ts';

const rootOf = async (id: string, sudo?: Partial<CommandResult>) => {
	const commands = {id, ...(sudo ? {'sudo -n true': sudo} : {})};
	return privilegesProbe.read(await probedHost({kind: 'real', commands}));
};

const ops = 'uid=1000(ops) gid=1000(ops) groups=1000(ops),27(sudo)\n';

describe('how root is had', () => {
	it('is not asked of root', async () => {
		expect(await rootOf('uid=0(root) gid=0(root) groups=0(root)\n')).toEqual({uid: 0, user: 'root', root: 'root'});
	});

	it.each([
		[{code: 0}, 'passwordless'],
		[{code: 1, stderr: 'sudo: a password is required\n'}, 'password'],
		[{code: 1, stderr: 'sudo: a terminal is required to read the password\n'}, 'password'],
		[{code: 1, stderr: 'sudo: interactive authentication is required\n'}, 'password'],
		[{code: 1, stderr: 'ops is not in the sudoers file.\n'}, 'none'],
		[{code: 1, stderr: 'sudo: The "no new privileges" flag is set\n'}, 'none'],
		[{code: null, timedOut: true}, 'unknown'],
	])('is what sudo says: %j is %s', async (sudo, root) => {
		expect(await rootOf(ops, sudo)).toEqual({uid: 1000, user: 'ops', root});
	});

	it('is not had without sudo', async () => {
		expect(await rootOf(ops)).toMatchObject({root: 'none'});
	});

	it.each([
		[{code: 1, stderr: 'sudo: a password is required\n'}, {code: 0}, {root: 'passwordless', by: 'doas'}],
		[
			{code: 1, stderr: 'sudo: a password is required\n'},
			{code: 1, stderr: 'doas: Authentication required\n'},
			{root: 'password'},
		],
		[null, {code: 1, stderr: 'doas: Authentication required\n'}, {root: 'password', by: 'doas'}],
		[null, {code: 1, stderr: 'doas: Operation not permitted\n'}, {root: 'none'}],
		[null, {code: 1, stderr: 'doas: doas is not enabled, /etc/doas.conf: No such file or directory\n'}, {root: 'none'}],
	])('is had by doas where sudo gives none: %j, %j', async (sudo, doas, expected) => {
		const commands = {id: ops, 'doas -n true': doas, ...(sudo ? {'sudo -n true': sudo} : {})};
		const found = await privilegesProbe.read(await probedHost({kind: 'real', commands}));
		expect(found).toEqual({uid: 1000, user: 'ops', ...expected});
	});

	it('is no question in a rehearsal', async () => {
		expect(await privilegesProbe.read(await probedHost({}))).toEqual({uid: 0, user: 'root', root: 'root'});
	});
});
