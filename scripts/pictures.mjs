/**
 * Makes the README's pictures from a run of the built program, driven through a pseudo-terminal as a person would.
 *
 *     node scripts/pictures.mjs                    the rehearsal, which needs nothing
 *     node scripts/pictures.mjs -- COMMAND ARGS…   another way to start the wizard, for example over ssh on a server
 *
 * Writes docs/{host,hypervisor,review,install,smoke-test}.svg.
 */
import {mkdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {spawn} from '@lydell/node-pty';
import xterm from '@xterm/headless';
import {terminalSvg} from './terminal-svg.mjs';

const size = {cols: 80, rows: 24};
const given = process.argv.indexOf('--');
/** A ceiling for each wait: a real smoke test may start a VM under emulation. */
const waitMs = given < 0 ? 60_000 : 300_000;
const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const program = fileURLToPath(new URL('../bin/kata-setup.cjs', import.meta.url));

/** What is waited for on the journey, what is pictured there, and the keys that lead on. */
const journey = [
	{until: /choose the runtime/, picture: 'host', title: 'kata-setup: the host', keys: '\r'},
	{until: /Which runtime/, keys: '\r'},
	// The second hypervisor is looked at, then the first is taken.
	{until: /❯ QEMU/, keys: 'j'},
	{until: /❯ Cloud Hypervisor/, picture: 'hypervisor', title: 'kata-setup: the hypervisors side by side', keys: 'k'},
	{until: /❯ QEMU/, keys: '\r'},
	{
		until: /nothing is changed yet/,
		picture: 'review',
		title: 'kata-setup: the plan before anything is changed',
		keys: 'i',
	},
	// With a real release a long step at work; a rehearsal is over so soon that any step will do.
	{until: given < 0 ? /Installing[\s\S]*▸/ : /━.* left/, picture: 'install', title: 'kata-setup: installing', keys: ''},
	{until: /⏎ leave/, picture: 'smoke-test', title: 'kata-setup: the result', keys: 'q'},
];

// The root's name is on the last screen, so it is a fixed one; a folder that is there already is not ours to use.
const root = join(tmpdir(), 'kata-setup-rehearsal');
if (given < 0) await mkdir(root);
const rehearsal = [process.execPath, program, '--rehearse', '--root', root];
const [file, ...args] = given < 0 ? rehearsal : process.argv.slice(given + 1);

const terminal = new xterm.Terminal({...size, allowProposedApi: true});
const child = spawn(file, args, {
	...size,
	name: 'xterm-256color',
	env: {...withoutCi(process.env), TERM: 'xterm-256color', LANG: 'C.UTF-8', LC_ALL: '', NO_COLOR: ''},
	encoding: null,
});
// Between these two a frame is being drawn (synchronized output): it is looked at when it is whole.
let drawing = false;
for (const [final, begins] of [
	['h', true],
	['l', false],
])
	terminal.parser.registerCsiHandler({prefix: '?', final}, params => {
		if (params.includes(2026)) drawing = begins;
		return false;
	});
let changed = () => {};
let ended = false;
child.onData(data => terminal.write(data, () => changed()));
child.onExit(() => {
	ended = true;
	terminal.write('', () => changed());
});
terminal.onData(data => child.write(data));

try {
	await mkdir(docs, {recursive: true});
	for (const {until, picture, title, keys} of journey) {
		await shown(until);
		if (picture) {
			await writeFile(join(docs, `${picture}.svg`), terminalSvg(terminal, title));
			console.log(`docs/${picture}.svg`);
		}
		if (keys) child.write(keys);
	}
	await shown(null);
} finally {
	if (!ended) child.kill('SIGTERM');
	if (given < 0) await rm(root, {recursive: true, force: true});
}

/** Programs draw less where CI is set; a picture is for people. */
function withoutCi(env) {
	return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(CI|CI_.*|CONTINUOUS_INTEGRATION)$/.test(name)));
}

function screenText() {
	const {active} = terminal.buffer;
	return Array.from(
		{length: size.rows},
		(_, y) => active.getLine(active.baseY + y)?.translateToString(true) ?? '',
	).join('\n');
}

/** Waits until the screen matches; null: until the program has ended. */
function shown(pattern) {
	return new Promise((resolve, reject) => {
		const settle = act => {
			clearTimeout(timer);
			changed = () => {};
			act();
		};
		const fail = why => settle(() => reject(new Error(`${why} ${pattern ?? 'the end'}. The screen:\n${screenText()}`)));
		const timer = setTimeout(() => fail('Never came:'), waitMs);
		changed = () => {
			if (pattern === null ? ended : !drawing && pattern.test(screenText())) settle(resolve);
			else if (ended) fail('The program ended before');
		};
		changed();
	});
}
