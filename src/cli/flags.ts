/**
 * Every command and every flag, as data. Parsing, `--help`, the environment variables and the README's table are made
 * from these two tables and from nothing else.
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

export interface CommandEntry {
	/** One line for the overview. */
	help: string;
	/** More for the command's own page. */
	detail: string[];
	flags: readonly FlagName[];
	/** The name of a positional argument, if it takes one. */
	argument?: string;
	hidden?: boolean;
}

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

/** How a release is had, and what a guest gets: for an install and for what changes one. */
const changing = [
	'archive',
	'sha256',
	'release-url',
	'allow-unverified',
	'no-restart',
	'guest-memory',
	'blockfile-size',
	'pool-size',
	...optionFlags,
	'no-test',
	'ignore',
] as const satisfies readonly FlagName[];
const choosing = [
	'runtime',
	'hypervisor',
	'version',
	'no-default-paths',
	'beside',
	...changing,
] as const satisfies readonly FlagName[];
const printing = ['plain', 'json', 'help'] as const satisfies readonly FlagName[];
const rehearsing = ['rehearse', 'root'] as const satisfies readonly FlagName[];
/** Of every command that makes a plan, shows it and carries it out. */
const acting = [...rehearsing, 'wait', 'yes', 'dry-run', ...printing] as const satisfies readonly FlagName[];

export const commands = {
	wizard: {
		help: 'the wizard: step by step on a terminal (when no command is given)',
		detail: ['Looks at the host, asks for runtime and hypervisor, shows the whole plan, installs and proves it.'],
		flags: [...choosing, ...rehearsing, 'help'],
	},
	install: {
		help: 'install Kata and prove that a container runs in a VM',
		detail: [
			'On a terminal the wizard asks what the flags leave open; --yes asks nothing, --plain asks once in plain lines.',
			'Without a terminal --yes is needed. --dry-run prints the plan instead.',
		],
		flags: [...choosing, ...acting],
	},
	check: {
		help: 'what this host is and whether Kata can run on it',
		detail: [
			'Changes nothing and needs no root. With --json the facts can be kept and given to --facts.',
			'The release index is asked whether it answers, unless --archive says that none is needed.',
			'With --fix it shows what is ours to mend, asks, does it as root, and checks again; `uninstall` takes it back.',
			"Passwords in containerd's configuration and in proxies' addresses are left out of what it prints.",
			'Exit codes: 0 Kata can run here; 12 it can, or may, with warnings; 3 something is in its way.',
		],
		flags: ['archive', 'release-url', ...rehearsing, 'facts', 'fix', 'yes', 'dry-run', ...printing],
	},
	list: {
		help: 'every runtime with every hypervisor: what can be chosen, or why not',
		detail: [
			'For this host, or with --arch for a host of that kind, without looking at this one. Changes nothing.',
			'With --release for that Kata release. The files that are named are those of the release.',
		],
		flags: ['arch', 'release', 'advanced', 'facts', ...rehearsing, 'markdown', ...printing],
	},
	explain: {
		help: 'the whole story of a runtime, hypervisor, pair, variant or option',
		detail: ["NAME is as `list --advanced` prints it, or an option of Kata's configuration, such as default_memory."],
		flags: printing,
		argument: 'NAME',
	},
	recommend: {
		help: 'the pair for this host, and why',
		detail: ['Changes nothing. With --json each reason has a name that stays. Exit code 3: nothing can be chosen.'],
		flags: ['runtime', 'release', 'facts', ...rehearsing, ...printing],
	},
	plan: {
		help: 'print what install would do',
		detail: ['With --json the plan can be kept, reviewed and given to `apply`.'],
		flags: [...choosing, ...rehearsing, 'facts', ...printing],
	},
	apply: {
		help: 'carry out a plan from a file, if the host still is as it was planned for',
		detail: ['The plan is what `plan --json` printed; it is checked against the host before anything is done.'],
		flags: [...rehearsing, 'wait', 'yes', ...printing],
		argument: 'FILE',
	},
	status: {
		help: 'what is installed, what changed behind our back, and how the last run ended',
		detail: ['Changes nothing and needs no root.'],
		flags: [...rehearsing, ...printing],
	},
	test: {
		help: 'run the smoke test of the installation',
		detail: ['Passes only if a container ran in a VM of the chosen hypervisor.'],
		flags: [...rehearsing, 'wait', ...printing],
	},
	switch: {
		help: 'another hypervisor, runtime or options for what is installed, proven or taken back',
		detail: [
			'PAIR is a hypervisor (clh), a runtime (go), or both (rust/dragonball, go/qemu-nvidia-cpu); what is left out stays',
			'as it is.',
			'What is unpacked is not downloaded again. If the smoke test cannot prove the new pair, the old one comes back.',
			'Sandboxes that run stay as they are until they end.',
		],
		flags: ['runtime', 'hypervisor', ...changing, ...acting],
		argument: 'PAIR',
	},
	upgrade: {
		help: 'another release of Kata beside the installed one, proven or taken back',
		detail: [
			'To the newest release, or the one of --version, be it older. The release before stays for `rollback`.',
			'Sandboxes that run keep theirs until they end.',
		],
		flags: ['version', ...changing, ...acting],
	},
	rollback: {
		help: 'back to the release, pair and options before the last change',
		detail: ['Needs no network: what it goes back to is still unpacked. Done twice it is as before.'],
		flags: ['no-restart', 'no-test', 'ignore', ...acting],
	},
	repair: {
		help: 'make right what changed behind our back, and nothing else',
		detail: [
			'Compares everything that kata-setup made with what is there, by its SHA-256. What is right is not touched.',
			'Only what is broken in a release is fetched again; --archive names its file where it was a local one.',
			'Your own files and edits stay and are named. The smoke test follows.',
		],
		flags: ['archive', 'no-restart', 'no-test', ...acting],
	},
	adopt: {
		help: 'make a Kata ours that somebody unpacked at /opt/kata, as it is',
		detail: [
			'It is moved to our trees by a rename, with a link in its place, configured, and proven or taken back.',
			'Without --runtime and --hypervisor as it is used now. Handlers written by hand and sandboxes that run go on.',
			"A package manager's, a snap's and kata-deploy's are refused. `uninstall` moves it back as it was.",
		],
		flags: [
			'runtime',
			'hypervisor',
			'no-default-paths',
			'no-restart',
			'guest-memory',
			...optionFlags,
			'no-test',
			'ignore',
			...acting,
		],
	},
	uninstall: {
		help: 'take everything of ours away again, byte for byte',
		detail: ["The engine's configuration goes out first, the files last. Files changed since stay and are named."],
		flags: [...acting],
	},
	finish: {
		help: 'do the rest of a run that was cut short, or stopped',
		detail: ['By the plan that was agreed to then; a step that was begun is undone and done again.'],
		flags: [...acting],
	},
	undo: {
		help: 'take back what a run did that was cut short, or stopped',
		detail: ['Afterwards the host is as before that run. An uninstall is not undone; `finish` goes on with it.'],
		flags: [...acting],
	},
	attach: {
		help: 'look at a run that goes on',
		detail: ['For example after a lost connection. Ctrl-C stops looking, not the run.'],
		flags: [...rehearsing, ...printing],
	},
	worker: {help: 'internal', detail: [], flags: ['root', 'launch'], hidden: true},
} as const satisfies Record<string, CommandEntry>;

export type CommandName = keyof typeof commands;

/** `--release-url` → `KATA_SETUP_RELEASE_URL`. */
export const environmentName = (flag: string): string => `KATA_SETUP_${flag.toUpperCase().replaceAll('-', '_')}`;
