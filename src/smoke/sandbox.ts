/**
 * The hypervisor of one sandbox, looked for while it runs: a process that carries the sandbox's id in its arguments or its
 * cgroup and whose executable is a hypervisor's, or the shim's own threads for Dragonball, which is linked into it.
 */
import {catalogue, type Hypervisor, hypervisors} from '../catalogue/catalogue.ts';
import {type ProcessFacts, programName, quietly, readProcesses} from '../facts/processes.ts';
import type {Host} from '../host/host.ts';

export interface SandboxHypervisor {
	hypervisor: Hypervisor;
	pid: number;
	/** The executable's path, as /proc/PID/exe tells it. */
	executable: string;
	/** Is that executable the active tree's? */
	inTree: boolean;
}

const shimName = 'containerd-shim-kata-v2';

/** Names of a process's threads when Dragonball's VM runs in it (vmm_instance.rs and vcpu_impl.rs of Kata 4.1.0). */
const dragonballThreads = {master: /^vmm_master/, processor: /^db_vcpu\d/};

/** Executables by hypervisor, from the catalogue. */
const binaries = hypervisors.map(hypervisor => ({
	hypervisor,
	names: [...new Set(catalogue.pairs.filter(pair => pair.hypervisor === hypervisor).map(pair => pair.binary))].filter(
		name => name !== null,
	),
}));

/** Whose executable is called so; null: no hypervisor's that we know. */
export const hypervisorOfExecutable = (name: string): Hypervisor | null =>
	binaries.find(({names}) => names.some(binary => name === binary || name.startsWith(`${binary}-`)))?.hypervisor ??
	null;

/**
 * All hypervisors that run for the sandbox right now.
 * @param id the container's id, which Kata gives its sandbox
 * @param tree the active tree; links in it are followed
 */
export async function findHypervisors(host: Host, id: string, tree: string): Promise<SandboxHypervisor[]> {
	const root = (await quietly(host.files.realPath(tree))) ?? tree;
	const found: SandboxHypervisor[] = [];
	for (const process of await readProcesses(host)) {
		const name = programName(process);
		const hypervisor = hypervisorOfExecutable(name);
		if (hypervisor && (await carriesId(host, process, id)))
			found.push(await described(host, process, hypervisor, root));
		if (name === shimName && process.argv.includes(id) && (await runsDragonball(host, process.pid)))
			found.push(await described(host, process, 'dragonball', root));
	}
	return found;
}

async function carriesId({files}: Host, {pid, argv}: ProcessFacts, id: string): Promise<boolean> {
	if (argv.some(word => word.includes(id))) return true;
	return ((await quietly(files.readText(`/proc/${pid}/cgroup`))) ?? '').includes(id);
}

async function runsDragonball({files}: Host, pid: number): Promise<boolean> {
	const threads = (await quietly(files.list(`/proc/${pid}/task`))) ?? [];
	const names = await Promise.all(threads.map(thread => quietly(files.readText(`/proc/${pid}/task/${thread}/comm`))));
	return Object.values(dragonballThreads).every(pattern => names.some(name => name !== null && pattern.test(name)));
}

async function described(
	host: Host,
	{pid, argv, exe}: ProcessFacts,
	hypervisor: Hypervisor,
	root: string,
): Promise<SandboxHypervisor> {
	const executable = exe ?? argv[0] ?? '';
	const inTree = exe?.startsWith(`${root}/`) || (hypervisor === 'firecracker' && (await isJailed(host, pid, root)));
	return {hypervisor, pid, executable, inTree};
}

/** Firecracker's jailer runs a copy of the executable inside a chroot: its path tells nothing, its bytes do. */
async function isJailed({files}: Host, pid: number, root: string): Promise<boolean> {
	const running = await quietly(files.read(`/proc/${pid}/exe`));
	const shipped = await quietly(files.read(`${root}/bin/firecracker`));
	return running !== null && shipped !== null && running.equals(shipped);
}
