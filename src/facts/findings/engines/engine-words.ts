/** Words about engines that several findings share. */
import type {ContainerdFacts, EngineName, Facts} from '../../facts.ts';

export const engineTitles: Record<EngineName, string> = {
	containerd: 'containerd',
	docker: 'Docker',
	crio: 'CRI-O',
	k3s: 'k3s',
	rke2: 'RKE2',
	k0s: 'k0s',
	microk8s: 'MicroK8s',
	podman: 'Podman',
	nerdctl: 'nerdctl',
};

const byChart = "Kata's own way onto a cluster is the Helm chart kata-deploy, which knows";

/** What a person can do with Kata and that engine today, without this version's help. */
export const worksToday: Partial<Record<EngineName, string>> = {
	docker:
		'Docker 24 and later takes Kata by hand: in daemon.json a runtime with "runtimeType": "io.containerd.kata.v2" and "options": {"ConfigPath": "FILE"}, then `systemctl reload docker`. Docker 26 and later needs Kata 3.29 or later.',
	crio: 'CRI-O takes Kata by hand: a file in /etc/crio/crio.conf.d with runtime_type = "vm", runtime_root = "/run/vc" and a runtime_path that ends in containerd-shim-kata-v2, then `systemctl reload crio`.',
	k3s: `${byChart} k3s.`,
	rke2: `${byChart} RKE2.`,
	k0s: `${byChart} k0s.`,
	microk8s: `${byChart} MicroK8s.`,
	podman:
		'Podman cannot run Kata: it starts containers through command-line runtimes, and Kata has been a shim for containerd and CRI-O since its version 2.',
	nerdctl:
		'nerdctl works with a containerd that has Kata: `nerdctl run --runtime io.containerd.kata.v2 --net none IMAGE`.',
};

/** The containerds that this version can configure. */
export const plainContainerds = ({containerd}: Facts): ContainerdFacts[] =>
	containerd.filter(({ownedBy}) => ownedBy === null);

/** The one that will be configured; null if there is none, or more than one. */
export function plainContainerd(facts: Facts): ContainerdFacts | null {
	const [first, second] = plainContainerds(facts);
	return first && !second ? first : null;
}

/** Engines beside a plain containerd that run here: daemons, and owners of a containerd of their own. */
export const runningBeside = ({containerd, otherEngines}: Facts): EngineName[] => [
	...new Set([
		...containerd.map(({ownedBy}) => ownedBy).filter(owner => owner !== null),
		...otherEngines.filter(({running}) => running).map(({name}) => name),
	]),
];

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
	const last = words.at(-1) ?? '';
	return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${last}` : last;
}

/** `1 container`, `3 containers`. */
export const containersOf = (count: number): string => `${count} container${count === 1 ? '' : 's'}`;
