/**
 * A stand-in for Kata's containerd shim, for tests: it speaks containerd's shim protocol (version 2, over ttRPC) and boots a
 * real guest kernel with the QEMU of its own release. Rust or go, and of which release, it sees from where it lies.
 *
 * How it behaves is told by settings (settings.ts), by default `{"mode": "vm", "accel": "tcg"}`. The places, of which a
 * later one wins:
 *
 *     share/kata-stand-in/stand-in.json in its tree       made with the release (`settings` of makeRelease)
 *     KATA_STAND_IN_MODE, _ACCEL, _TEXT, _LOG, …          the environment of the containerd that starts it
 *     KATA_STAND_IN_SETTINGS                              there too: the path of such a JSON file, read at each Create
 *     stand-in.json beside the resolved configuration     read at each Create
 *
 *     mode `vm`          boots a guest and runs the entrypoint in it
 *          `no-vm`       runs the entrypoint on the host's kernel and answers as if all was well
 *          `wrong-vm`    boots a guest with a program outside of the tree (`wrongExecutable`)
 *          `fail`        refuses Create with `text`, by default what Kata says without /dev/kvm
 *          `fail-start`  ends before it answers at all, with `text` on the standard error (not by the file beside the
 *                        configuration, which is not known by then)
 *          `hang`        never answers Create
 *          `die`         crashes in Create with a segmentation fault
 *
 * What it leaves out: exec, pause, update, users, working folders, capabilities and limits, stdin, and more than one container
 * in a sandbox. Standard error is mixed into standard output.
 */

import {readArguments} from './arguments.ts';
import {timestamp} from './events.ts';
import {removeSandbox} from './leftovers.ts';
import {encode} from './protobuf.ts';
import {SIGKILL, statusOfSignal} from './running.ts';
import {serve, start} from './server.ts';
import {versionLine} from './tree.ts';

const args = readArguments(process.argv.slice(2));

const actions: Record<string, () => void | Promise<void>> = {
	version: () => console.log(versionLine),
	start: () => start(args),
	serve: () => serve(args),
	/** What containerd runs when a shim is gone or could not be started: clean up and tell how the container ended. */
	delete: () => {
		removeSandbox(args);
		process.stdout.write(
			encode([
				[2, statusOfSignal(SIGKILL)],
				[3, timestamp(new Date())],
			]),
		);
	},
};

async function main(): Promise<void> {
	const action = actions[args.action];
	if (!action) throw new Error(`unknown action "${args.action}"`);
	await action();
}

main().catch((error: unknown) => {
	process.stderr.write(error instanceof Error ? error.message : String(error));
	process.exit(1);
});
