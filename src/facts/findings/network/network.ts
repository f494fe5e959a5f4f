/** Whether the release index answers. Nothing of the network blocks: an install from an archive needs none. */
import {isRateLimit, withoutIndex} from '../../../release/index-errors.ts';
import type {IndexFacts, NetworkFacts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';
import {addressOf, withProxy} from './proxy.ts';

const common = {id: 'network', label: 'Network'};

/** With so few questions left, a few more checks use them up. */
const fewQuestions = 5;

export const judgeNetwork: Judgement = facts => {
	const why = unreadWhy(facts, 'network');
	if (why) return [unreadFinding('network', 'Network', 'The way to the network', why)];
	const {network, takenAt} = facts;
	return network?.index ? [{...judgeIndex(network, network.index, takenAt), sources: [network.index.url]}] : [];
};

function judgeIndex(network: NetworkFacts, index: IndexFacts, takenAt: string): Finding {
	const {status, rateLimit, retryAfter} = index;
	const host = hostOf(index.url);
	if (status === null) return unreachable(network, index, host);
	const headers = {
		...(rateLimit ? {'x-ratelimit-remaining': String(rateLimit.remaining)} : {}),
		...(retryAfter === null ? {} : {'retry-after': String(retryAfter)}),
	};
	if (isRateLimit({status, headers})) return limited(index, host, takenAt);
	if (status === 200 && index.json !== false) return answers(index, host);
	return finding({
		...common,
		severity: 'warning',
		summary: `${host} does not answer as a release index does`,
		detail: [
			status === 200
				? 'It answers with something else than JSON: a proxy or a login page may stand in between.'
				: `It answers ${status}${status === 404 ? ': there is no release below that address' : status >= 500 ? ': the fault is on its side, and may pass' : ''}.`,
			withoutNetwork,
		],
		remedy: withoutIndex,
	});
}

const withoutNetwork = 'The network is needed for the download alone: an install from a local archive asks nobody.';

function answers({rateLimit, newest}: IndexFacts, host: string): Finding {
	const release = newest ? [`The newest release is ${newest}.`] : [];
	if (rateLimit === null || rateLimit.remaining > fewQuestions)
		return finding({
			...common,
			severity: 'ok',
			summary: `${host} answers${rateLimit ? `; ${questions(rateLimit.remaining)} left this hour` : ''}`,
			detail: release,
		});
	return finding({
		...common,
		severity: 'note',
		summary: `${host} answers, but allows only ${questions(rateLimit.remaining)} more${until(rateLimit.resetAt)}`,
		detail: [sharedLimit(rateLimit.limit), ...release],
		remedy: withoutIndex,
	});
}

function limited({status, rateLimit, retryAfter}: IndexFacts, host: string, takenAt: string): Finding {
	const reset =
		retryAfter === null
			? (rateLimit?.resetAt ?? null)
			: new Date(Date.parse(takenAt) + retryAfter * 1000).toISOString();
	return finding({
		...common,
		severity: 'warning',
		summary: `${host} allows no more questions from this address${until(reset)}`,
		detail: [`It answers ${status}. ${sharedLimit(rateLimit?.limit ?? null)}`, withoutNetwork],
		remedy: [reset === null ? 'Try again in an hour.' : `Try again after ${clock(reset)}.`, ...withoutIndex],
	});
}

const questions = (count: number): string => `${count} ${count === 1 ? 'question' : 'questions'}`;
const sharedLimit = (limit: number | null): string =>
	`Without a login GitHub answers ${limit ?? 60} questions an hour for everybody behind one address.`;
const until = (iso: string | null): string => (iso === null ? '' : ` until ${clock(iso)}`);
const clock = (iso: string): string => `${iso.slice(11, 16)} UTC`;

function unreachable(network: NetworkFacts, {error}: IndexFacts, host: string): Finding {
	const proxy = addressOf(network.proxies);
	const elsewhere = proxy === null ? network.units?.find(({proxies}) => addressOf(proxies) !== null) : undefined;
	return finding({
		...common,
		// A host without a network is nothing wrong.
		severity: 'note',
		summary: `${host} is not reachable; --archive installs offline`,
		detail: [
			...error,
			...(proxy === null ? [] : [`It was asked through the proxy ${proxy}, from the environment.`]),
			...(elsewhere ? [`${elsewhere.unit} reaches the network through ${addressOf(elsewhere.proxies)}.`] : []),
			withoutNetwork,
		],
		remedy: [
			...(elsewhere ? [`Through the same proxy: ${withProxy(elsewhere.proxies)} kata-setup check`] : []),
			...withoutIndex,
		],
	});
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
