/**
 * Switch, rollback and a wish that is so already, in a rehearsal without its smoke test; each against a shell that copies the
 * configuration and pulls the link by hand. The shell checks nothing, proves nothing and cannot go back: the ratio says what
 * all of that costs, and most of it is the start of Node, which is given beside it.
 */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const byHand = root =>
	[
		'set -e',
		`cd "${root}/etc/kata-containers/kata-setup"`,
		'from=$(readlink active)',
		'mkdir -p by-hand',
		'cp "$from/configuration.toml" by-hand/configuration.toml',
		'ln -sfn by-hand active.new && mv -T active.new active',
		'ln -sfn "$from" active.new && mv -T active.new active',
		'rm -r by-hand',
	].join('\n');

/**
 * @param {string} program the built bin/kata-setup.cjs
 * @param {(file: string, args: string[]) => Promise<number>} run gives milliseconds; throws where the program fails
 * @param {(values: number[]) => number} median
 * @param {(what: string, measured: string, yardstick: string, ratio: number) => void} report
 */
export async function changes(program, run, median, report) {
	const root = await mkdtemp(join(tmpdir(), 'kata-setup-bench-change-'));
	const kataSetup = (...words) =>
		run(process.execPath, [program, ...words, '--yes', '--no-test', '--rehearse', '--root', root]);
	try {
		await kataSetup('install', '--hypervisor', 'qemu');
		const times = {switch: [], rollback: [], 'no-op': []};
		const shell = [];
		const node = [];
		for (let round = 0; round < 5; round += 1) {
			times.switch.push(await kataSetup('switch', 'clh'));
			times['no-op'].push(await kataSetup('switch', 'clh'));
			times.rollback.push(await kataSetup('rollback'));
			// Pulled twice, there and back.
			shell.push((await run('sh', ['-c', byHand(root)])) / 2);
			node.push(await run(process.execPath, ['-e', '0']));
		}
		for (const [what, values] of Object.entries(times))
			report(
				what,
				`${median(values).toFixed(0)} ms`,
				`by hand: ${median(shell).toFixed(0)} ms (node -e 0: ${median(node).toFixed(0)} ms)`,
				median(values) / median(shell),
			);
	} finally {
		await rm(root, {recursive: true, force: true});
	}
}
