/** Fetching an archive from a real server that behaves badly, and checking a local one. */
import {createHash} from 'node:crypto';
import * as fs from 'node:fs/promises';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {join} from 'node:path';
import {Writable} from 'node:stream';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {Host} from '../../src/host/host.ts';
import {createNetwork} from '../../src/host/network.ts';
import type {Archive} from '../../src/plan/choice.ts';
import type {StepArguments} from '../../src/plan/plan.ts';
import {dropDownloadStep} from '../../src/steps/drop-download.ts';
import {fetchArchiveStep as step} from '../../src/steps/fetch-archive.ts';
import {zstdOf} from '../support/archives.ts';
import {type Handler, type LocalServer, serve, withoutProxies} from '../support/local-server.ts';
import {reportOf, type Throwaway, throwaway, type WatchedContext, watchedContext} from '../support/throwaway.ts';

const name = 'kata-static-4.1.0-amd64.tar.zst';
const into = `/opt/kata-setup/downloads/${name}`;
const bytes = zstdOf(Buffer.from(Array.from({length: 600_000}, (_, index) => (index * 7919) % 251)));
const sha256 = createHash('sha256').update(bytes).digest('hex');
const half = 300_000;

let there: Throwaway;
let host: Host;
let context: WatchedContext;
let server: LocalServer;
let answer: Handler;
/** The Range header of each request. */
let ranges: (string | undefined)[];
let before: Record<string, string>;

beforeEach(async () => {
	withoutProxies();
	const network = createNetwork();
	// A stall is noticed early here; everything else is the real network.
	there = await throwaway({get: (url, options) => network.get(url, {...options, stallMs: 100})});
	host = there.host;
	context = watchedContext();
	ranges = [];
	answer = whole;
	server = await serve((request, response) => {
		ranges.push(request.headers.range);
		answer(request, response);
	});
	await there.place('/opt/other', 'not ours');
	before = await there.listing();
});
afterEach(() => server.close());

const whole = (_request: IncomingMessage, response: ServerResponse): void => {
	response.writeHead(200, {'content-length': bytes.length}).end(bytes);
};

/** A server that keeps to Range, as GitHub's does. */
const ranged = (request: IncomingMessage, response: ServerResponse): void => {
	const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? -1);
	if (from < 0) {
		whole(request, response);
		return;
	}
	response.writeHead(206, {
		'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
		'content-length': bytes.length - from,
	});
	response.end(bytes.subarray(from));
};

/** The first `count` answers break off in the middle; then `next`. */
const dropping = (count: number, next: Handler): Handler => {
	let dropped = 0;
	return (request, response) => {
		dropped += 1;
		if (dropped > count) return next(request, response);
		response.writeHead(200, {'content-length': bytes.length, etag: '"one"'});
		response.write(bytes.subarray(0, half), () => response.destroy());
	};
};

const archive = (over: Partial<Archive> = {}): Archive => ({
	name,
	url: `${server.url}/${name}`,
	file: null,
	size: bytes.length,
	sha256,
	digestSource: 'release-index',
	compression: 'zst',
	carries: ['rust'],
	...over,
});
const args = (over: Partial<Archive> = {}, allowUnverified = false): StepArguments['fetch-archive'] => ({
	archive: archive(over),
	into,
	allowUnverified,
});

async function apply(given = args()) {
	const inverse = await step.prepare(host, given);
	await step.perform(host, given, context);
	await step.verify(host, given);
	return inverse;
}

async function failed(given = args()) {
	const inverse = await step.prepare(host, given);
	const report = await reportOf(step.perform(host, given, context));
	expect(await host.files.stat(into)).toBeNull();
	expect(await step.undo(host, given, inverse, context)).toEqual([]);
	expect(await there.listing()).toEqual(before);
	return report;
}

/** `toEqual` takes seconds for so many bytes. */
const arrived = async (): Promise<boolean> => bytes.equals(await fs.readFile(join(there.root, into)));

describe('a download', () => {
	it('arrives whole, tells how far it is, and is undone without a trace', async () => {
		const inverse = await apply();
		expect(await arrived()).toBe(true);
		expect(await host.files.list('/opt/kata-setup/downloads')).toEqual([name]);
		expect(context.progressed[0]).toEqual({done: 0, total: bytes.length});
		expect(context.progressed.at(-1)).toEqual({done: bytes.length, total: bytes.length});
		expect(await step.undo(host, args(), inverse, context)).toEqual([]);
		expect(await there.listing()).toEqual(before);
		expect(await step.undo(host, args(), inverse, context)).toEqual([]);
	});

	it('goes on where the line dropped', async () => {
		answer = dropping(1, ranged);
		await apply();
		expect(await arrived()).toBe(true);
		expect(ranges).toHaveLength(2);
		const [, resumed] = /^bytes=(\d+)-$/.exec(ranges[1] ?? '') ?? [];
		expect(Number(resumed)).toBeGreaterThan(0);
		expect(there.slept).toEqual([1000]);
		expect(context.lines[0]).toContain('Trying again in 1 s');
	});

	it('resumes only the very same file', async () => {
		const conditions: unknown[] = [];
		answer = dropping(1, (request, response) => {
			conditions.push(request.headers['if-range']);
			whole(request, response);
		});
		await apply();
		expect(conditions).toEqual(['"one"']);
		expect(await arrived()).toBe(true);
	});

	it.each<[string, Handler]>([
		['knows no ranges', whole],
		[
			'answers 416',
			(request, response) => (request.headers.range ? void response.writeHead(416).end() : whole(request, response)),
		],
		[
			'sends another part',
			(request, response) =>
				request.headers.range
					? void response.writeHead(206, {'content-range': `bytes 5-9/${bytes.length}`}).end('12345')
					: whole(request, response),
		],
		[
			'has another file by now',
			(request, response) =>
				request.headers.range
					? void response
							.writeHead(206, {'content-range': `${request.headers.range.replace('=', ' ')}999999/1000000`})
							.end('other')
					: whole(request, response),
		],
	])('begins anew where the server %s', async (_what, next) => {
		answer = dropping(1, next);
		await apply();
		expect(await arrived()).toBe(true);
		expect(context.lines).toContain('The server does not resume; beginning anew.');
	});

	it('keeps what it has while the server is busy', async () => {
		let busy = 0;
		answer = dropping(1, (request, response) => {
			busy += 1;
			if (busy === 1) response.writeHead(503, {'retry-after': '7'}).end('busy');
			else ranged(request, response);
		});
		await apply();
		expect(await arrived()).toBe(true);
		expect(ranges[2]).toMatch(/^bytes=[1-9]/);
		expect(there.slept).toEqual([1000, 7000]);
	});

	it('goes on after a stall', async () => {
		let stalls = 0;
		answer = (request, response) => {
			stalls += 1;
			if (stalls > 1) return ranged(request, response);
			response.writeHead(200, {'content-length': bytes.length});
			response.write(bytes.subarray(0, half));
		};
		await apply();
		expect(await arrived()).toBe(true);
		expect(ranges[1]).toMatch(/^bytes=/);
	});

	it('gives up when try after try brings nothing, waiting longer each time', async () => {
		answer = (_request, response) => void response.destroy();
		const report = await failed();
		expect(report).toMatchObject({exit: 'release', message: `${name} could not be downloaded.`});
		expect(report.remedy.join()).toContain('--archive');
		expect(there.slept).toEqual([1000, 2000, 4000, 8000, 16000]);
	});

	it('gives up where the server always breaks off at the same place and never resumes', async () => {
		answer = dropping(Number.POSITIVE_INFINITY, whole);
		await failed();
		expect(ranges.length).toBeLessThan(20);
	});

	it.each([404, 403, 410])('does not try again after %d', async status => {
		answer = (_request, response) => void response.writeHead(status).end('no');
		expect((await failed()).why).toContain(String(status));
		expect(ranges).toHaveLength(1);
	});

	it.each<[string, Handler]>([
		['refuses', (_request, response) => void response.writeHead(403).end('no')],
		['breaks off', (_request, response) => void response.destroy()],
		['has a file of another size', (_request, response) => void response.end(bytes.subarray(0, 1000))],
		['sends a web page', (_request, response) => void response.end('<'.padEnd(bytes.length, ' '))],
	])('keeps the password of a mirror that %s to itself', async (_what, handler) => {
		answer = handler;
		const report = await failed(args({url: `${server.url.replace('//', '//ops:hunter@')}/${name}`}));
		expect(report.evidence).toEqual([`${server.url.replace('//', '//REDACTED@')}/${name}`]);
		expect(JSON.stringify(report)).not.toContain('hunter');
	});

	it('tries again after 429', async () => {
		let count = 0;
		answer = (request, response) => {
			count += 1;
			if (count === 1) response.writeHead(429).end();
			else whole(request, response);
		};
		await apply();
		expect(await arrived()).toBe(true);
	});

	it('is removed at once if its digest differs, and both digests are told', async () => {
		const other = zstdOf(Buffer.alloc(bytes.length - 24, 'x'));
		answer = (_request, response) => void response.end(other);
		const given = args({size: null});
		const inverse = await step.prepare(host, given);
		const report = await reportOf(step.perform(host, given, context));
		expect(report.exit).toBe('release');
		expect(report.why).toContain(sha256);
		expect(report.why).toContain(createHash('sha256').update(other).digest('hex'));
		expect(await host.files.list('/opt/kata-setup/downloads')).toEqual([]);
		await step.undo(host, given, inverse, context);
		expect(await there.listing()).toEqual(before);
	});

	it('is not begun if the server has a file of another size', async () => {
		answer = (_request, response) => void response.end(bytes.subarray(0, 1000));
		expect((await failed()).why).toBe(`It has 1000 bytes; the release says ${bytes.length}.`);
	});

	it('is ended where the server sends more than the file', async () => {
		answer = (_request, response) => {
			response.writeHead(200, {'transfer-encoding': 'chunked'});
			response.end(Buffer.concat([bytes, bytes]));
		};
		expect((await failed()).message).toContain('sends more than');
	});

	it('is ended at the first bytes of a web page', async () => {
		answer = (_request, response) => void response.end(`<html>Please log in${' '.repeat(5000)}`);
		expect((await failed(args({size: null}))).why).toContain('web page');
	});

	it('stops at once when it is cancelled, also while it waits', async () => {
		answer = (_request, response) => {
			response.writeHead(200, {'content-length': bytes.length});
			response.write(bytes.subarray(0, half), () => context.abort.abort());
		};
		const given = args();
		const inverse = await step.prepare(host, given);
		await expect(step.perform(host, given, context)).rejects.toThrow(/abort/i);
		await step.undo(host, given, inverse, context);
		expect(await there.listing()).toEqual(before);

		const waiting = watchedContext();
		answer = (_request, response) => void response.destroy();
		const patient: Host = {
			...host,
			sleep: () => {
				waiting.abort.abort();
				return new Promise(() => {});
			},
		};
		await expect(step.perform(patient, given, waiting)).rejects.toThrow(/abort/i);
	});

	it('says that the disk is full', async () => {
		const full: Host = {
			...host,
			files: {
				...host.files,
				writeStream: () =>
					new Writable({
						write: (_chunk, _encoding, done) => done(Object.assign(new Error('ENOSPC: no space'), {code: 'ENOSPC'})),
					}),
			},
		};
		const report = await reportOf(step.perform(full, args(), context));
		expect(report).toMatchObject({
			exit: 'host',
			message: '/opt/kata-setup/downloads cannot be written to.',
			why: 'There is no space left on its file system.',
		});
		expect(ranges).toHaveLength(1);
	});

	it('leaves alone a file of the same name that is not ours', async () => {
		for (const path of [into, `${into}.part`]) {
			await there.place(path, 'precious');
			expect((await reportOf(step.prepare(host, args()))).message).toContain(`${path} is there already`);
			await fs.rm(join(there.root, path));
		}
	});

	it('is not begun without a digest, unless that was accepted', async () => {
		const unknown: Partial<Archive> = {sha256: null, digestSource: 'none'};
		const report = await reportOf(step.prepare(host, args(unknown)));
		expect(report.remedy.join()).toContain('--allow-unverified');
		await apply(args(unknown, true));
		expect(await arrived()).toBe(true);
		expect(context.lines).toContain(`SHA-256 ${sha256}, compared with nothing`);
	});

	it('is noticed if it is gone afterwards', async () => {
		await apply();
		await fs.rm(join(there.root, into));
		expect((await reportOf(step.verify(host, args()))).why).toBe('It is gone.');
	});

	it('is dropped when it is not needed any more', async () => {
		const fetched = await apply();
		const drop = {path: into};
		const inverse = await dropDownloadStep.prepare(host, drop);
		await dropDownloadStep.perform(host, drop, context);
		await dropDownloadStep.verify(host, drop);
		expect(await host.files.stat(into)).toBeNull();
		expect(await dropDownloadStep.undo(host, drop, inverse, context)).toEqual([]);
		expect(await step.undo(host, args(), fetched, context)).toEqual([]);
		expect(await there.listing()).toEqual(before);
		await there.place(into, 'x');
		expect((await reportOf(dropDownloadStep.verify(host, drop))).message).toContain('could not be removed');
	});
});

describe('a local archive', () => {
	const local: Partial<Archive> = {url: null, file: '/srv/release.tar.zst', digestSource: 'flag'};

	beforeEach(async () => {
		await there.place('/srv/release.tar.zst', bytes);
		before = await there.listing();
	});

	it('is checked where it lies, and stays', async () => {
		const inverse = await apply(args(local));
		expect(context.progressed.at(-1)).toEqual({done: bytes.length, total: bytes.length});
		expect(await step.undo(host, args(local), inverse, context)).toEqual([]);
		expect(await there.listing()).toEqual(before);
		expect(ranges).toEqual([]);
	});

	it('is refused if its digest differs, and stays', async () => {
		const report = await failed(args({...local, sha256: 'a'.repeat(64)}));
		expect(report.why).toBe(`It is ${sha256}; --sha256 says ${'a'.repeat(64)}.`);
	});

	it('without a published digest must be what it was when the plan was made', async () => {
		const measured = {...local, digestSource: 'none'} as const;
		expect((await reportOf(step.prepare(host, args(measured)))).message).toContain('cannot be verified');
		await apply(args(measured, true));
		await there.place('/srv/release.tar.zst', 'x');
		const report = await reportOf(step.perform(host, args(measured, true), context));
		expect(report.why).toContain('it was when the plan was made');
	});

	it('that is gone is told in words', async () => {
		await fs.rm(join(there.root, 'srv/release.tar.zst'));
		expect((await reportOf(step.perform(host, args(local), context))).message).toContain('cannot be read');
	});
});
