/** The real network against a server of our own: redirects, stalls, dropped lines and proxies. */
import * as fs from 'node:fs/promises';
import type * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {KataSetupError} from '../../src/errors.ts';
import {createNetwork} from '../../src/host/network.ts';
import {networkEnvironment} from '../../src/host/network-environment.ts';
import {testCertificate} from '../support/certificate.ts';
import {type Handler, type LocalServer, serve, withoutProxies} from '../support/local-server.ts';

const network = createNetwork();
let server: LocalServer;
let answer: Handler;

beforeEach(async () => {
	withoutProxies();
	server = await serve((request, response) => answer(request, response));
});
afterEach(async () => {
	await server.close();
});

async function reportOf(work: Promise<unknown>): Promise<KataSetupError['report']> {
	const error = await work.then(
		() => null,
		(thrown: unknown) => thrown,
	);
	if (error instanceof KataSetupError) return error.report;
	throw error ?? new Error('it did not fail');
}

describe('a GET', () => {
	it('names itself and gives status, headers and body', async () => {
		answer = (request, response) => {
			response.writeHead(404, {'X-Thing': 'yes'});
			response.end(`${request.headers['user-agent']} ${request.headers.range}`);
		};
		const got = await network.get(`${server.url}/a`, {headers: {range: 'bytes=5-'}});
		expect(got).toMatchObject({status: 404, url: `${server.url}/a`});
		expect(got.headers['x-thing']).toBe('yes');
		expect(await text(got.body)).toMatch(/^kata-setup\/\d+\.\d+\.\d+\S* bytes=5-$/);
	});

	it('follows redirects, relative ones too, and tells where it ended', async () => {
		answer = (request, response) => {
			if (request.url === '/a') response.writeHead(302, {location: '/b'}).end('not this');
			else if (request.url === '/b') response.writeHead(307, {location: `${server.url}/c?x=1`}).end();
			else response.end('this');
		};
		const got = await network.get(`${server.url}/a`);
		expect(got.url).toBe(`${server.url}/c?x=1`);
		expect(await text(got.body)).toBe('this');
	});

	it('does not follow redirects for ever', async () => {
		answer = (_request, response) => void response.writeHead(302, {location: '/again'}).end();
		expect((await reportOf(network.get(`${server.url}/a`))).message).toContain('in circles');
	});

	it('says why no answer came', async () => {
		const {url} = server;
		await server.close();
		const report = await reportOf(network.get(url));
		expect(report).toMatchObject({exit: 'release', why: expect.stringContaining('refused')});
		expect(report.message).toContain(new URL(url).host);
	});

	it('takes no address but http and https', async () => {
		expect((await reportOf(network.get('file:///etc/passwd'))).message).toContain('not an http or https address');
	});

	it('gives up when no answer begins', async () => {
		answer = () => {};
		expect((await reportOf(network.get(server.url, {stallMs: 50}))).message).toContain('sends nothing');
	});

	it('gives up when the body stops coming, but not when it is read slowly', async () => {
		answer = (_request, response) => {
			response.write('half');
		};
		const stalling = await network.get(server.url, {stallMs: 50});
		expect((await reportOf(text(stalling.body))).message).toContain('sends nothing');

		answer = (_request, response) => void response.end(Buffer.alloc(4_000_000));
		const slow = await network.get(server.url, {stallMs: 50});
		let bytes = 0;
		for await (const chunk of slow.body) {
			if (bytes === 0) await new Promise(resolve => setTimeout(resolve, 200));
			bytes += chunk.length;
		}
		expect(bytes).toBe(4_000_000);
	});

	it('does not take a body that was cut off for a whole one', async () => {
		answer = (_request, response) => {
			response.writeHead(200, {'content-length': 100});
			response.write('half', () => response.destroy());
		};
		const got = await network.get(server.url);
		await expect(text(got.body)).rejects.toThrow();
	});

	it('ends at once when it is aborted', async () => {
		const abort = new AbortController();
		answer = (_request, response) => {
			response.write('half', () => abort.abort());
		};
		const work = async () => text((await network.get(server.url, {signal: abort.signal})).body);
		await expect(work()).rejects.toThrow(/abort/i);
	});

	it('lets go of a body that nobody reads', async () => {
		answer = (_request, response) => {
			response.write('half');
		};
		const got = await network.get(server.url);
		got.body.destroy();
		await server.idle();
	});
});

describe('an encrypted server', () => {
	let secure: https.Server;
	let folder: string;
	let url: string;
	let location: string | null;

	beforeEach(async () => {
		location = null;
		folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-network-'));
		await fs.writeFile(join(folder, 'ca.pem'), testCertificate.cert);
		secure = https.createServer(testCertificate, (_request, response) => {
			if (location === null) response.end('in secret');
			else response.writeHead(302, {location}).end();
		});
		await new Promise<void>(resolve => secure.listen(0, '127.0.0.1', resolve));
		url = `https://127.0.0.1:${(secure.address() as net.AddressInfo).port}`;
	});
	afterEach(async () => {
		secure.close();
		secure.closeAllConnections();
		await fs.rm(folder, {recursive: true});
	});
	const trust = (): void => void vi.stubEnv('NODE_EXTRA_CA_CERTS', join(folder, 'ca.pem'));

	it('of an unknown authority is refused, with the way to make it known', async () => {
		const report = await reportOf(createNetwork().get(url));
		expect(report.why).toContain('authority that this host does not know');
		expect(report.remedy[0]).toContain('NODE_EXTRA_CA_CERTS');
	});

	it.each(['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'])('of an authority that %s names is trusted', async name => {
		vi.stubEnv(name, join(folder, 'ca.pem'));
		expect(await text((await createNetwork().get(url)).body)).toBe('in secret');
	});

	it('must not send us to an open line', async () => {
		trust();
		location = server.url;
		expect((await reportOf(createNetwork().get(url))).message).toContain('not encrypted');
	});

	it('is reached through a proxy’s tunnel', async () => {
		trust();
		const tunnels: (string | undefined)[] = [];
		const proxy = await serve(() => {});
		proxy.server.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
			tunnels.push(request.url);
			const onward = net.connect(Number(new URL(url).port), '127.0.0.1', () => {
				socket.write('HTTP/1.1 200 OK\r\n\r\n');
				onward.pipe(socket).pipe(onward);
			});
			onward.on('error', () => undefined);
			onward.on('close', () => socket.destroy());
			socket.on('error', () => onward.destroy());
		});
		vi.stubEnv('https_proxy', proxy.url);
		expect(await text((await createNetwork().get('https://releases.example/x')).body)).toBe('in secret');
		expect(tunnels).toEqual(['releases.example:443']);
		await proxy.close();
	});
});

describe('proxies from the environment', () => {
	let asked: string[];
	let proxy: LocalServer;

	/** A proxy that forwards nothing: it tells what it was asked. */
	beforeEach(async () => {
		asked = [];
		proxy = await serve((request, response) => {
			asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
			response.end('from the proxy');
		});
		proxy.server.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
			asked.push(`CONNECT ${request.url}`);
			socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
		});
	});
	afterEach(() => proxy.close());

	it.each(['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'])('asks the one of %s, with name and password', async name => {
		vi.stubEnv(name, proxy.url.replace('http://', 'http://ops:secret@'));
		const got = await network.get('http://releases.example/x');
		expect(await text(got.body)).toBe('from the proxy');
		expect(asked).toEqual([`GET http://releases.example/x Basic ${Buffer.from('ops:secret').toString('base64')}`]);
	});

	it('goes straight to what NO_PROXY names', async () => {
		vi.stubEnv('HTTP_PROXY', proxy.url);
		vi.stubEnv('NO_PROXY', 'localhost,127.0.0.1');
		answer = (_request, response) => void response.end('directly');
		expect(await text((await network.get(server.url)).body)).toBe('directly');
		expect(asked).toEqual([]);
	});

	it('asks for a tunnel for https, and tells if that is refused', async () => {
		vi.stubEnv('HTTPS_PROXY', proxy.url.replace('http://', 'http://ops:secret@'));
		const report = await reportOf(network.get('https://releases.example/x'));
		expect(asked).toEqual(['CONNECT releases.example:443']);
		expect(report.message).toContain(`The proxy ${new URL(proxy.url).host} does not let us through`);
		expect(report.why).toContain('403');
		expect(JSON.stringify(report)).not.toContain('secret');
	});

	it('tells when the proxy wants a password', async () => {
		const strict = await serve((_request, response) => void response.writeHead(407).end());
		vi.stubEnv('HTTP_PROXY', strict.url);
		expect((await reportOf(network.get('http://releases.example/x'))).why).toContain('name and a password');
		await strict.close();
	});

	it('names the proxy, without its password, if it cannot be reached', async () => {
		const gone = await serve(() => {});
		vi.stubEnv('HTTP_PROXY', gone.url.replace('http://', 'http://ops:secret@'));
		await gone.close();
		const report = await reportOf(network.get('http://releases.example/x'));
		expect(report.message).toContain(`through the proxy ${new URL(gone.url).host}`);
		expect(JSON.stringify(report)).not.toContain('secret');
	});

	it('says that SOCKS is not understood', async () => {
		vi.stubEnv('HTTP_PROXY', 'socks5://127.0.0.1:1080');
		expect((await reportOf(network.get('http://releases.example/x'))).remedy[0]).toContain('SOCKS');
	});

	it('hands on the variables of the network and no others', () => {
		const environment = {https_proxy: 'http://p:1', NO_PROXY: 'x', HOME: '/h', LD_PRELOAD: 'y', HTTP_PROXY: ''};
		expect(networkEnvironment(environment)).toEqual({https_proxy: 'http://p:1', NO_PROXY: 'x'});
	});
});
