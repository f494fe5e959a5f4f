/** A node of a Kubernetes cluster: Kata may be set up on it, but a cluster has a better way. */

import {finding, type Judgement} from '../judgement.ts';
import {plainContainerd} from './engine-words.ts';

export const judgeKubernetes: Judgement = facts => {
	const {kubernetes} = facts;
	if (!kubernetes || kubernetes.signs.length === 0) return [];
	const containerd = plainContainerd(facts);
	const usesOurs = containerd !== null && kubernetes.endpoint === containerd.address;
	const noCri = usesOurs && containerd.config.criDisabled;
	return [
		finding({
			id: 'kubernetes',
			label: 'Kubernetes',
			severity: noCri ? 'warning' : 'note',
			summary: noCri
				? 'the kubelet needs the CRI plugin, which containerd has switched off'
				: kubernetes.kubelet === null
					? 'this host is, or was, a node of a cluster'
					: 'this host is a node of a cluster',
			detail: [
				...(kubernetes.endpoint ? [`Its kubelet starts pods through ${kubernetes.endpoint}.`] : []),
				'kata-setup adds a handler to containerd and nothing else: the default runtime stays as it is, and pods without a runtime class run as before. A RuntimeClass for the handler is for you to create.',
				'This sets up one host. For a whole cluster Kata has the Helm chart kata-deploy, which does the same on every node.',
			],
			sources: kubernetes.signs,
			remedy: noCri
				? [
						'Take `cri` out of disabled_plugins in the configuration of containerd and restart it, or the kubelet stays without one.',
					]
				: [],
		}),
	];
};
