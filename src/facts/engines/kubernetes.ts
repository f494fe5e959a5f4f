/** Whether this host is a node of a Kubernetes cluster. */
import type {Host} from '../../host/host.ts';
import type {KubernetesFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {programName, quietly, sharedProcesses} from '../processes.ts';
import {exists} from '../read-text.ts';

/** What kubeadm, a running kubelet and the distributions leave behind; an empty /etc/kubernetes is left by packages. */
const nodeFiles = [
	'/etc/kubernetes/kubelet.conf',
	'/etc/kubernetes/manifests/kube-apiserver.yaml',
	'/var/lib/kubelet/config.yaml',
	'/var/lib/kubelet/pki',
	'/var/lib/rancher/k3s/agent',
	'/var/lib/rancher/rke2/agent',
	'/var/lib/k0s/kubelet.conf',
	'/var/snap/microk8s/current/args/kubelet',
];

/** Where kubeadm and the kubelet's own configuration name the CRI socket. */
const endpointFiles: readonly [path: string, pattern: RegExp][] = [
	['/var/lib/kubelet/config.yaml', /^\s*containerRuntimeEndpoint:\s*"?([^"\s]+)/m],
	['/var/lib/kubelet/kubeadm-flags.env', /--container-runtime-endpoint[= ]"?([^"\s]+)/],
	['/var/snap/microk8s/current/args/kubelet', /--container-runtime-endpoint[= ]"?([^"\s]+)/],
];

export const kubernetesProbe: Probe<KubernetesFacts> = {
	name: 'kubernetes',
	unknown: {kubelet: null, signs: [], endpoint: null},
	read: readKubernetes,
};

export async function readKubernetes(host: Host): Promise<KubernetesFacts> {
	const kubelet = (await sharedProcesses(host)).find(process => programName(process) === 'kubelet') ?? null;
	const found = await Promise.all(nodeFiles.map(async path => ((await exists(host, path)) ? [path] : [])));
	const flag = /--container-runtime-endpoint[= ](\S+)/.exec(kubelet?.argv.join(' ') ?? '')?.[1];
	const named = flag ?? (await endpointOfFiles(host));
	return {
		kubelet: kubelet?.pid ?? null,
		signs: [...(kubelet ? [`process ${kubelet.pid}, ${kubelet.exe ?? kubelet.argv[0]}`] : []), ...found.flat()],
		endpoint: named?.replace(/^unix:\/\//, '') ?? null,
	};
}

async function endpointOfFiles({files}: Host): Promise<string | null> {
	for (const [path, pattern] of endpointFiles) {
		const named = pattern.exec((await quietly(files.readText(path))) ?? '')?.[1];
		if (named !== undefined) return named;
	}
	return null;
}
