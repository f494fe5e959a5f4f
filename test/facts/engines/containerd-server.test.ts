import {describe, expect, it} from 'vitest';
import {askServer} from '../../../src/facts/engines/containerd-server.ts';
import type {CommandResult} from '../../../src/host/host.ts';
import {probedHost} from '../../support/probed-host.ts';

const reach = {binary: '/usr/bin/containerd', ctr: '/usr/bin/ctr', address: '/run/c.sock'};
const question = '/usr/bin/ctr --address /run/c.sock --connect-timeout 5s version';

const answered = async (answer: string | Partial<CommandResult>) =>
	askServer(await probedHost({files: {'/run/c.sock': ''}, commands: {[question]: answer}}), reach);

describe('the question to a containerd', () => {
	it('is answered with the server’s version, not the client’s', async () => {
		const text = 'Client:\n  Version:  2.1.4\n\nServer:\n  Version:  v1.7.24~ds1\n  Revision: x\n';
		expect(await answered(text)).toEqual({version: '1.7.24', socket: {state: 'answers', error: null}});
	});

	// The words are those of ctr 1.6, 1.7 and 2.1: test/e2e/check-engines.test.ts meets the real ones.
	it.each([
		['denied', {code: 1, stderr: 'ctr: failed to dial "/run/c.sock": connect: permission denied\n'}],
		[
			'refused',
			{code: 1, stderr: 'ctr: failed to dial "/run/c.sock": dial unix /run/c.sock: connect: connection refused\n'},
		],
		['silent', {code: 1, stderr: 'ctr: failed to dial "/run/c.sock": context deadline exceeded\n'}],
		[
			'silent',
			{
				code: 1,
				stderr:
					'ctr: rpc error: code = Unavailable desc = connection error: desc = "error reading server preface: raw-read unix @->/run/c.sock: use of closed network connection"\n',
			},
		],
		['silent', {code: null, timedOut: true}],
		['error', {code: 1, stderr: 'ctr: unknown service\n'}],
	] as const)('is %s', async (state, answer) => {
		const {version, socket} = await answered(answer);
		expect(version).toBeNull();
		expect(socket).toEqual({state, error: 'stderr' in answer ? answer.stderr.trim() : null});
	});

	it('is not asked where there is no client, or no socket', async () => {
		const host = await probedHost({});
		expect((await askServer(host, {...reach, ctr: null})).socket.state).toBe('unasked');
		expect((await askServer(host, reach)).socket.state).toBe('absent');
	});

	it('is denied where the socket’s folder is closed', async () => {
		const host = await probedHost({});
		const closed = async (): Promise<null> => {
			throw Object.assign(new Error('closed'), {code: 'EACCES'});
		};
		const files = {...host.files, stat: closed};
		expect((await askServer({...host, files}, reach)).socket.state).toBe('denied');
	});
});
