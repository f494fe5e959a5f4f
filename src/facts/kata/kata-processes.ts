/** The processes of every Kata that runs now: shims, hypervisors, virtiofsd, and what else runs from a prefix. */
import type {Files, Host} from '../../host/host.ts';
import type {KataProcessFacts} from '../kata-facts.ts';
import type {Probe} from '../probe.ts';
import {type ProcessFacts, programName, quietly, sharedProcesses} from '../processes.ts';
import {saidPaths} from '../said-path.ts';
import {isShimName} from './kata-pieces.ts';

export const kataProcessesProbe: Probe<KataProcessFacts[]> = {
	name: 'kata-processes',
	unknown: [],
	async read(host) {
		const [processes, said] = await Promise.all([sharedProcesses(host), saidPaths(host)]);
		const found = processes.filter(process => isOfKata(process, said));
		return Promise.all(found.map(process => describe(host, process, said)));
	},
};

/** A path as it is called here: `saidPaths`. */
type Said = (path: string) => string;

const hypervisors = /^(qemu-system-\w+|cloud-hypervisor|firecracker|jailer|stratovirt|openvmm)$/;
const helpers = /^(virtiofsd|nydusd)$/;

/** The folders that a prefix is: ours by its tree, /opt/kata, kata-deploy's with a suffix, one moved aside as /opt/kata.old. */
const prefixOf = /^(\/opt\/kata-setup\/trees\/[^/]+|\/opt\/kata(?:[-.][^/]+)?)\//;

/** The tree by a path of it, all links resolved but those that we name; for a program of a distribution its folder. */
const treeOf = (path: string): string => prefixOf.exec(path)?.[1] ?? path.slice(0, path.lastIndexOf('/'));

/**
 * A shim by its name, everything that was started from a prefix, and the hypervisors of a distribution by the folders of
 * their sandbox: both runtimes put sockets under /run/vc or /run/kata and pass them as arguments.
 */
function isOfKata(process: ProcessFacts, said: Said): boolean {
	const name = programName(process);
	const path = said(process.exe ?? process.argv[0] ?? '');
	if (isShimName(name) || /^kata-(proxy|shim)$/.test(name)) return true;
	if (prefixOf.test(path) && !path.startsWith('/opt/kata-setup/staging/')) return true;
	const isMember = hypervisors.test(name) || helpers.test(name);
	return isMember && process.argv.some(argument => /\/run\/(vc|kata|kata-containers)\//.test(argument));
}

/** What follows `-name` or `--name`: Go's flags take both. */
function flagOf({argv}: ProcessFacts, name: string): string | null {
	const at = argv.findIndex(word => word === `-${name}` || word === `--${name}`);
	return at === -1 ? null : (argv[at + 1] ?? null);
}

/** Shims and jailers are told an id; hypervisors and virtiofsd have it in the paths of their sockets (as above). */
const sandboxPath = /\/run\/(?:vc\/(?:vm|sbs|firecracker)|kata-containers\/shared\/sandboxes|kata)\/([^/,\s]+)/;

function sandboxOf(process: ProcessFacts): string | null {
	const byPath = process.argv.map(word => sandboxPath.exec(word)?.[1]).find(id => id !== undefined);
	return flagOf(process, 'id') ?? byPath ?? null;
}

/** Dragonball runs inside the shim, which then holds what KVM gave it: the kernel names that file `anon_inode:kvm-vm`. */
async function holdsVm(files: Files, pid: number): Promise<boolean | null> {
	const folder = `/proc/${pid}/fd`;
	const names = await quietly(files.list(folder));
	if (names === null) return null;
	const targets = await Promise.all(names.map(name => quietly(files.readLink(`${folder}/${name}`))));
	return targets.includes('anon_inode:kvm-vm');
}

async function describe({files}: Host, process: ProcessFacts, said: Said): Promise<KataProcessFacts> {
	const program = programName(process);
	const kind = kindOf(program);
	const common = {
		pid: process.pid,
		program,
		kind,
		sandbox: sandboxOf(process),
		...(kind === 'shim' ? {namespace: flagOf(process, 'namespace'), vm: await holdsVm(files, process.pid)} : {}),
	};
	const exe = await quietly(files.readLink(`/proc/${process.pid}/exe`));
	if (exe !== null)
		return {...common, tree: treeOf(said(exe.replace(/ \(deleted\)$/, ''))), deleted: exe.endsWith(' (deleted)')};
	// The command line tells the tree only if its prefix is a folder: a link may have led elsewhere when it started.
	const prefix = prefixOf.exec(said(process.argv[0] ?? ''))?.[1] ?? null;
	const isFolder = prefix !== null && (await quietly(files.stat(prefix)))?.type === 'directory';
	return {...common, tree: isFolder ? prefix : null, deleted: null};
}

function kindOf(program: string): KataProcessFacts['kind'] {
	if (isShimName(program)) return 'shim';
	if (hypervisors.test(program)) return 'hypervisor';
	return program === 'virtiofsd' ? 'virtiofsd' : 'other';
}
