/** Finds a release in an index in the shape of GitHub's API: which version it is, and the archive that a pair needs. */
import type {Pair} from '../catalogue/catalogue.ts';
import {KataSetupError} from '../errors.ts';
import type {Architecture} from '../facts/facts.ts';
import {withoutPasswords} from '../facts/secrets.ts';
import type {Host, HttpResponse} from '../host/host.ts';
import type {Release} from '../plan/choice.ts';
import {type Asset, chooseAsset} from './choose-asset.ts';
import {isRateLimit, noSuchRelease, notJson, rateLimited, unexpected, withoutIndex} from './index-errors.ts';
import {mayPass, pauseAfter, statusMayPass} from './passing.ts';

export const defaultReleaseIndex = 'https://api.github.com/repos/kata-containers/kata-containers';

export interface ReleaseQuestion extends Pair {
	host: Host;
	architecture: Architecture;
	/** For example `4.1.0`, or `latest`. */
	version: string;
	/** The address below which `releases/latest` and `releases/tags/VERSION` answer. */
	base: string;
}

/** An index answers in kilobytes; what is larger is something else. */
const mostBytes = 8_000_000;
const tries = 3;

/**
 * The release and its archive for a pair.
 * @throws KataSetupError (`release`; `usage` for an address that is none), with the cause and what there is instead
 */
export async function resolveRelease(question: ReleaseQuestion): Promise<Release> {
	const {architecture} = question;
	const version = question.version.replace(/^v(?=\d)/, '');
	const base = baseOf(question.base);
	const wanted = version === 'latest' ? 'releases/latest' : `releases/tags/${encodeURIComponent(version)}`;
	const url = `${base}/${wanted}`;
	const {host} = question;
	const response = await ask(host, url);
	if (response.status === 404) throw noSuchRelease(base, version, await versionsAt(host, base));
	if (isRateLimit(response)) throw rateLimited(base, response, host.now());
	const answer = response.status === 200 ? objectIn(response) : null;
	if (!answer) throw unexpected(url, response.status, messageIn(response.text));
	const tag = answer.tag_name;
	if (typeof tag !== 'string' || !Array.isArray(answer.assets)) throw notJson(url, response.text);
	const found = tag.replace(/^v(?=\d)/, '');
	if (version !== 'latest' && found !== version)
		throw new KataSetupError('release', `${base} was asked for Kata ${version} and answers with ${found}.`, {
			remedy: 'Tell who runs this index; meanwhile: --archive FILE.',
		});
	return {
		version: found,
		architecture,
		archives: [
			chooseAsset(
				answer.assets.flatMap(item => assetOf(item, response.url)),
				found,
				architecture,
				question,
			),
		],
	};
}

interface Answer extends HttpResponse {
	text: string;
}

function baseOf(given: string): string {
	if (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol)) return given.replace(/\/+$/, '');
	throw new KataSetupError('usage', `${withoutPasswords(given)} is not the address of a release index.`, {
		remedy: `Give an http or https address, like ${defaultReleaseIndex}`,
	});
}

/** Asks, and again if that may help. */
async function ask(host: Host, url: string): Promise<Answer> {
	for (let failures = 1; ; failures += 1) {
		try {
			const response = await host.network.get(url, {headers: {accept: 'application/vnd.github+json'}});
			const answer = {...response, text: await textOf(response)};
			if (failures >= tries || response.status === 429 || !statusMayPass(response.status)) return answer;
		} catch (error) {
			if (failures >= tries || !mayPass(error)) throw offline(url, error);
		}
		await host.sleep(pauseAfter(failures));
	}
}

/** The network's own words, with the ways that need no network. */
function offline(url: string, error: unknown): KataSetupError {
	const {message, why, remedy, evidence} =
		error instanceof KataSetupError
			? error.report
			: {
					message: `${new URL(url).host} broke off its answer.`,
					why: null,
					remedy: ['Try again.'],
					evidence: [String((error as Error).message)],
				};
	return new KataSetupError('release', message, {
		...(why === null ? {} : {why}),
		remedy: [...remedy, ...withoutIndex],
		evidence,
		cause: error,
	});
}

async function textOf({body, url}: HttpResponse): Promise<string> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of body as AsyncIterable<Buffer>) {
		size += chunk.length;
		if (size > mostBytes) throw notJson(url, chunks[0]?.toString().slice(0, 200) ?? '');
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString('utf8');
}

function objectIn({text, url}: Answer): Record<string, unknown> {
	const value = parsed(text);
	if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notJson(url, text);
	return value as Record<string, unknown>;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** GitHub explains its refusals in a field `message`. */
function messageIn(text: string): string | null {
	const message = (parsed(text) as {message?: unknown} | null | undefined)?.message;
	return typeof message === 'string' ? message.slice(0, 200) : null;
}

/** An asset that can be downloaded; none if it is still being uploaded or not told in full. */
function assetOf(item: unknown, base: string): Asset[] {
	const {name, browser_download_url: url, size, digest, state} = (item ?? {}) as Record<string, unknown>;
	if (typeof name !== 'string' || typeof url !== 'string' || !URL.canParse(url, base)) return [];
	if (typeof state === 'string' && state !== 'uploaded') return [];
	const sha256 = typeof digest === 'string' ? /^sha256:([0-9a-f]{64})$/i.exec(digest)?.[1] : undefined;
	return [
		{
			name,
			// A mirror's index may name its files relative to itself.
			url: new URL(url, base).href,
			size: typeof size === 'number' && size > 0 ? size : null,
			sha256: sha256?.toLowerCase() ?? null,
		},
	];
}

/** The versions that an index has, as it lists them; none if it does not. */
async function versionsAt(host: Host, base: string): Promise<string[]> {
	try {
		const response = await host.network.get(`${base}/releases?per_page=30`);
		const list = parsed(await textOf(response));
		if (response.status !== 200 || !Array.isArray(list)) return [];
		return list.flatMap(item => (typeof item?.tag_name === 'string' ? [item.tag_name as string] : []));
	} catch {
		return []; // it only makes the message richer
	}
}
