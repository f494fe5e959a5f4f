/** Proxies that reach one of the two who need them: kata-setup, which downloads, and the engine, which pulls images. */
import type {NetworkFacts, ProxyFacts, UnitProxyFacts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement, unreadWhy} from '../judgement.ts';

const common = {id: 'proxy', label: 'Proxy'};

/** The proxy that https goes through: registries and releases are reached by it. */
export const addressOf = ({https, all}: ProxyFacts): string | null => https ?? all;

/** The variables as they stand before a command. */
export const withProxy = (proxies: ProxyFacts): string =>
	[`HTTPS_PROXY=${addressOf(proxies)}`, ...(proxies.no === null ? [] : [`NO_PROXY=${proxies.no}`])].join(' ');

export const judgeProxy: Judgement = facts => {
	const {network} = facts;
	if (!network || unreadWhy(facts, 'network')) return [];
	const {proxies, units} = network;
	const ours = addressOf(proxies);
	const running = (units ?? []).filter(({active}) => active);
	const without = running.filter(unit => addressOf(unit.proxies) === null && unit.unreadFiles.length === 0);
	const withOne = running.filter(unit => addressOf(unit.proxies) !== null);
	if (ours !== null && without.length > 0) return [onlyHere(network, ours, without, facts.privileges.uid === 0)];
	if (ours === null && withOne.length > 0) return [onlyThere(withOne)];
	if (ours === null) return [];
	return [
		finding({
			...common,
			severity: 'note',
			summary: `the network is reached through ${ours}`,
			detail: [
				...hidden([proxies]),
				...withOne.map(unit => `${unit.unit} reaches it through ${addressOf(unit.proxies)}.`),
				...unreadable(running),
			],
			sources: sourcesOf(units),
		}),
	];
};

/** The download works and pulling images hangs. Kata is installed and proven all the same: the smoke test pulls nothing. */
function onlyHere(network: NetworkFacts, proxy: string, units: UnitProxyFacts[], isRoot: boolean): Finding {
	const names = units.map(({unit}) => unit);
	const [first = ''] = names;
	const lines = [
		'[Service]',
		`Environment="HTTPS_PROXY=${proxy}"`,
		...(network.proxies.no === null ? [] : [`Environment="NO_PROXY=${network.proxies.no}"`]),
	];
	return finding({
		...common,
		severity: 'warning',
		summary: `a proxy is set here, and not for ${names.join(', ')}`,
		detail: [
			`The environment names ${proxy}; ${names.join(' and ')} ${names.length > 1 ? 'have' : 'has'} no proxy, so that images may not be pulled.`,
			'Installing Kata and its smoke test pull no image and are not concerned.',
			...hidden([network.proxies]),
		],
		sources: sourcesOf(network.units),
		remedy: [
			`If images are pulled through it: write /etc/systemd/system/${first}.d/http-proxy.conf with the lines ${lines.map(line => `\`${line}\``).join(' and ')}`,
			`Then: ${isRoot ? '' : 'sudo '}systemctl daemon-reload; a restart of ${first} puts it in force.`,
		],
	});
}

/** Images are pulled and the download hangs, unless the index answers without. sudo drops the variables too. */
function onlyThere(units: UnitProxyFacts[]): Finding {
	const [unit] = units;
	const proxies = unit?.proxies;
	return finding({
		...common,
		severity: 'note',
		summary: `${unit?.unit} has a proxy, and this shell has none`,
		detail: [
			...units.map(({unit: name, proxies: its}) => `${name} reaches the network through ${addressOf(its)}.`),
			'sudo and a login by other means may drop the variables; kata-setup hands its own to the part that runs as root.',
			...(proxies ? hidden([proxies]) : []),
		],
		sources: sourcesOf(units),
		remedy: proxies ? [`If the download does not work without it: ${withProxy(proxies)} kata-setup`] : [],
	});
}

const hidden = (proxies: ProxyFacts[]): string[] =>
	proxies.some(({credentials}) => credentials) ? ['Its name and password are left out here and in --json.'] : [];

const unreadable = (units: UnitProxyFacts[]): string[] =>
	units.flatMap(({unit, unreadFiles}) =>
		unreadFiles.map(path => `${unit} may have more in ${path}, which only root may read.`),
	);

const sourcesOf = (units: readonly UnitProxyFacts[] | null): string[] => [
	'the environment',
	...(units ?? []).map(({unit}) => `systemctl show --property=Environment,EnvironmentFiles ${unit}`),
];
