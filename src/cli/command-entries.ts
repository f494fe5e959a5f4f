/** Every command, as data: what it is for, and which flags it takes. What each does is in commands.ts. */
import {type FlagName, optionFlags} from './flags.ts';

export interface CommandEntry {
	/** One line for the overview. */
	help: string;
	/** More for the command's own page. */
	detail: string[];
	flags: readonly FlagName[];
	/** The name of a positional argument, if it takes one; in brackets if it may be left out. */
	argument?: string;
	hidden?: boolean;
}

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
const printing = ['json', 'help'] as const satisfies readonly FlagName[];
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
		flags: [...choosing, ...acting, 'plain'],
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
		detail: [
			'Where Kata is installed, the change that install would make of it.',
			'With --json the plan can be kept, reviewed and given to `apply`.',
		],
		flags: [...choosing, ...rehearsing, 'facts', ...printing],
	},
	apply: {
		help: 'carry out a plan from a file, if the host still is as it was planned for',
		detail: [
			'The plan is what `plan --json` printed; it is checked against the host before anything is done.',
			'What is in the way of it is refused unless it was accepted by --ignore, then or now; an archive without a digest',
			'unless it is accepted now.',
		],
		flags: ['allow-unverified', 'ignore', ...rehearsing, 'wait', 'yes', ...printing],
		argument: 'FILE',
	},
	status: {
		help: 'what is installed, what changed behind our back, and how the last run ended',
		detail: ['Changes nothing and needs no root.'],
		flags: [...rehearsing, ...printing],
	},
	test: {
		help: 'run the smoke test of the installation',
		detail: [
			'Passes only if a container ran in a VM of the chosen hypervisor.',
			'It asks nothing; --yes changes nothing of it.',
		],
		flags: [...rehearsing, 'wait', 'yes', ...printing],
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
		argument: '[PAIR]',
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
			'Your own files and edits stay and are named. The smoke test follows. What cannot be made right is named with its',
			'reason, the rest is made right, and the exit code is 3.',
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
	tidy: {help: 'internal', detail: [], flags: ['json'], hidden: true},
	worker: {help: 'internal', detail: [], flags: ['root', 'launch'], hidden: true},
} as const satisfies Record<string, CommandEntry>;

export type CommandName = keyof typeof commands;
