/**
 * The text of /opt/kata-setup/uninstall: a small sh program that finds a Node and runs the kept kata-setup with it.
 *
 * Undoing needs Node: it edits an engine's TOML, asks the engine, and folds a journal, which sh does not do well. A Node in a
 * home folder is therefore kept beside the program; the system's own is named by its absolute path, and where that is gone
 * others are looked for. Run by root, it runs nothing that anybody else can write to.
 */
import {exitCodes} from '../errors.ts';
import {shellQuote} from '../plan/command.ts';
import {entryInPackage} from './package-files.ts';
import {rootsAloneInSh} from './trusted-in-sh.ts';

export interface UninstallScript {
	/** The version of kata-setup that is kept. */
	version: string;
	/** The folder of the kept package. */
	program: string;
	/** The Node that runs it: the one that is kept beside it, or the system's own. */
	node: string;
}

const mark = (version: string): string => `# kata-setup ${version}: takes away all that kata-setup put on this host.`;

/** What an uninstall script of ours says of itself; null if the text is none of ours. */
export function readUninstallScript(text: string): UninstallScript | null {
	const [, version] = /^#!\/bin\/sh\n# kata-setup (\S+): takes away all/.exec(text) ?? [];
	const [, program] = /^program=(\S+)$/m.exec(text) ?? [];
	const [, node] = /^kept_node=(.+)$/m.exec(text) ?? [];
	return version && program && node ? {version, program, node} : null;
}

/** The script's whole text. */
export const uninstallScript = ({version, program, node}: UninstallScript): string => `#!/bin/sh
${mark(version)}
# It needs neither npm nor a network, takes the flags of \`kata-setup uninstall\`, and goes itself at the end.
program=${shellQuote(program)}
kept_node=${shellQuote(node)}
entry=$program/${entryInPackage}

fail() {
	status=$1
	shift
	printf '%s\\n' "$@" >&2
	exit "$status"
}
${rootsAloneInSh}
# Run by root, nothing is run that anybody else may write to: no Node of a home folder.
trusted() { [ "$(id -u)" != 0 ] || roots_alone "$1"; }
# A Node that is too old says so by its exit status.
usable() { [ -x "$1" ] && [ ! -d "$1" ] && trusted "$1" && "$1" "$entry" --version >/dev/null 2>&1; }
find_node() {
	! usable "$kept_node" || { node=$kept_node && return; }
	rest=\${PATH:-}:/usr/local/bin:/usr/bin:/bin:
	while [ -n "$rest" ]; do
		folder=\${rest%%:*}
		rest=\${rest#*:}
		case $folder in /*) ;; *) continue ;; esac
		for name in node nodejs; do
			! usable "$folder/$name" || { node=$folder/$name && return; }
		done
	done
	return 1
}

[ -f "$entry" ] || fail ${exitCodes.incomplete.code} "The kept kata-setup is gone from $program." \\
	'From the network: npx kata-setup@${version} uninstall'
if [ -n "\${KATA_SETUP_NODE:-}" ]; then
	node=$KATA_SETUP_NODE
elif ! find_node; then
	fail ${exitCodes.host.code} 'There is no Node here that can run the uninstall: it needs 20.19 or newer.' \\
		"Looked for: $kept_node, and node on PATH. As root it takes only one that nobody else can write to." \\
		'Get one: on Debian 13, Fedora and RHEL 9 and later from the system'\\''s own packages (nodejs), else https://nodejs.org/en/download. Then run this again.' \\
		"Or name one that you trust: KATA_SETUP_NODE=/path/to/node $0"
fi
exec "$node" "$entry" uninstall "$@"
`;
