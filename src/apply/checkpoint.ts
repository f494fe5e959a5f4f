/**
 * Named places at which a test can stop the worker dead: with KATA_SETUP_TEST_CHECKPOINT set to a place's name (or the
 * beginning of one), the process announces it in the file KATA_SETUP_TEST_REACHED and waits to be killed there; without
 * that file it kills itself at once. With a signal's name in KATA_SETUP_TEST_SIGNAL it sends itself that, and goes on. The
 * idea is rustup's. Without the variable this is one comparison.
 */
import {writeFile} from 'node:fs/promises';

/** Waits for ever, or gets a signal, if a test asked for this place; else returns at once. */
export async function checkpoint(name: string): Promise<void> {
	const wanted = process.env.KATA_SETUP_TEST_CHECKPOINT;
	if (wanted === undefined || wanted === '' || !name.startsWith(wanted)) return;
	const signal = process.env.KATA_SETUP_TEST_SIGNAL;
	if (signal) {
		process.kill(process.pid, signal);
		return;
	}
	const reached = process.env.KATA_SETUP_TEST_REACHED;
	if (reached) await writeFile(reached, name);
	else process.kill(process.pid, 'SIGKILL');
	setInterval(() => undefined, 60_000);
	await new Promise(() => undefined);
}
