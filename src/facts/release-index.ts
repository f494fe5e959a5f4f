/** Whether the release index answers: one question with a short limit, whose answer is not needed whole. */
import {KataSetupError} from '../errors.ts';
import type {Host, HttpResponse} from '../host/host.ts';
import type {IndexFacts, RateLimitFacts} from './network-facts.ts';
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
	const unanswered = {url: shown(url), status: null, json: null, rateLimit: null, retryAfter: null};
	if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
		return {...unanswered, error: ['It is no http or https address.']};
	const signal = AbortSignal.timeout(timeoutMs);
	try {
		const response = await host.network.get(url, {
			headers: {accept: 'application/vnd.github+json'},
			signal,
			stallMs: timeoutMs,
		});
		const start = await startOf(response);
		return {
			url: shown(url),
			status: response.status,
			json: start === '' ? null : /^\s*[{[]/.test(start),
			error: [],
			rateLimit: rateLimitOf(response.headers),
			retryAfter: numberIn(response.headers['retry-after']),
		};
	} catch (error) {
		const late = signal.aborted || (error as {cause?: {code?: unknown}} | null)?.cause?.code === 'ETIMEDOUT';
		return {
			...unanswered,
			error: late ? [`It did not answer within ${timeoutMs / 1000} s.`] : wordsOf(error),
		};
	}
}

/** The first bytes tell JSON from a login page; the rest of some hundred kilobytes is left where it is. */
async function startOf({body}: HttpResponse): Promise<string> {
	for await (const chunk of body as AsyncIterable<Buffer>) {
		const text = chunk.toString('utf8', 0, 200);
		if (text.trim() !== '') return text;
	}
	return '';
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
	if (!URL.canParse(url)) return withoutCredentials(url);
	const {origin, pathname} = new URL(url);
	return `${origin}${pathname}`;
}
