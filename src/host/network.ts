/** The network half of the Host port, over Node's http: GET with redirects, proxies, and a watch for stalled lines. */
import * as http from 'node:http';
import * as https from 'node:https';
import {Readable} from 'node:stream';
import {HttpProxyAgent} from 'http-proxy-agent';
import {HttpsProxyAgent} from 'https-proxy-agent';
import {getProxyForUrl} from 'proxy-from-env';
import {KataSetupError} from '../errors.ts';
import {kataSetupVersion} from '../version.ts';
import {trustedAuthorities} from './certificates.ts';
import type {HttpResponse, Network} from './host.ts';
import {networkError, stalled} from './network-errors.ts';

/** As many as curl's own default would let a mirror chain, and far more than GitHub's one. */
const mostRedirects = 10;
const redirects = new Set([301, 302, 303, 307, 308]);

interface Request {
	headers: Record<string, string>;
	signal: AbortSignal | undefined;
	stallMs: number;
}

/**
 * The network of this machine. Proxies are taken from HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in upper or
 * lower case, as they stand in this process's environment when it asks.
 */
export function createNetwork(): Network {
	let authorities: {pem: string[] | undefined} | null = null;
	const trusted = (): string[] | undefined => {
		authorities ??= {pem: trustedAuthorities(process.env)};
		return authorities.pem;
	};
	return {
		async get(url, {headers = {}, signal, stallMs = 30_000} = {}) {
			const request = {headers: {'user-agent': `kata-setup/${kataSetupVersion}`, ...headers}, signal, stallMs};
			let place = parsed(url);
			for (let count = 0; count <= mostRedirects; count += 1) {
				const response = await ask(place, request, trusted);
				const next = response.headers.location;
				if (!redirects.has(response.statusCode ?? 0) || next === undefined) return answerOf(place, response, stallMs);
				response.resume();
				place = followed(place, next);
			}
			throw new KataSetupError('release', `${parsed(url).host} sends us round in circles.`, {
				why: `More than ${mostRedirects} redirects followed each other.`,
			});
		},
	};
}

function parsed(url: string): URL {
	const place = URL.canParse(url) ? new URL(url) : null;
	if (place && (place.protocol === 'http:' || place.protocol === 'https:')) return place;
	throw new KataSetupError('release', `${url} is not an http or https address.`);
}

/** A redirect must not lead from an encrypted line to an open one. */
function followed(from: URL, location: string): URL {
	const to = parsed(URL.canParse(location, from.href) ? new URL(location, from).href : location);
	if (from.protocol === 'https:' && to.protocol === 'http:')
		throw new KataSetupError('release', `${from.host} sends us to an address that is not encrypted.`, {
			why: `It redirects from https to ${to.origin}.`,
			remedy: 'Use a mirror that serves its files by https.',
		});
	return to;
}

/** One request, until its headers are there. */
function ask(place: URL, request: Request, trusted: () => string[] | undefined): Promise<http.IncomingMessage> {
	const proxy = proxyFor(place);
	const secure = place.protocol === 'https:';
	const ca = secure || proxy?.protocol === 'https:' ? trusted() : undefined;
	return new Promise((resolve, reject) => {
		const fail = (error: unknown): void =>
			reject(request.signal?.aborted ? request.signal.reason : networkError(place.href, error, proxy));
		const sent = (secure ? https : http).request(place, {
			headers: request.headers,
			...(request.signal ? {signal: request.signal} : {}),
			...(ca ? {ca} : {}),
			agent: agentFor(secure, proxy, ca),
		});
		const watch = setTimeout(() => sent.destroy(stalled(place.href, request.stallMs)), request.stallMs);
		sent.once('proxyConnect', ({statusCode}: {statusCode: number}) => {
			// The agent hands the proxy's own page on as if the server had sent it. Without a tunnel there is no such answer.
			if (secure && statusCode !== 200) sent.destroy(proxyRefused(proxy, statusCode));
		});
		sent.once('response', response => {
			clearTimeout(watch);
			if (response.statusCode !== 407) return resolve(response);
			response.destroy();
			fail(proxyRefused(proxy, 407));
		});
		sent.on('error', error => {
			clearTimeout(watch);
			fail(error);
		});
		sent.end();
	});
}

function proxyFor(place: URL): URL | null {
	const proxy = getProxyForUrl(place.href);
	if (proxy === '') return null;
	if (URL.canParse(proxy) && /^https?:$/.test(new URL(proxy).protocol)) return new URL(proxy);
	throw new KataSetupError('release', 'The proxy in the environment cannot be used.', {
		why: 'It is not an http or https address.',
		remedy: 'Set HTTPS_PROXY to an address like http://proxy.example:3128, without SOCKS.',
	});
}

/** A new agent for every request: nothing is kept open that would keep the process alive. */
function agentFor(secure: boolean, proxy: URL | null, ca: string[] | undefined): http.Agent {
	const options = ca ? {ca} : {};
	if (proxy) return secure ? new HttpsProxyAgent(proxy, options) : new HttpProxyAgent(proxy, options);
	return secure ? new https.Agent(options) : new http.Agent();
}

function proxyRefused(proxy: URL | null, status: number): KataSetupError {
	const wantsPassword = status === 407;
	return new KataSetupError('release', `The proxy ${proxy?.host ?? ''} does not let us through.`, {
		why: wantsPassword ? 'It wants a name and a password.' : `It answers ${status}.`,
		remedy: wantsPassword
			? 'Put them into the variable: HTTPS_PROXY=http://name:password@proxy:port'
			: 'Ask who runs it to allow this server, or use a mirror with --release-url.',
	});
}

function answerOf(place: URL, response: http.IncomingMessage, stallMs: number): HttpResponse {
	const headers: Record<string, string> = {};
	for (const [name, value] of Object.entries(response.headers))
		if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
	// What is buffered when the line drops is lost to the reader, so little is.
	const body = Readable.from(watched(place.href, response, stallMs), {objectMode: false, highWaterMark: 1 << 16});
	// A body that nobody wants, or wants no more of, must not keep its connection.
	body.once('close', () => response.destroy());
	return {status: response.statusCode ?? 0, url: place.href, headers, body};
}

/** The body's chunks. Only waiting for the line counts as a stall, not a reader who takes its time. */
async function* watched(url: string, response: http.IncomingMessage, stallMs: number): AsyncGenerator<Buffer> {
	const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
	for (;;) {
		const watch = setTimeout(() => response.destroy(stalled(url, stallMs)), stallMs);
		const {value, done} = await chunks.next().finally(() => clearTimeout(watch));
		if (done) return;
		yield value;
	}
}
