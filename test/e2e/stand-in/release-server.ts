/**
 * Serves releases as GitHub's API and its downloads do, on the loopback. Below any prefix:
 *
 *     …/releases              all, the newest first        …/releases/latest    the newest that is no pre-release
 *     …/releases/tags/V       one                          …/releases/download/V/NAME    an asset, whole or from an offset
 */
import {createReadStream} from 'node:fs';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {pipeline} from 'node:stream/promises';
import {compareVersions} from '../../../src/catalogue/version.ts';
import type {MadeArchive} from './release.ts';

export interface ServerOptions {
	/** The archives; those of one version are one release. */
	archives: MadeArchive[];
	/** Whether assets have a digest, as GitHub's have since 2025. Default true. */
	digests?: boolean;
	/** In place of the index: for example 403, as GitHub answers when there were too many questions. */
	indexStatus?: number;
}

export interface ReleaseServer {
	/** Up to and without `/releases`; what `--release-url` is given. */
	url: string;
	/** What was asked, in order: method and path, and the range where there was one. */
	requests: string[];
	/** The next download ends with a broken connection after so many bytes. Once. */
	breakAfter(bytes: number): void;
	close(): Promise<void>;
}

/** Listens on a free port. */
export async function serveReleases(options: ServerOptions): Promise<ReleaseServer> {
	const requests: string[] = [];
	let breakAt: number | null = null;
	const server = createServer((request, response) => {
		requests.push(`${request.method} ${request.url}${request.headers.range ? ` ${request.headers.range}` : ''}`);
		const path = (request.url ?? '').replace(/\?.*$/, '');
		const asset = /\/releases\/download\/([^/]+)\/([^/]+)$/.exec(path);
		if (!asset) return answerIndex(options, url, path, response);
		const made = options.archives.find(({version, name}) => version === asset[1] && name === asset[2]);
		if (!made) return json(response, 404, {message: 'Not Found'});
		const limit = breakAt;
		breakAt = null;
		void sendAsset(made, request, response, limit);
	});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/repos/kata-containers/kata-containers`;
	return {
		url,
		requests,
		breakAfter: bytes => {
			breakAt = bytes;
		},
		close: () =>
			new Promise(resolve => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

function answerIndex(
	{archives, digests, indexStatus}: ServerOptions,
	url: string,
	path: string,
	response: ServerResponse,
) {
	if (indexStatus !== undefined) {
		response.setHeader('x-ratelimit-remaining', '0');
		return json(response, indexStatus, {message: 'API rate limit exceeded'});
	}
	const versions = [...new Set(archives.map(({version}) => version))].sort(compareVersions).reverse();
	const releases = versions.map(version => release(archives, version, url, digests ?? true));
	if (path.endsWith('/releases')) return json(response, 200, releases);
	const tag = /\/releases\/tags\/([^/]+)$/.exec(path)?.[1];
	const wanted = path.endsWith('/releases/latest')
		? releases.find(({prerelease}) => !prerelease)
		: releases.find(({tag_name}) => tag_name === tag);
	return wanted ? json(response, 200, wanted) : json(response, 404, {message: 'Not Found'});
}

/** The fields of GitHub's answer that tools read. */
const release = (archives: MadeArchive[], version: string, url: string, digests: boolean) => ({
	tag_name: version,
	name: `Kata Containers ${version}`,
	draft: false,
	prerelease: version.includes('-'),
	published_at: '2026-08-21T00:00:00Z',
	html_url: `${url}/releases/tag/${version}`,
	assets: archives
		.filter(made => made.version === version)
		.map(({name, size, sha256}) => ({
			name,
			state: 'uploaded',
			size,
			digest: digests ? `sha256:${sha256}` : null,
			content_type: 'application/zstd',
			browser_download_url: `${url}/releases/download/${version}/${name}`,
		})),
});

async function sendAsset(
	{path, size, sha256}: MadeArchive,
	request: IncomingMessage,
	response: ServerResponse,
	limit: number | null,
): Promise<void> {
	const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
	const headers = {'accept-ranges': 'bytes', etag: `"${sha256.slice(0, 16)}"`};
	if (start >= size) {
		response.writeHead(416, {...headers, 'content-range': `bytes */${size}`}).end();
		return;
	}
	response.writeHead(start > 0 ? 206 : 200, {
		...headers,
		'content-type': 'application/octet-stream',
		'content-length': size - start,
		...(start > 0 ? {'content-range': `bytes ${start}-${size - 1}/${size}`} : {}),
	});
	if (request.method === 'HEAD') {
		response.end();
		return;
	}
	const end = limit === null ? size - 1 : Math.min(start + limit, size) - 1;
	try {
		await pipeline(createReadStream(path, {start, end}), response, {end: limit === null});
		if (limit !== null) response.destroy();
	} catch {
		// The client hung up.
	}
}

function json(response: ServerResponse, status: number, body: unknown): void {
	response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body));
}
