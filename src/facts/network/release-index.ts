/** Whether the release index answers, and with which release: one question with a short limit, whose answer is not needed whole. */
import {isIP} from 'node:net';
import {getProxyForUrl} from 'proxy-from-env';
import {isVersion} from '../../catalogue/version.ts';
import {KataSetupError} from '../../errors.ts';
import type {Host, HttpResponse} from '../../host/host.ts';
import type {IndexFacts, RateLimitFacts} from '../network-facts.ts';
import {withoutCredentials} from './proxies.ts';

/** Long enough for an emulated server behind a slow proxy; a host without a network should not wait longer. */
const limitMs = 3000;

/**
 * Asks for the newest release, as an install would. GitHub counts it as one of the 60 questions of an hour.
 * Never rejects.
 * @param base the address below which `releases/latest` answers
 * @param timeoutMs for tests
 */
export async function askIndex(host: Host, base: string, timeoutMs = limitMs): Promise<IndexFacts> {
	const url = `${base.replace(/\/+$/, '')}/releases/latest`;
	const unanswered = {url: shown(url), status: null, json: null, newest: null, rateLimit: null, retryAfter: null};
	if (!isWebAddress(url)) return {...unanswered, error: ['It is no http or https address.']};
	const silent = await silentName(host, url, timeoutMs);
	if (silent !== null)
		return {...unanswered, error: [`DNS did not tell the address of ${silent} within ${timeoutMs / 1000} s.`]};
	const end = new AbortController();
	let late = false;
	const timer = setTimeout(() => {
		late = true;
		end.abort();
	}, timeoutMs);
	try {
		const headers = {accept: 'application/vnd.github+json'};
		const response = await host.network.get(url, {headers, signal: end.signal});
		const start = await startOf(response);
		return {
			url: shown(url),
			status: response.status,
			json: start === '' ? null : beginsAsJson(start),
			newest: response.status === 200 ? newestIn(start) : null,
			error: [],
			rateLimit: rateLimitOf(response.headers),
			retryAfter: numberIn(response.headers['retry-after']),
		};
	} catch (error) {
		return {...unanswered, error: late ? [`It did not answer within ${timeoutMs / 1000} s.`] : wordsOf(error)};
	} finally {
		clearTimeout(timer);
		// What is still to come of the answer is not waited for, and its connection not kept.
		end.abort();
	}
}

/**
 * The name that would have to be looked up, if DNS does not answer for it in time; null if it does or need not.
 *
 * Node's own look-up cannot be ended: it holds the process, even one that calls exit(), for the resolver's limit
 * (measured: 10 s with Node 20 and glibc). A program that does the same can be.
 */
async function silentName(host: Host, url: string, timeoutMs: number): Promise<string | null> {
	const proxy = getProxyForUrl(url);
	const name = new URL(URL.canParse(proxy) ? proxy : url).hostname;
	if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return null;
	const {timedOut} = await host.run('getent', ['ahosts', name], {timeoutMs});
	return timedOut ? name : null;
}

/** Of GitHub's answer the name of the release is among the first 2 KB; its notes and files are some hundred more. */
const enoughBytes = 64 * 1024;

/**
 * The beginning of the answer: as far as its first bytes where that is no JSON (a login page), else as far as the release's
 * name. What came until the limit is enough.
 */
async function startOf({body}: HttpResponse): Promise<string> {
	body.on('error', () => undefined);
	const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
	let text = '';
	for (;;) {
		try {
			const {value, done} = await chunks.next();
			if (done) return text.trim();
			text += value.toString('utf8');
		} catch (error) {
			if (text.trim() === '') throw error;
			return text;
		}
		if (text.trim() !== '' && !beginsAsJson(text)) return text;
		if (newestIn(text) !== null || text.length > enoughBytes) return text;
	}
}

const beginsAsJson = (text: string): boolean => /^\s*[{[]/.test(text);

/** The version that the beginning of an answer names; null if it does not, or not yet. */
function newestIn(text: string): string | null {
	const [, name] = /"tag_name"\s*:\s*"v?([^"]+)"/.exec(text) ?? [];
	return name !== undefined && isVersion(name) ? name : null;
}

function wordsOf(error: unknown): string[] {
	if (!(error instanceof KataSetupError)) return [error instanceof Error ? error.message : String(error)];
	const {message, why, evidence} = error.report;
	return [message, ...(why === null ? [] : [why]), ...evidence];
}

function rateLimitOf(headers: HttpResponse['headers']): RateLimitFacts | null {
	const remaining = numberIn(headers['x-ratelimit-remaining']);
	if (remaining === null) return null;
	const reset = numberIn(headers['x-ratelimit-reset']);
	return {
		limit: numberIn(headers['x-ratelimit-limit']),
		remaining,
		resetAt: reset === null || reset > 1e11 ? null : new Date(reset * 1000).toISOString(),
	};
}

const numberIn = (text: string | undefined): number | null => (/^\d+$/.test(text ?? '') ? Number(text) : null);

/** The address as it may be shown: a mirror's may hold a password. */
function shown(url: string): string {
	if (!isWebAddress(url)) return withoutCredentials(url);
	const {origin, pathname} = new URL(url);
	return `${origin}${pathname}`;
}

const isWebAddress = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
