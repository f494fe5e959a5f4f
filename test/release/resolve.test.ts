/** Finding a release in an index, as GitHub's API and mirrors answer. */
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {createNetwork} from '../../src/host/network.ts';
import {defaultReleaseIndex, type ReleaseQuestion, resolveRelease} from '../../src/release/resolve.ts';
import {type Handler, type LocalServer, serve, withoutProxies} from '../support/local-server.ts';
import {reportOf, type Throwaway, throwaway} from '../support/throwaway.ts';

const digest = 'ab'.repeat(32);

let server: LocalServer;
let answer: Handler;
let asked: string[];
let there: Throwaway;

beforeEach(async () => {
	withoutProxies();
	asked = [];
	there = await throwaway(createNetwork());
	server = await serve((request, response) => {
		asked.push(`${request.url} ${request.headers['user-agent']} ${request.headers.accept}`);
		answer(request, response);
	});
});
afterEach(() => server.close());

const resolve = (over: Partial<ReleaseQuestion> = {}) =>
	resolveRelease({
		host: {...there.host, now: () => Date.UTC(2026, 10, 25, 12)},
		runtime: 'rust',
		hypervisor: 'qemu',
		architecture: 'x86_64',
		version: 'latest',
		base: server.url,
		...over,
	});

const asset = (name: string, over: object = {}) => ({
	name,
	size: 1000,
	digest: `sha256:${digest}`,
	state: 'uploaded',
	browser_download_url: `https://downloads.example/${name}`,
	...over,
});

/** Answers with a release of these files, and with a list where one is asked for. */
const release = (tag: string, names: (string | object)[]): void => {
	const assets = names.map(item => (typeof item === 'string' ? asset(item) : item));
	answer = (_request, response) => void response.end(JSON.stringify({tag_name: tag, assets}));
};

/** Files that lie beside the archives in the project's releases. */
const others = [
	'kata-containers-4.1.0-versions.yaml',
	'kata-tools-static-4.1.0-amd64.tar.zst',
	'kata-deploy-4.1.0.tgz',
];
const all = (version: string, extension: string, machines: string[], go: boolean): string[] =>
	machines.flatMap(machine => [
		`kata-static-${version}-${machine}.tar.${extension}`,
		...(go ? [`kata-go-static-${version}-${machine}.tar.${extension}`] : []),
	]);
const machines = ['amd64', 'arm64', 's390x', 'ppc64le'];

describe('the archive of a release', () => {
	it('is found with its digest, size and address', async () => {
		release('4.1.0', [...others, ...all('4.1.0', 'zst', machines, true)]);
		expect(await resolve()).toEqual({
			version: '4.1.0',
			architecture: 'x86_64',
			archives: [
				{
					name: 'kata-static-4.1.0-amd64.tar.zst',
					url: 'https://downloads.example/kata-static-4.1.0-amd64.tar.zst',
					file: null,
					size: 1000,
					sha256: digest,
					digestSource: 'release-index',
					compression: 'zst',
					carries: ['rust'],
				},
			],
		});
		expect(asked).toEqual([
			expect.stringMatching(/^\/releases\/latest kata-setup\/\S+ application\/vnd\.github\+json$/),
		]);
	});

	it.each([
		['4.1.0', 'rust', 'aarch64', 'kata-static-4.1.0-arm64.tar.zst', ['rust']],
		['4.1.0', 'go', 's390x', 'kata-go-static-4.1.0-s390x.tar.zst', ['go']],
		['4.1.0', 'go', 'x86_64', 'kata-go-static-4.1.0-amd64.tar.zst', ['go']],
	] as const)('of %s for %s on %s is %s', async (version, runtime, architecture, name, carries) => {
		release(version, all(version, 'zst', machines, true));
		const {archives} = await resolve({version, runtime, architecture});
		expect(archives).toMatchObject([{name, carries}]);
		expect(asked[0]).toContain(`/releases/tags/${version} `);
	});

	it.each([
		['4.0.0', ['kata-static-4.0.0-amd64.tar.zst'], 'zst'],
		['3.20.0', ['kata-static-3.20.0-amd64.tar.xz', 'kata-static-3.20.0-arm64.tar.xz'], 'xz'],
		['3.1.0', ['kata-static-3.1.0-x86_64.tar.xz'], 'xz'],
	] as const)('of %s is one for both runtimes', async (version, names, compression) => {
		release(version, [...names]);
		for (const runtime of ['rust', 'go'] as const)
			expect((await resolve({version, runtime})).archives).toMatchObject([
				{name: names[0], compression, carries: ['rust', 'go']},
			]);
	});

	it('of a pre-release of 4.1 is read from what it lists', async () => {
		release('4.1.0-rc0', all('4.1.0-rc0', 'zst', ['amd64'], true));
		expect((await resolve({version: '4.1.0-rc0'})).archives).toMatchObject([{carries: ['rust']}]);
	});

	it('is the zstd one where both compressions are there', async () => {
		release('4.1.0', ['kata-static-4.1.0-amd64.tar.xz', 'kata-static-4.1.0-amd64.tar.zst']);
		expect((await resolve()).archives).toMatchObject([{compression: 'zst'}]);
	});

	it.each([null, undefined, 'sha512:abcd', 'sha256:short'])('has no digest where the index says %s', async told => {
		release('4.1.0', [asset('kata-static-4.1.0-amd64.tar.zst', {digest: told})]);
		expect((await resolve()).archives).toMatchObject([{sha256: null, digestSource: 'none'}]);
	});

	it('may be named relative to the index, and its version with a v', async () => {
		release('v4.1.0', [asset('kata-static-4.1.0-amd64.tar.zst', {browser_download_url: '/files/a.tar.zst'})]);
		const found = await resolve({base: `${server.url}/mirror/`, version: 'v4.1.0'});
		expect(found.version).toBe('4.1.0');
		expect(found.archives[0]?.url).toBe(`${server.url}/files/a.tar.zst`);
		expect(asked[0]).toContain('/mirror/releases/tags/4.1.0 ');
	});

	it('is asked for again when the index stumbles', async () => {
		let count = 0;
		release('4.1.0', ['kata-static-4.1.0-amd64.tar.zst']);
		const good = answer;
		answer = (request, response) => {
			count += 1;
			if (count === 1) response.writeHead(502).end('bad gateway');
			else if (count === 2) response.destroy();
			else good(request, response);
		};
		expect((await resolve()).version).toBe('4.1.0');
		expect(there.slept).toEqual([1000, 2000]);
	});
});

describe('a release that cannot be had', () => {
	it('is told by its version, with those that are there', async () => {
		answer = (request, response) => {
			if (request.url?.startsWith('/releases?'))
				response.end(JSON.stringify([{tag_name: '4.1.0'}, {tag_name: '4.0.0'}]));
			else response.writeHead(404).end('{"message":"Not Found"}');
		};
		const report = await reportOf(resolve({version: '9.9.9'}));
		expect(report).toMatchObject({exit: 'release', message: 'There is no Kata release 9.9.9.'});
		expect(report.why).toContain('has 4.1.0, 4.0.0.');
	});

	it('is told also where the index lists nothing', async () => {
		answer = (_request, response) => void response.writeHead(404).end();
		expect((await reportOf(resolve({version: '9.9.9'}))).why).toContain('404');
		expect((await reportOf(resolve())).message).toContain('has no release');
	});

	it.each([
		[403, {'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.UTC(2026, 10, 25, 12, 30) / 1000)}],
		[429, {'retry-after': '1800'}],
	])('for want of questions (%d) tells when there are more, and the ways without', async (status, headers) => {
		answer = (_request, response) => void response.writeHead(status, headers).end('{"message":"limit"}');
		const report = await reportOf(resolve());
		expect(report.message).toContain('allows no more questions');
		expect(report.remedy[0]).toBe('Try again after 12:30 UTC, in 30 min 00 s.');
		expect(report.remedy.join()).toMatch(/--archive.*--release-url/);
		expect(asked).toHaveLength(1);
	});

	it('for another 403 is not called a limit', async () => {
		answer = (_request, response) => void response.writeHead(403).end('{"message":"Blocked by policy"}');
		const report = await reportOf(resolve());
		expect(report.why).toBe('It answers 403: Blocked by policy.');
	});

	it('for want of a network tells why, and the ways without', async () => {
		await server.close();
		const report = await reportOf(resolve());
		expect(report.why).toContain('refused');
		expect(report.remedy.join()).toMatch(/HTTPS_PROXY.*--archive/);
	});

	it.each([
		['<!DOCTYPE html><title>Log in</title>', 'web page'],
		['{"tag_name": 4}', 'no release in JSON'],
		['[]', 'no release in JSON'],
		['', 'no release in JSON'],
		['null', 'no release in JSON'],
	])('is told from the answer %s', async (text, why) => {
		answer = (_request, response) => void response.end(text);
		expect((await reportOf(resolve())).why).toContain(why);
	});

	it('does not read an endless answer', async () => {
		answer = (_request, response) => {
			const more = (): void => {
				while (!response.destroyed && response.write(Buffer.alloc(1 << 16, ' ')));
			};
			response.on('drain', more);
			more();
		};
		expect((await reportOf(resolve())).why).toContain('no release in JSON');
	});

	it.each([
		['lists no file', []],
		['lists only others', others],
		['still uploads', [asset('kata-static-4.1.0-amd64.tar.zst', {state: 'starter'})]],
	])('may still be in the making: it %s', async (_what, names) => {
		release('4.1.0', names);
		const report = await reportOf(resolve());
		expect(report.message).toBe('Kata 4.1.0 has no archive yet.');
		expect(report.why).toContain('in the making');
	});

	it('for another architecture is told with what was looked for and what is there', async () => {
		release('4.1.0', all('4.1.0', 'zst', ['amd64'], true));
		const report = await reportOf(resolve({architecture: 's390x'}));
		expect(report.message).toBe('There is no archive for s390x in Kata 4.1.0.');
		expect(report.why).toContain('Looked for kata-static-4.1.0-s390x.tar.zst');
		expect(report.why).toContain('kata-go-static-4.1.0-amd64.tar.zst');
	});

	it('for a runtime that was not built is told', async () => {
		release('4.1.0', all('4.1.0', 'zst', ['amd64'], false));
		const report = await reportOf(resolve({runtime: 'go'}));
		expect(report.message).toBe('Kata 4.1.0 has no archive with the go runtime for x86_64.');
		expect(report.why).toContain('Looked for kata-go-static-4.1.0-amd64.tar.zst');
	});

	it('of another version than was asked for is refused', async () => {
		release('4.2.0', ['kata-static-4.2.0-amd64.tar.zst']);
		expect((await reportOf(resolve({version: '4.1.0'}))).message).toContain('answers with 4.2.0');
	});

	it('for a bad address is the fault of what was typed', async () => {
		expect((await reportOf(resolve({base: 'mirror.example/kata'}))).exit).toBe('usage');
	});
});

it('asks the project itself where no mirror is named', () => {
	expect(defaultReleaseIndex).toBe('https://api.github.com/repos/kata-containers/kata-containers');
});

describe('an index whose address has a password', () => {
	it.each<[string, Handler]>([
		['has no release', (_request, response) => void response.writeHead(404).end('{}')],
		['answers with a web page', (_request, response) => void response.end('<html>')],
		['refuses', (_request, response) => void response.writeHead(401).end('{}')],
	])('and that %s is named without it', async (_what, handler) => {
		answer = handler;
		const report = await reportOf(resolve({base: server.url.replace('//', '//ops:hunter@')}));
		expect(JSON.stringify(report)).toContain('REDACTED@');
		expect(JSON.stringify(report)).not.toContain('hunter');
	});

	it('is no address of one, and is refused without it', async () => {
		const report = await reportOf(resolve({base: 'ftp://ops:hunter@mirror.example'}));
		expect(report.exit).toBe('usage');
		expect(JSON.stringify(report)).not.toContain('hunter');
	});
});
