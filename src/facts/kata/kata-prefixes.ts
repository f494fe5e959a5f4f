/** The prefixes of unpacked Katas (/opt/kata and kata-deploy's with a suffix), and the traces of who made them. */
import type {Host} from '../../host/host.ts';
import {kataPrefix, shimInTree, treesFolder} from '../../layout.ts';
import type {KataOwner} from '../kata-facts.ts';
import {quietly} from '../processes.ts';
import {exists, readLine} from '../read-text.ts';
import {saidPaths} from '../said-path.ts';

export interface KataPrefix {
	path: string;
	version: string | null;
	/** Where it leads, in our words for that, if it is a link that resolves; null otherwise. */
	target: string | null;
	/** Whether it is a link, be it one that leads nowhere. */
	isLink: boolean;
	/** What of it is there and may belong to a package: itself, and files that every Kata has. */
	asked: string[];
}

/** Every prefix that is there. */
export async function kataPrefixes(host: Host): Promise<KataPrefix[]> {
	const names = (await quietly(host.files.list('/opt'))) ?? [];
	const paths = names.filter(name => name === 'kata' || /^kata-(?!setup$)/.test(name)).map(name => `/opt/${name}`);
	const said = await saidPaths(host);
	return (await Promise.all(paths.map(path => readPrefix(host, path, said)))).filter(prefix => prefix !== null);
}

async function readPrefix(host: Host, path: string, said: (real: string) => string): Promise<KataPrefix | null> {
	const stat = await quietly(host.files.stat(path));
	if (stat?.type !== 'directory' && stat?.type !== 'link') return null;
	const version = await readLine(host, `${path}/VERSION`);
	// Another folder of that name, for example one that somebody emptied, is in the way only at the prefix itself.
	if (path !== kataPrefix && version === null) return null;
	const real = stat.type === 'link' ? await quietly(host.files.realPath(path)) : null;
	const files = [`${path}/VERSION`, ...Object.values(shimInTree).map(shim => `${path}/${shim}`)];
	const there = await Promise.all(files.map(file => exists(host, file)));
	return {
		path,
		version,
		target: real === null ? null : said(real),
		isLink: stat.type === 'link',
		asked: [path, ...files.filter((_, index) => there[index])],
	};
}

export const isOurs = ({target}: KataPrefix): boolean => target?.startsWith(`${treesFolder}/`) ?? false;

/**
 * Who made a prefix that no package owns, by what only they leave.
 * Sources: kata-deploy 4.1.0 (get_containerd_paths, and its CRI-O and k0s files), its shell scripts up to 3.2x (a wrapper
 * for each shim in /usr/local/bin), and kata-manager.sh (links in /usr/bin, dated copies of containerd's configuration).
 */
export async function makerOf(host: Host, path: string): Promise<{owner: KataOwner; evidence: string}> {
	const suffix = path.slice(kataPrefix.length);
	const deployed = [
		`${path}/containerd/config.d/kata-deploy.toml`,
		`/etc/containerd/conf.d/kata-deploy${suffix}.toml`,
		`/etc/crio/crio.conf.d/99-kata-deploy${suffix}`,
		`/etc/k0s/containerd.d/kata-deploy${suffix}.toml`,
		...['k3s', 'rke2'].flatMap(name =>
			['config.toml.d', 'config-v3.toml.d'].map(
				folder => `/var/lib/rancher/${name}/agent/etc/containerd/${folder}/kata-deploy${suffix}.toml`,
			),
		),
		`${path}/share/defaults/kata-containers/runtimes`,
		`${path}/share/defaults/kata-containers/runtime-rs/runtimes`,
	];
	const traces = await Promise.all(deployed.map(trace => exists(host, trace)));
	const trace = deployed.find((_, index) => traces[index]) ?? (suffix === '' ? await wrapper(host) : null);
	if (trace) return {owner: 'kata-deploy', evidence: `${trace} is written by kata-deploy.`};
	const link = await quietly(host.files.readLink('/usr/bin/containerd-shim-kata-v2'));
	if (link?.startsWith(`${path}/`))
		return {
			owner: 'kata-manager',
			evidence: `/usr/bin/containerd-shim-kata-v2 points to ${link}, as kata-manager leaves it.`,
		};
	const copy = ((await quietly(host.files.list('/etc/containerd'))) ?? []).find(name =>
		name.startsWith('config.toml-pre-kata-'),
	);
	if (copy && suffix === '')
		return {owner: 'kata-manager', evidence: `/etc/containerd/${copy} is a copy that kata-manager makes.`};
	return {owner: 'unknown', evidence: `Nothing here says who made ${path}; it was probably unpacked by hand.`};
}

/** kata-deploy's shell scripts made a shim for every hypervisor: `containerd-shim-kata-qemu-v2`. */
async function wrapper({files}: Host): Promise<string | null> {
	const names = (await quietly(files.list('/usr/local/bin'))) ?? [];
	const name = names.find(entry => /^containerd-shim-kata-.+-v2$/.test(entry));
	return name ? `/usr/local/bin/${name}` : null;
}
