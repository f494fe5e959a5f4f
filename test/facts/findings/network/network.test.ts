import {describe, expect, it} from 'vitest';
import type {Facts, IndexFacts, NetworkFacts, ProxyFacts, UnitProxyFacts} from '../../../../src/facts/facts.ts';
import {asRoot, find, findings, has} from '../find.ts';

const none: ProxyFacts = {http: null, https: null, all: null, no: null, credentials: false};
const proxy: ProxyFacts = {...none, https: 'http://proxy:3128', no: 'localhost,10.0.0.0/8'};

const network = (changes: Partial<NetworkFacts> = {}): Pick<Facts, 'network'> => ({
	network: {proxies: none, units: [], index: null, ...changes},
});
const url = 'https://api.github.com/repos/kata-containers/kata-containers/releases/latest';
const answer = (changes: Partial<IndexFacts> = {}): Pick<Facts, 'network'> =>
	network({index: {url, status: 200, json: true, error: [], rateLimit: null, retryAfter: null, ...changes}});
const unit = (name: string, proxies: ProxyFacts, changes: Partial<UnitProxyFacts> = {}): UnitProxyFacts => ({
	unit: name,
	active: true,
	proxies,
	unreadFiles: [],
	...changes,
});
const limit = (remaining: number) => ({limit: 60, remaining, resetAt: '2026-11-23T08:41:00.000Z'});

describe('the release index', () => {
	it('that answers is one line, with what is left of the rate limit', () => {
		expect(find('network', answer({rateLimit: limit(57)}))).toMatchObject({
			severity: 'ok',
			summary: 'api.github.com answers; 57 questions left this hour',
			sources: [url],
		});
		expect(find('network', answer()).summary).toBe('api.github.com answers');
	});

	it('is not spoken of where it was not asked, and no proxy is set', () => {
		const ids = findings(network()).map(({id}) => id);
		expect(ids).not.toContain('network');
		expect(ids).not.toContain('proxy');
	});

	it('that will soon refuse is a note', () => {
		const found = find('network', answer({rateLimit: limit(1)}));
		expect(found).toMatchObject({severity: 'note'});
		expect(found.summary).toContain('1 question more until 08:41 UTC');
		expect(found.all).toContain('--archive FILE');
	});

	it.each([
		['403', {status: 403, rateLimit: limit(0)}, 'Try again after 08:41 UTC.'],
		['429 with retry-after', {status: 429, retryAfter: 600}, 'Try again after 08:10 UTC.'],
		['429 without a word', {status: 429}, 'Try again in an hour.'],
	])('that refuses by %s warns, and tells until when', (_what, changes, remedy) => {
		const found = find('network', answer({json: true, ...changes}));
		expect(found).toMatchObject({severity: 'warning'});
		expect(found.summary).toContain('allows no more questions from this address');
		expect(found.remedy[0]).toBe(remedy);
		expect(found.all).toContain('--archive FILE');
	});

	it.each([
		['a page', {json: false}, 'a login page may stand in between'],
		['404', {status: 404}, 'no release below that address'],
		['502', {status: 502}, 'on its side'],
		['403 of another cause', {status: 403}, 'It answers 403'],
	])('that answers with %s warns', (_what, changes, words) => {
		const found = find('network', answer(changes));
		expect(found).toMatchObject({severity: 'warning'});
		expect(found.summary).toContain('does not answer as a release index does');
		expect(found.all).toContain(words);
	});

	it('that is not reachable is nothing wrong: a host may have no network', () => {
		const error = ['api.github.com could not be reached.', 'DNS does not answer.'];
		const found = find('network', answer({status: null, json: null, error}));
		expect(found).toMatchObject({
			severity: 'note',
			summary: 'api.github.com is not reachable; --archive installs offline',
		});
		expect(found.detail).toEqual(expect.arrayContaining(error));
		expect(found.all).toContain('--archive FILE');
	});

	it('that is not reachable may be so through the proxy of an engine’s unit', () => {
		const {index = null} = answer({status: null, error: ['No.']}).network ?? {};
		const found = find('network', network({index, units: [unit('containerd.service', proxy)]}));
		expect(found.remedy[0]).toContain('HTTPS_PROXY=http://proxy:3128 NO_PROXY=localhost,10.0.0.0/8 kata-setup check');
		expect(find('network', network({index, proxies: proxy})).all).toContain(
			'asked through the proxy http://proxy:3128',
		);
	});

	it('is never in the way', () => {
		const answers = [{status: null}, {status: 403, rateLimit: limit(0)}, {status: 500}, {status: 200, json: false}];
		for (const changes of answers)
			expect(findings(answer(changes)).filter(({severity}) => severity === 'blocker')).toEqual([]);
	});

	it('that could not be asked in time is unknown', () => {
		const unread = [{probe: 'network', why: 'It did not end within 10 s.'}];
		expect(find('network', {...network(), unread})).toMatchObject({severity: 'unknown'});
		expect(has('proxy', {...network({proxies: proxy}), unread})).toBe(false);
	});
});

describe('a proxy', () => {
	it('of both is a note', () => {
		const found = find('proxy', network({proxies: proxy, units: [unit('docker.service', proxy)]}));
		expect(found).toMatchObject({severity: 'note', summary: 'the network is reached through http://proxy:3128'});
	});

	it('of this shell alone warns that images may not be pulled, and tells what to write', () => {
		const facts = network({proxies: proxy, units: [unit('containerd.service', none)]});
		const found = find('proxy', facts);
		expect(found).toMatchObject({severity: 'warning', summary: 'a proxy is set here, and not for containerd.service'});
		expect(found.all).toContain('/etc/systemd/system/containerd.service.d/http-proxy.conf');
		expect(found.all).toContain('Environment="HTTPS_PROXY=http://proxy:3128"');
		expect(found.all).toContain('Environment="NO_PROXY=localhost,10.0.0.0/8"');
		expect(found.all).toContain('sudo systemctl daemon-reload');
		expect(find('proxy', {...facts, privileges: asRoot}).all).not.toContain('sudo ');
	});

	it('of a unit alone is a note with the words that give it to kata-setup', () => {
		const found = find('proxy', network({units: [unit('containerd.service', {...proxy, credentials: true})]}));
		expect(found).toMatchObject({severity: 'note', summary: 'containerd.service has a proxy, and this shell has none'});
		expect(found.all).toContain('HTTPS_PROXY=http://proxy:3128');
		expect(found.all).toContain('name and password are left out');
	});

	it.each<[string, Partial<UnitProxyFacts>]>([
		['does not run', {active: false}],
		['has an environment that only root may read', {unreadFiles: ['/etc/systemd/system/k3s.service.env']}],
	])('is not missed of a unit that %s', (_what, changes) => {
		const found = find('proxy', network({proxies: proxy, units: [unit('k3s.service', none, changes)]}));
		expect(found.severity).toBe('note');
		for (const path of changes.unreadFiles ?? []) expect(found.all).toContain(path);
	});
});
