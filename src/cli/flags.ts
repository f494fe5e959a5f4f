/**
 * Every flag, as data. Parsing, `--help`, the environment variables and the README's table are made from this and from the
 * table of commands (command-entries.ts), and from nothing else.
 */
import type {OptionName} from '../kataconfig/options.ts';

export interface FlagEntry {
	/**
	 * `boolean`, one `string`, a whole `number` above zero, or `list`: may be given several times. `switch`: on, or off by
	 * `=no`, or not given at all. `seconds`: a number behind a `=`, or without one for as long as it takes.
	 */
	type: 'boolean' | 'switch' | 'string' | 'number' | 'list' | 'seconds';
	/** What the value is called in the help. */
	value?: string;
	help: string;
	/** The values that are allowed, where they are few. */
	oneOf?: readonly string[];
}

/** By name, as typed after `--`. `KATA_SETUP_` and the name in capitals is the environment variable. */
export const flags = {
	runtime: {type: 'string', value: 'NAME', help: 'rust (the default since Kata 4.0) or go', oneOf: ['rust', 'go']},
	hypervisor: {
		type: 'string',
		value: 'NAME',
		help: 'qemu, cloud-hypervisor (clh), dragonball, firecracker (fc), stratovirt or a variant of one',
	},
	version: {type: 'string', value: 'V', help: 'the Kata release; default: the newest'},
	archive: {type: 'list', value: 'FILE', help: 'a local kata-static archive instead of a download; may be repeated'},
	sha256: {type: 'list', value: 'HEX', help: 'what the --archive at the same place must hash to; may be repeated'},
	'release-url': {type: 'string', value: 'URL', help: "a release index in the shape of GitHub's API, for mirrors"},
	'allow-unverified': {type: 'boolean', help: 'accept an archive for which no digest is known'},
	'no-restart': {type: 'boolean', help: 'do not restart containerd; the handler then works after your next restart'},
	'no-default-paths': {type: 'boolean', help: 'leave the paths alone that ctr and nerdctl use without being told'},
	beside: {type: 'boolean', help: 'beside another Kata, which keeps /opt/kata and the paths that ctr and nerdctl use'},
	'guest-memory': {
		type: 'number',
		value: 'MIB',
		help: "a guest's memory in MiB; default: 2048, or less where that does not fit",
	},
	'blockfile-size': {
		type: 'number',
		value: 'GIB',
		help: 'Firecracker: the size of the file that each layer and container gets; default: 1',
	},
	'pool-size': {
		type: 'number',
		value: 'GIB',
		help: 'Firecracker without blockfile: the size of the pool that all containers share; default: 20',
	},
	vcpus: {type: 'number', value: 'COUNT', help: 'the vCPUs that a guest boots with; default: 1'},
	debug: {type: 'switch', help: 'debug messages of hypervisor, agent and runtime; =no: off'},
	'shared-fs': {
		type: 'string',
		value: 'NAME',
		help: "how a container's files reach the guest; what is allowed goes by the hypervisor",
		oneOf: ['virtio-fs', 'inline-virtio-fs', 'virtio-9p'],
	},
	'sandbox-cgroup-only': {type: 'switch', help: 'one cgroup for the whole sandbox; =no: off'},
	'static-sizing': {type: 'switch', help: 'a VM gets its size when it starts, and keeps it; =no: off'},
	'vm-template': {type: 'switch', help: 'VMs start as copies of a template; =no: off'},
	hugepages: {type: 'switch', help: "a guest's memory is made of huge pages, which are to be reserved; =no: off"},
	rootless: {type: 'switch', help: 'the hypervisor runs without root rights; =no: off'},
	'no-test': {type: 'boolean', help: 'do not run the smoke test; nothing is proven then'},
	ignore: {
		type: 'list',
		value: 'FINDING',
		help: 'go on in spite of a blocker of `check`, by its name; may be repeated',
	},
	facts: {type: 'string', value: 'FILE', help: 'recorded facts (from `check --json`) instead of those of this host'},
	arch: {
		type: 'string',
		value: 'NAME',
		help: 'the matrix for that architecture, without looking at this host',
		oneOf: ['x86_64', 'aarch64', 's390x', 'ppc64le'],
	},
	release: {type: 'string', value: 'V', help: 'the matrix of that Kata release; default: the newest that is described'},
	advanced: {type: 'boolean', help: 'also the variants for special hosts: NVIDIA, confidential, Azure, remote'},
	markdown: {type: 'boolean', help: 'a table in Markdown'},
	fix: {type: 'boolean', help: 'load the kernel modules that are missing, now and at every boot; then check again'},
	'dry-run': {type: 'boolean', help: 'print the plan and do nothing'},
	rehearse: {type: 'boolean', help: 'do everything in a throwaway root, without root rights, network or a VM'},
	root: {type: 'string', value: 'DIR', help: "the rehearsal's root, to come back to it"},
	wait: {type: 'seconds', help: 'wait for another kata-setup, or for sandboxes, to end; =SECONDS: at most so long'},
	yes: {type: 'boolean', help: 'do it without asking'},
	plain: {type: 'boolean', help: 'plain lines instead of screens'},
	json: {type: 'boolean', help: 'JSON: one document, or for a run one event a line'},
	launch: {type: 'boolean', help: 'internal: start the worker in a session of its own'},
	help: {type: 'boolean', help: 'this text'},
} as const satisfies Record<string, FlagEntry>;

export type FlagName = keyof typeof flags;

type ValueOf<E extends FlagEntry> = E['type'] extends 'boolean'
	? boolean
	: E['type'] extends 'switch'
		? boolean | undefined
		: E['type'] extends 'list'
			? string[]
			: E['type'] extends 'number' | 'seconds'
				? number | undefined
				: string | undefined;

/** The flags as parsed: booleans default to false, lists to empty. */
export type Flags = {[N in FlagName]: ValueOf<(typeof flags)[N]>};

/** Named as the options of a choice: src/kataconfig/options.ts. */
export const optionFlags = [
	'vcpus',
	'debug',
	'shared-fs',
	'sandbox-cgroup-only',
	'static-sizing',
	'vm-template',
	'hugepages',
	'rootless',
] as const satisfies readonly (FlagName & OptionName)[];

/** `--release-url` → `KATA_SETUP_RELEASE_URL`. */
export const environmentName = (flag: string): string => `KATA_SETUP_${flag.toUpperCase().replaceAll('-', '_')}`;
