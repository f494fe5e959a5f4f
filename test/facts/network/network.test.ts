/** How the network is reached, and the release index: asked for real, of a server of our own. */
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {unitEnvironments} from '../../../src/facts/engines/unit-environment.ts';
import {networkProbe} from '../../../src/facts/network/network.ts';
import {proxiesOf, withoutCredentials} from '../../../src/facts/network/proxies.ts';
import {askIndex} from '../../../src/facts/network/release-index.ts';
import type {Host} from '../../../src/host/host.ts';
import {createNetwork} from '../../../src/host/network.ts';
import {type Handler, type LocalServer, serve, withoutProxies} from '../../support/local-server.ts';
import {type ProbedHost, probedHost} from '../../support/probed-host.ts';

let server: LocalServer;
let answer: Handler;
let asked: string[];

beforeEach(async () => {
	withoutProxies();
	asked = [];
	server = await serve((request, response) => {
		asked.push(request.url ?? '');
		answer(request, response);
	});
});
afterEach(() => server.close());

async function onNetwork(given: ProbedHost = {}): Promise<Host> {
	return {...(await probedHost(given)), network: createNetwork()};
}

const answerWith =
	(status: number, body: string, headers: Record<string, string> = {}): Handler =>
	(_request, response) =>
		void response.writeHead(status, headers).end(body);

describe('the release index', () => {
	it('answers with a release, and what is left of the rate limit', async () => {
		answer = answerWith(200, '\n {"tag_name":"4.1.0"}', {
			'x-ratelimit-limit': '60',
			'x-ratelimit-remaining': '57',
			'x-ratelimit-reset': '1795000000',
		});
		expect(await askIndex(await onNetwork(), `${server.url}/repos/x/`)).toEqual({
			url: `${server.url}/repos/x/releases/latest`,
			status: 200,
			json: true,
			newest: '4.1.0',
			error: [],
			rateLimit: {limit: 60, remaining: 57, resetAt: '2026-11-18T11:06:40.000Z'},
			retryAfter: null,
		});
		expect(asked).toEqual(['/repos/x/releases/latest']);
	});

	it.each([
		[403, '{"message":"API rate limit exceeded"}', {'x-ratelimit-remaining': '0'}, {json: true}],
		[429, '', {'retry-after': '90'}, {json: null, retryAfter: 90, rateLimit: null}],
		[502, '<html>', {}, {json: false}],
		[200, '<!doctype html>', {}, {json: false}],
	])('answers %i %j', async (status, body, headers, expected) => {
		answer = answerWith(status, body, headers);
		expect(await askIndex(await onNetwork(), server.url)).toMatchObject({status, error: [], ...expected});
		if (status === 403) expect((await askIndex(await onNetwork(), server.url)).rateLimit?.remaining).toBe(0);
	});

	it('need not send its answer to the end', async () => {
		answer = (_request, response) => {
			response.write('{"id":1,"tag_name":"4.1.0","body":"');
		};
		expect(await askIndex(await onNetwork(), server.url)).toMatchObject({status: 200, json: true, newest: '4.1.0'});
		await server.idle();
	});

	it('is there as well where it does not name a release in time, or names none that is a version', async () => {
		answer = (_request, response) => {
			response.write('{"tag_name":');
		};
		expect(await askIndex(await onNetwork(), server.url, 200)).toMatchObject({status: 200, json: true, newest: null});
		await server.idle();
		answer = answerWith(200, '{"tag_name":"<b>nightly</b>"}');
		expect(await askIndex(await onNetwork(), server.url)).toMatchObject({json: true, newest: null});
	});

	it.each([
		['accepts and never answers', () => {}],
		[
			'begins a body and sends none of it',
			(_request: unknown, response: {flushHeaders(): void}) => response.flushHeaders(),
		],
	] as [string, Handler][])('that %s is given up at the limit', async (_what, handler) => {
		answer = handler;
		expect(await askIndex(await onNetwork(), server.url, 200)).toMatchObject({
			status: null,
			error: ['It did not answer within 0.2 s.'],
		});
		await server.idle();
	});

	it('whose name DNS does not tell is not asked: Node could not let go of it', async () => {
		const url = server.url.replace('127.0.0.1', 'localhost');
		answer = answerWith(200, '{}');
		const commands = {'getent ahosts localhost': {code: null, timedOut: true}};
		const found = await askIndex(await onNetwork({commands}), url, 200);
		expect(found).toMatchObject({status: null, error: ['DNS did not tell the address of localhost within 0.2 s.']});
		expect(asked).toEqual([]);
		const known = {'getent ahosts localhost': '127.0.0.1       STREAM localhost\n'};
		expect(await askIndex(await onNetwork({commands: known}), url)).toMatchObject({status: 200});
	});

	it('that refuses the connection is told in the words of the network', async () => {
		const {url} = server;
		await server.close();
		const {status, error} = await askIndex(await onNetwork(), url);
		expect(status).toBeNull();
		expect(error.join(' ')).toMatch(/could not be reached.*refused.*ECONNREFUSED/);
	});

	it('is asked through the proxy of the environment', async () => {
		vi.stubEnv('HTTP_PROXY', server.url.replace('http://', 'http://ops:secret@'));
		answer = answerWith(200, '{}');
		const found = await askIndex(await onNetwork(), 'http://releases.example');
		expect(found).toMatchObject({status: 200, json: true});
		expect(asked).toEqual(['http://releases.example/releases/latest']);
	});

	it('behind a proxy that refuses is told without its password', async () => {
		vi.stubEnv('HTTP_PROXY', server.url.replace('http://', 'http://ops:secret@'));
		answer = answerWith(407, '');
		const found = await askIndex(await onNetwork(), 'http://releases.example');
		expect(found.status).toBeNull();
		expect(found.error.join(' ')).toContain('does not let us through');
		expect(JSON.stringify(found)).not.toContain('secret');
	});

	it('whose address holds a password is recorded without it', async () => {
		answer = answerWith(200, '{}');
		const found = await askIndex(await onNetwork(), server.url.replace('http://', 'http://ops:secret@'));
		expect(found).toMatchObject({url: `${server.url}/releases/latest`, status: 200});
		expect(await askIndex(await onNetwork(), 'ops:secret@mirror/x')).toMatchObject({url: 'mirror', status: null});
	});
});

describe('the network', () => {
	it('is asked nothing without an index', async () => {
		const value = await networkProbe({}, null).read(await onNetwork());
		expect(value).toMatchObject({index: null, units: null, proxies: {https: null}});
		expect(asked).toEqual([]);
	});

	it('has its index and its proxies together', async () => {
		answer = answerWith(200, '{}');
		const value = await networkProbe({https_proxy: 'http://proxy:1'}, server.url).read(await onNetwork());
		expect(value).toMatchObject({index: {status: 200}, proxies: {https: 'http://proxy:1'}});
	});
});

describe('a proxy variable', () => {
	it.each([
		['http://proxy:3128', 'http://proxy:3128'],
		['http://ops:secret@proxy:3128/', 'http://proxy:3128'],
		['http://ops:se@cr/et#@proxy:3128', 'http://proxy:3128'],
		['ops:secret@proxy:3128', 'proxy:3128'],
		['socks5://[fd00::1]:1080?key=secret', 'socks5://[fd00::1]:1080'],
	])('%s is recorded as %s', (given, recorded) => {
		expect(withoutCredentials(given)).toBe(recorded);
	});

	it('counts in lower case before upper case, and empty is none', () => {
		const environment = {https_proxy: 'http://low:1', HTTPS_PROXY: 'http://up:1', HTTP_PROXY: '', NO_PROXY: 'a,b'};
		expect(proxiesOf(environment)).toEqual({
			http: null,
			https: 'http://low:1',
			all: null,
			no: 'a,b',
			credentials: false,
		});
		expect(proxiesOf({ALL_PROXY: 'http://o:p@x:1'})).toMatchObject({all: 'http://x:1', credentials: true});
	});
});

describe('the environment of a unit', () => {
	const show = 'systemctl show --property=Id,LoadState,ActiveState,Environment,EnvironmentFiles --';
	const block = (id: string, lines: string[] = []): string =>
		[`Id=${id}`, 'LoadState=loaded', 'ActiveState=active', ...lines].join('\n');

	it('is systemd’s, then the unit’s, then its files’', async () => {
		const host = await probedHost({
			files: {'/etc/default/b': '# HTTPS_PROXY=http://comment:1\nNO_PROXY="x, y"\n'},
			commands: {
				[`${show} a.service b.service c.service`]: [
					block('a.service', ['Environment=HTTP_PROXY=http://a:1 "NOTE=one two" PATH=/opt/bin:/usr/bin']),
					block('b.service', [
						'EnvironmentFiles=/etc/default/absent (ignore_errors=yes)',
						'EnvironmentFiles=/etc/default/b (ignore_errors=no)',
					]),
					'Id=c.service\nLoadState=not-found\nActiveState=inactive\n',
				].join('\n\n'),
				'systemctl show-environment': "HTTP_PROXY=http://all:1\nPATH=/usr/bin\nLS=$'a b'\n",
			},
		});
		expect(await unitEnvironments(host, ['a.service', 'b.service', 'c.service'])).toEqual([
			{
				unit: 'a.service',
				active: true,
				variables: {HTTP_PROXY: 'http://a:1', NOTE: 'one two', PATH: '/opt/bin:/usr/bin', LS: 'a b'},
				unreadFiles: [],
			},
			{
				unit: 'b.service',
				active: true,
				variables: {HTTP_PROXY: 'http://all:1', PATH: '/usr/bin', NO_PROXY: 'x, y', LS: 'a b'},
				unreadFiles: [],
			},
		]);
	});

	it('names files that only root may read', async () => {
		const path = '/etc/systemd/system/k3s.service.env';
		const host = await probedHost({
			files: {[path]: 'HTTPS_PROXY=http://x:1\n'},
			commands: {[`${show} k3s.service`]: block('k3s.service', [`EnvironmentFiles=${path} (ignore_errors=yes)`])},
		});
		const closed: Host = {
			...host,
			files: {...host.files, readText: () => Promise.reject(Object.assign(new Error('no'), {code: 'EACCES'}))},
		};
		expect(await unitEnvironments(closed, ['k3s.service'])).toMatchObject([{variables: {}, unreadFiles: [path]}]);
	});

	it('is not known where systemd does not answer', async () => {
		expect(await unitEnvironments(await probedHost({}), ['a.service'])).toBeNull();
	});

	it('gives the proxies of the engines, without their passwords', async () => {
		const commands: Record<string, string> = {};
		const host = await probedHost({commands});
		const seen: Host = {
			...host,
			run: async (file, args, options) => {
				const result = await host.run(file, args, options);
				return args[0] === 'show'
					? {...result, code: 0, stdout: block('docker.service', ['Environment=HTTPS_PROXY=http://o:secret@p:1'])}
					: result;
			},
		};
		const {units} = await networkProbe({}, null).read(seen);
		expect(units).toMatchObject([
			{unit: 'docker.service', active: true, proxies: {https: 'http://p:1', credentials: true}},
		]);
		expect(JSON.stringify(units)).not.toContain('secret');
	});
});

it('a network that never comes to an end is given up at the limit', async () => {
	const network: Host['network'] = {
		get: (_url, options) =>
			new Promise((_resolve, reject) => {
				options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
			}),
	};
	expect((await askIndex({...(await onNetwork()), network}, 'http://x.example', 100)).error).toEqual([
		'It did not answer within 0.1 s.',
	]);
});
