/** The containerd configurations that k3s, RKE2, k0s and MicroK8s write themselves. */
import {describeConfig} from '../../engines/containerd-dump.ts';
import {folderOf} from '../../engines/containerd-imports.ts';
import {parseToml} from '../../engines/toml-text.ts';
import {errnoOf} from '../../errors.ts';
import type {Host} from '../../host/host.ts';
import type {RenderedConfigFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';

/** Sources: k3s docs (agent/etc/containerd), k0s docs (/etc/k0s/containerd.toml), MicroK8s' snap (args). */
const places: readonly [engine: RenderedConfigFacts['engine'], path: string][] = [
	['k3s', '/var/lib/rancher/k3s/agent/etc/containerd/config.toml'],
	['rke2', '/var/lib/rancher/rke2/agent/etc/containerd/config.toml'],
	['k0s', '/etc/k0s/containerd.toml'],
	['microk8s', '/var/snap/microk8s/current/args/containerd.toml'],
];

export const renderedConfigsProbe: Probe<RenderedConfigFacts[]> = {
	name: 'rendered-configs',
	unknown: [],
	read: async host => (await Promise.all(places.map(([engine, path]) => readRendered(host, engine, path)))).flat(),
};

async function readRendered(
	host: Host,
	engine: RenderedConfigFacts['engine'],
	path: string,
): Promise<RenderedConfigFacts[]> {
	const nothing = {engine, path, version: null, imports: [], templates: []};
	try {
		const text = await host.files.readText(path);
		if (text === null) return [];
		const {version, imports} = describeConfig(parseToml(text));
		const names = (await quietly(host.files.list(folderOf(path)))) ?? [];
		// `config.toml.tmpl` and `config-v3.toml.tmpl` of k3s and RKE2; `containerd-template.toml` of MicroK8s.
		const templates = names.filter(name => /\.tmpl$|^containerd-template\.toml$/.test(name));
		return [
			{engine, path, version, imports, templates: templates.map(name => `${folderOf(path)}/${name}`), error: null},
		];
	} catch (error) {
		const why = errnoOf(error) ?? (error instanceof Error ? error.message.split('\n')[0] : null);
		return [{...nothing, error: why ?? String(error)}];
	}
}
