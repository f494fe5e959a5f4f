/** What a release index's refusals mean, in words. */
import {KataSetupError} from '../errors.ts';
import {withoutPasswords} from '../facts/secrets.ts';
import {formatDuration} from '../format.ts';
import type {HttpResponse} from '../host/host.ts';

/** What helps whenever the index cannot be asked. */
export const withoutIndex = [
	'Download the archive elsewhere and give it with --archive FILE.',
	'Or ask a mirror with --release-url URL.',
];

const clock = (ms: number): string => `${new Date(ms).toISOString().slice(11, 16)} UTC`;

/**
 * Is this the answer of an index that allows no more questions? GitHub says so by 403 or 429.
 * Source: GitHub's REST documentation, "Rate limits for the REST API": 60 an hour for each address without a login.
 */
export const isRateLimit = ({status, headers}: Pick<HttpResponse, 'status' | 'headers'>): boolean =>
	status === 429 || (status === 403 && (headers['x-ratelimit-remaining'] === '0' || 'retry-after' in headers));

/** @param now milliseconds since 1970 */
export function rateLimited(base: string, {status, headers}: HttpResponse, now: number): KataSetupError {
	const reset = resetOf(headers, now);
	return new KataSetupError('release', `${new URL(base).host} allows no more questions from this address for now.`, {
		why: `It answers ${status}; without a login GitHub answers ${headers['x-ratelimit-limit'] ?? '60'} an hour for everybody behind one address.`,
		remedy: [
			reset === null
				? 'Try again in an hour.'
				: `Try again after ${clock(reset)}, in ${formatDuration(Math.max(60_000, reset - now))}.`,
			...withoutIndex,
		],
	});
}

function resetOf(headers: HttpResponse['headers'], now: number): number | null {
	const seconds = Number(headers['retry-after']);
	if (Number.isFinite(seconds) && seconds > 0) return now + seconds * 1000;
	const reset = Number(headers['x-ratelimit-reset']);
	return Number.isFinite(reset) && reset > 0 ? reset * 1000 : null;
}

/** An answer that is neither a release nor a refusal that we know. */
export const unexpected = (url: string, status: number, message: string | null): KataSetupError =>
	new KataSetupError('release', `${new URL(url).host} does not answer as a release index does.`, {
		why: `It answers ${status}${message ? `: ${message}` : ''}.`,
		remedy: withoutIndex,
		evidence: withoutPasswords(url),
	});

/** @param there the versions that the index does have, newest first; empty if it does not tell */
export function noSuchRelease(base: string, version: string, there: readonly string[]): KataSetupError {
	const latest = version === 'latest';
	const index = withoutPasswords(base);
	return new KataSetupError('release', latest ? `${index} has no release.` : `There is no Kata release ${version}.`, {
		why:
			there.length === 0
				? `${index} answers 404.`
				: `${index} has ${there.slice(0, 8).join(', ')}${there.length > 8 ? ' and older ones' : ''}.`,
		remedy: latest
			? `It must be an address below which releases/latest answers in the shape of GitHub's API.`
			: there[0]
				? `Choose one of them, for example --version ${there[0]}, or leave --version out.`
				: 'Look at the version, or leave --version out.',
	});
}

export const notJson = (url: string, start: string): KataSetupError =>
	new KataSetupError('release', `${new URL(url).host} does not answer as a release index does.`, {
		why: /^\s*</.test(start)
			? 'It answers with a web page: a proxy or a login page may stand in between.'
			: 'Its answer is no release in JSON.',
		remedy: withoutIndex,
		evidence: [withoutPasswords(url), ...start.split('\n').slice(0, 2)].map(line => line.slice(0, 200)),
	});
