/**
 * How kata-setup becomes root without root ever executing a file that the person can write to.
 *
 * npx unpacks us into the person's home folder, and nvm puts Node there. Handing those paths to sudo would have root execute,
 * for as long as a run takes, files that every process of the person can replace. So the bytes are handed over instead: sudo is
 * given a short sh program, fixed text of ours, and on its standard input an archive of the package (and of Node, where that is
 * not root's alone and no install of ours has kept one). It puts them into a new folder that only root may enter, compares
 * their SHA-256 with the one on its command line, and runs the copy. Root opens no path of the home folder, so links, pipes
 * and a network home that is closed to root do no harm either, and what sudo writes into its log names the bytes that were run.
 *
 * What this protects from: files that change between the check and the use, because what was checked is what is run; npm's
 * cache or nvm being tidied or updated while root works from it; other users, who can write to none of these places; and a
 * later run of root from a file that somebody prepared meanwhile.
 *
 * What it cannot protect from: a process that already acts as the person before sudo is asked. It may replace the package
 * before it is started, change this process's memory, or put its own `sudo` into the person's PATH; the digest comes from the
 * same person as the bytes, so it proves that they arrived whole and not that they are ours. Where that person may become root,
 * such a process may too: that is sudo's own bargain, and no installer can better it. That the package is what was published
 * is npm's to say.
 */
import {createHash} from 'node:crypto';
import {createReadStream, statSync} from 'node:fs';
import {stat} from 'node:fs/promises';
import {Readable, Transform} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {fileURLToPath} from 'node:url';
import {type Pack, pack} from 'tar-stream';
import {KataSetupError} from '../errors.ts';
import {copyLetters, copyParents, copyPrefix} from './copies.ts';
import {nodeForRoot, runningNode} from './node.ts';
import {bundleInPackage, packageFiles, readPackageFile} from './package-files.ts';
import {rootsAloneInSh} from './trusted-in-sh.ts';

/** `dd` reads a pipe in blocks of this size exactly; the archive is filled up to whole ones, and the task follows it. */
const block = 65_536;

/** The program that sudo is given. $1: blocks of the archive; $2: its SHA-256; $3: a Node of root's, or nothing; then our words. */
export const rootProgram = `set -u
blocks=$1 digest=$2 node=$3
shift 3
unset NODE_OPTIONS NODE_PATH
HOME=/root
export HOME
copy=
trap '[ -z "$copy" ] || rm -rf "$copy"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
fail() {
	printf '{"error":{"exit":"%s","message":"%s","why":"%s","remedy":["%s"],"evidence":[]}}\\n' "$@"
	exit 1
}
${rootsAloneInSh}
for parent in ${copyParents.join(' ')}; do
	[ -d "$parent" ] && roots_alone "$parent" || continue
	copy=$(mktemp -d "$parent/${copyPrefix}${copyLetters}" 2>/dev/null) || continue
	# Where programs may not be executed, the copy is of no use.
	if printf '#!/bin/sh\\n' >"$copy/try" && chmod 700 "$copy/try" && "$copy/try"; then break; fi 2>/dev/null
	rm -rf "$copy"
	copy=
done
[ -n "$copy" ] || fail privileges 'There is no folder from which root can run a copy of kata-setup.' \\
	'None of ${copyParents.join(', ')} is root’s alone and lets programs be executed.' 'Run the same command as root.'
cd "$copy" || exit 1
rm -f try
umask 022
dd bs=${block} count="$blocks" iflag=fullblock of=archive 2>/dev/null || fail host \\
	'The copy of kata-setup for root could not be written.' "There may be no room in $copy." "Look at it: df -h $copy"
[ "$(sha256sum <archive | cut -c 1-64)" = "$digest" ] || fail changed \\
	'What arrived as kata-setup is not what was sent, and is not run.' \\
	'Its SHA-256 is another one: its files were changed meanwhile, or there is no room.' 'Try again.'
tar -xf archive || fail host 'The copy of kata-setup for root could not be unpacked.' \\
	"There may be no room in $copy." "Look at it: df -h $copy"
rm -f archive
if [ -z "$node" ]; then
	node=$copy/node
	"$node" --version >/dev/null 2>&1 || fail host 'The Node that runs kata-setup does not run from a copy.' \\
		'It may need libraries that lie beside it.' 'Use the Node of the system, or of nodejs.org, or run the same command as root.'
else
	roots_alone "$node" || fail privileges "$node is not root’s alone, and is not run as root." \\
		'Somebody else may write to it, or to a folder above it.' 'Try again.'
fi
# The worker outlives this, and removes the copy itself.
[ "$1" != worker ] || exec "$node" "$copy/${bundleInPackage}" "$@"
"$node" "$copy/${bundleInPackage}" "$@"
`;

/** The bytes for root, and how they are told to `rootProgram`. */
export interface Handover {
	/** The words after `sh -c`: the program, its name, its three arguments. Those of kata-setup follow. */
	words: string[];
	/** What goes to its standard input, and `task` behind it. Each call reads the files again. */
	input(task: string): Readable;
}

/** As it was when this process began: npm may put another version in its place while a person reads. */
const began = identityOf(statSync(fileURLToPath(import.meta.url)));

function identityOf({ino, size, mtimeMs}: {ino: number; size: number; mtimeMs: number}): string {
	return [ino, size, mtimeMs].join(' ');
}

/**
 * Reads the package, and Node where root must not run it where it lies.
 * @throws KataSetupError (`changed`) if the program's own file is not the one that this process was started from
 */
export async function handOver(): Promise<Handover> {
	if (identityOf(await stat(fileURLToPath(import.meta.url))) !== began)
		throw new KataSetupError('changed', 'kata-setup’s own files were replaced while it ran.', {
			why: 'Root would run another program than the one that you looked at.',
			remedy: 'Start it again.',
		});
	const node = (await nodeForRoot()) ?? '';
	const hash = createHash('sha256');
	let bytes = 0;
	for await (const chunk of archive(node === '')) {
		hash.update(chunk as Buffer);
		bytes += (chunk as Buffer).length;
	}
	return {
		words: [rootProgram, 'kata-setup', String(bytes / block), hash.digest('hex'), node],
		input: task =>
			Readable.from(
				(async function* both() {
					yield* archive(node === '');
					yield task;
				})(),
			),
	};
}

/** A tar archive of whole blocks. All in it is root's, and as old as everything else: the same files give the same bytes. */
function archive(withNode: boolean): Readable {
	const packed = pack();
	let length = 0;
	const filled = new Transform({
		transform(chunk: Buffer, _encoding, done) {
			length += chunk.length;
			done(null, chunk);
		},
		flush(done) {
			done(null, Buffer.alloc((block - (length % block)) % block));
		},
	});
	void packAll(packed, withNode).catch((error: unknown) => packed.destroy(error as Error));
	pipeline(packed, filled).catch(() => undefined); // whoever reads `filled` gets the error
	return filled;
}

async function packAll(packed: Pack, withNode: boolean): Promise<void> {
	const common = {uid: 0, gid: 0, mtime: new Date(0)};
	for (const name of await packageFiles()) {
		const content = await readPackageFile(name);
		await new Promise<void>((resolve, reject) =>
			packed.entry({...common, name, mode: 0o644}, content, error => (error ? reject(error) : resolve())),
		);
	}
	if (withNode) {
		const {size} = await stat(runningNode);
		const entry = packed.entry({...common, name: 'node', mode: 0o755, size});
		await pipeline(createReadStream(runningNode), entry);
	}
	packed.finalize();
}
