/** Every Kata that is on the host already, and who put it there. */
import type {Host} from '../host/host.ts';
import {kataPrefix, treesFolder} from '../layout.ts';
import type {KataInstallFacts, KataOwner} from './facts.ts';
import type {Probe} from './probe.ts';
import {quietly} from './processes.ts';
import {exists, readLine} from './read-text.ts';

export const kataProbe: Probe<KataInstallFacts[]> = {
	name: 'kata',
	unknown: [],
	async read(host) {
		const found = await Promise.all([
			...(await prefixes(host)).map(path => readPrefix(host, path)),
			...programs.map(path => readProgram(host, path)),
			readSnap(host),
		]);
		return found.filter(install => install !== null);
	},
};

/** Where distributions, scripts and old releases put the shim and the runtime's tool. */
const programs = ['/usr/bin', '/usr/local/bin'].flatMap(folder => [
	`${folder}/containerd-shim-kata-v2`,
	`${folder}/kata-runtime`,
]);

/** /opt/kata, and the folders of kata-deploy's installations with a suffix. */
async function prefixes({files}: Host): Promise<string[]> {
	const names = (await quietly(files.list('/opt'))) ?? [];
	return names.filter(name => name === 'kata' || /^kata-(?!setup$)/.test(name)).map(name => `/opt/${name}`);
}

async function readPrefix(host: Host, path: string): Promise<KataInstallFacts | null> {
	const stat = await quietly(host.files.stat(path));
	if (stat?.type !== 'directory' && stat?.type !== 'link') return null;
	const version = await readLine(host, `${path}/VERSION`);
	const target = stat.type === 'link' ? await quietly(host.files.realPath(path)) : null;
	if (target?.startsWith(`${treesFolder}/`))
		return {path, owner: 'kata-setup', version, evidence: `${path} is a link to ${target}.`};
	// Another folder of that name, for example one that somebody emptied, is in the way only at the prefix itself.
	if (path !== kataPrefix && version === null) return null;
	return {path, version, ...(await ownerOfPrefix(host, path))};
}

type Ownership = {owner: KataOwner; evidence: string};

async function ownerOfPrefix(host: Host, path: string): Promise<Ownership> {
	const suffix = path.slice(kataPrefix.length);
	const traces: {owner: KataOwner; path: string}[] = [
		...[
			`${path}/containerd/config.d/kata-deploy.toml`,
			`/etc/containerd/conf.d/kata-deploy${suffix}.toml`,
			`/etc/crio/crio.conf.d/99-kata-deploy${suffix}`,
			`/etc/k0s/containerd.d/kata-deploy${suffix}.toml`,
			`${path}/share/defaults/kata-containers/runtimes`,
			`${path}/share/defaults/kata-containers/runtime-rs/runtimes`,
		].map(trace => ({owner: 'kata-deploy' as const, path: trace})),
	];
	for (const trace of traces)
		if (await exists(host, trace.path))
			return {owner: trace.owner, evidence: `${trace.path} is written by kata-deploy.`};
	const package_ = await packageOf(host, path);
	if (package_) return {owner: 'package', evidence: `It belongs to the package ${package_}.`};
	const link = await quietly(host.files.readLink('/usr/bin/containerd-shim-kata-v2'));
	if (link?.startsWith(`${path}/`))
		return {
			owner: 'kata-manager',
			evidence: `/usr/bin/containerd-shim-kata-v2 points to ${link}, as kata-manager leaves it.`,
		};
	return {owner: 'unknown', evidence: `Nothing here says who made ${path}; it was probably unpacked by hand.`};
}

async function readProgram(host: Host, path: string): Promise<KataInstallFacts | null> {
	const stat = await quietly(host.files.stat(path));
	if (stat?.type === 'link') {
		// A link into a prefix is part of that installation, and ours point into the active pair.
		const target = (await quietly(host.files.realPath(path))) ?? (await quietly(host.files.readLink(path))) ?? '';
		if (/^\/opt\/kata|^\/etc\/kata-containers\/kata-setup\//.test(target)) return null;
	} else if (stat?.type !== 'file') return null;
	const package_ = await packageOf(host, path);
	return package_
		? {path, owner: 'package', version: null, evidence: `It belongs to the package ${package_}.`}
		: {path, owner: 'unknown', version: null, evidence: 'No package owns it; it was probably copied by hand.'};
}

/** The package that owns a path by dpkg or rpm, or null. Neither takes a lock for this. */
async function packageOf(host: Host, path: string): Promise<string | null> {
	const dpkg = await host.run('dpkg-query', ['--search', path]);
	if (dpkg.code === 0) return dpkg.stdout.split(':')[0]?.trim() || null;
	const rpm = await host.run('rpm', ['-qf', '--queryformat', '%{NAME}\\n', path]);
	return rpm.code === 0 ? rpm.stdout.split('\n')[0]?.trim() || null : null;
}

async function readSnap(host: Host): Promise<KataInstallFacts | null> {
	const path = '/snap/kata-containers/current';
	const yaml = await readLine(host, `${path}/meta/snap.yaml`);
	if (yaml === null) return null;
	const version = /^version:\s*['"]?([^'"\s]+)/m.exec(yaml)?.[1] ?? null;
	return {path, owner: 'snap', version, evidence: `${path}/meta/snap.yaml is there.`};
}
