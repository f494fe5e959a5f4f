/**
 * Measures what a person feels, each beside a yardstick on the same machine in the same minute, and prints ratios:
 *
 *     npm run bench
 *
 * - first frame: from the start of the built program to its first frame, against `node -e 0`
 * - check: a whole look at this host, against its probes run one after another; the network is not asked
 * - line: bytes a second to the terminal while an install reports progress, against the 2 kB/s that a slow line carries
 * - switch, rollback, no-op: of an installation, without the smoke test, against a shell that pulls the link by hand
 * - unpacking: our own streaming unpacker, against `zstd -dc | tar x` (where both programs are there)
 */
import {execFile, spawn as spawnChild} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {createWriteStream, existsSync} from 'node:fs';
import {mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {fileURLToPath} from 'node:url';
import {spawn} from '@lydell/node-pty';
import xterm from '@xterm/headless';
import {build} from 'esbuild';
import {pack} from 'tar-stream';
import {bundleScreens} from '../test/screens/bundle.mjs';
import {changes} from './bench-change.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const rounds = 7;
const lineLimit = 2000;
/** Milliseconds of the played download that are measured. */
const lineMs = 8000;

const median = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const report = (what, measured, yardstick, ratio) =>
	console.log(`${what.padEnd(12)} ${measured.padEnd(26)} ${yardstick.padEnd(34)} ratio ${ratio.toFixed(2)}`);

/**
 * Runs a program in an 80×24 terminal until `seen` says so. It is asked after all output, with the visible screen, the
 * bytes so far, and how to type. Resolves with the milliseconds that this took.
 */
function inTerminal(args, seen) {
	return new Promise((resolve, reject) => {
		const begun = performance.now();
		const terminal = spawn(process.execPath, args, {cols: 80, rows: 24, name: 'xterm-256color', encoding: null});
		const screen = new xterm.Terminal({cols: 80, rows: 24, allowProposedApi: true});
		const text = () =>
			Array.from({length: 24}, (_, y) => screen.buffer.active.getLine(y)?.translateToString(true) ?? '').join('\n');
		const timer = setTimeout(() => finish(new Error(`nothing more after:\n${text()}`)), 120_000);
		let bytes = 0;
		function finish(error) {
			clearTimeout(timer);
			terminal.kill('SIGKILL');
			error ? reject(error) : resolve(performance.now() - begun);
		}
		terminal.onData(data => {
			bytes += data.length;
			screen.write(data, () => {
				if (seen(text(), bytes, keys => terminal.write(keys))) finish();
			});
		});
		terminal.onExit(() => finish(new Error(`it ended:\n${text()}`)));
	});
}

function runProgram(file, args, options = {}) {
	return new Promise((resolve, reject) => {
		const begun = performance.now();
		spawnChild(file, args, {stdio: 'ignore', ...options})
			.once('error', reject)
			.once('exit', code => (code === 0 ? resolve(performance.now() - begun) : reject(new Error(`${file}: ${code}`))));
	});
}

function outputOf(file, args) {
	return new Promise((resolve, reject) =>
		execFile(file, args, (error, stdout) => (error ? reject(error) : resolve(stdout))),
	);
}

/** Bundles a part of the program under a harness of ours. */
async function bundleHarness(entry, outfile) {
	await build({
		entryPoints: [join(root, entry)],
		outfile,
		bundle: true,
		platform: 'node',
		format: 'esm',
		target: 'node20',
		logLevel: 'error',
		banner: {js: "import {createRequire} from 'node:module'; const require = createRequire(import.meta.url);"},
	});
}

async function firstFrame() {
	const ours = [];
	const bare = [];
	for (let round = 0; round < rounds; round += 1) {
		bare.push(await runProgram(process.execPath, ['-e', '0']));
		ours.push(await inTerminal([join(root, 'bin/kata-setup.cjs')], text => text.includes('kata-setup')));
	}
	report(
		'first frame',
		`${median(ours).toFixed(0)} ms`,
		`node -e 0: ${median(bare).toFixed(0)} ms`,
		median(ours) / median(bare),
	);
}

async function check(folder) {
	const harness = join(folder, 'check.mjs');
	await writeFile(join(folder, 'package.json'), '{"name": "kata-setup"}');
	await symlink(join(root, 'assets'), join(folder, 'assets'));
	await bundleHarness('scripts/bench-check.ts', harness);
	const whole = [];
	const parts = [];
	for (let round = 0; round < rounds; round += 1) {
		const times = JSON.parse(await outputOf(process.execPath, [harness]));
		whole.push(times.whole);
		parts.push(times.parts);
	}
	report(
		'check',
		`${median(whole).toFixed(0)} ms`,
		`its probes in a row: ${median(parts).toFixed(0)} ms`,
		median(whole) / median(parts),
	);
}

/** The screens over a played run of ten seconds at the pace of a real download. */
async function line(folder) {
	const demo = join(folder, 'demo.mjs');
	await bundleScreens(join(root, 'test/screens/demo.tsx'), demo);
	const keys = [
		['go on', '\r'],
		['Which runtime', '\r'],
		['Which hypervisor', '\r'],
		['install now', 'i'],
	];
	let from = null;
	let measured = null;
	await inTerminal([demo, 'ok'], (text, bytes, type) => {
		if (keys[0] && text.includes(keys[0][0])) type(keys.shift()[1]);
		else if (from === null && text.includes('Installing')) from = {at: performance.now(), bytes};
		if (from === null || performance.now() - from.at < lineMs) return false;
		measured = {ms: performance.now() - from.at, bytes: bytes - from.bytes};
		return true;
	});
	const rate = (measured.bytes / measured.ms) * 1000;
	report('line', `${rate.toFixed(0)} B/s`, `limit: ${lineLimit} B/s`, rate / lineLimit);
}

/** A tree like a release's: a few large files that hardly compress, many small ones. */
async function writeTree(file) {
	const tar = pack();
	const written = pipeline(tar, createWriteStream(file));
	const add = (name, bytes) => new Promise(resolve => tar.entry({name, mode: 0o644}, bytes, resolve));
	for (let index = 0; index < 8; index += 1) {
		const half = randomBytes(6_000_000);
		await add(`./opt/kata/share/large-${index}`, Buffer.concat([half, Buffer.alloc(10_000_000), half]));
	}
	for (let index = 0; index < 400; index += 1) await add(`./opt/kata/share/small/${index}`, randomBytes(3000));
	await add('./opt/kata/VERSION', Buffer.from('0.0.0\n'));
	tar.finalize();
	await written;
}

async function unpacking(folder) {
	if (!['zstd', 'tar'].every(name => (process.env.PATH ?? '').split(':').some(path => existsSync(join(path, name))))) {
		console.log('unpacking    not measured: zstd or tar is not on this machine');
		return;
	}
	const tar = join(folder, 'tree.tar');
	await writeTree(tar);
	await runProgram('zstd', ['-q', '-3', tar]);
	const harness = join(folder, 'unpack.mjs');
	await bundleHarness('scripts/bench-unpack.ts', harness);
	const ours = [];
	const theirs = [];
	for (let round = 0; round < 3; round += 1) {
		const target = join(folder, `theirs-${round}`);
		await mkdir(target);
		theirs.push(await runProgram('sh', ['-c', `zstd -dcq "${tar}.zst" | tar x -C "${target}" && sync -f "${target}"`]));
		await rm(target, {recursive: true});
		ours.push(await runProgram(process.execPath, [harness, `${tar}.zst`, join(folder, `ours-${round}`)]));
		await rm(join(folder, `ours-${round}`), {recursive: true, force: true});
	}
	report(
		'unpacking',
		`${median(ours).toFixed(0)} ms`,
		`zstd | tar, flushed: ${median(theirs).toFixed(0)} ms`,
		median(ours) / median(theirs),
	);
}

const folder = await mkdtemp(join(tmpdir(), 'kata-setup-bench-'));
try {
	await firstFrame();
	await check(folder);
	await line(folder);
	await changes(join(root, 'bin/kata-setup.cjs'), runProgram, median, report);
	await unpacking(folder);
} finally {
	await rm(folder, {recursive: true, force: true});
}
