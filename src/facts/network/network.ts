/** How the network is reached from here and from the engines, and whether the release index answers. */
import type {Host} from '../../host/host.ts';
import {unitEnvironments} from '../engines/unit-environment.ts';
import type {NetworkFacts, UnitProxyFacts} from '../network-facts.ts';
import type {Probe} from '../probe.ts';
import {proxiesOf} from './proxies.ts';
import {askIndex} from './release-index.ts';

/** The services that pull images; those that are not on the host are left out of the answer. */
const engineUnits = [
	'containerd.service',
	'docker.service',
	'crio.service',
	'k3s.service',
	'k3s-agent.service',
	'rke2-server.service',
	'rke2-agent.service',
	'k0scontroller.service',
	'k0sworker.service',
	'snap.docker.dockerd.service',
	'snap.microk8s.daemon-containerd.service',
];

/**
 * @param environment the one that kata-setup was started with
 * @param index the release index to ask; null: none is asked
 */
export const networkProbe = (
	environment: Readonly<Record<string, string | undefined>>,
	index: string | null,
): Probe<NetworkFacts> => ({
	name: 'network',
	unknown: {proxies: proxiesOf({}), units: null, index: null},
	async read(host) {
		const [units, answer] = await Promise.all([readUnits(host), index === null ? null : askIndex(host, index)]);
		return {proxies: proxiesOf(environment), units, index: answer};
	},
});

async function readUnits(host: Host): Promise<UnitProxyFacts[] | null> {
	const units = await unitEnvironments(host, engineUnits);
	return (
		units?.map(({unit, active, variables, unreadFiles}) => ({
			unit,
			active,
			proxies: proxiesOf(variables),
			unreadFiles,
		})) ?? null
	);
}
