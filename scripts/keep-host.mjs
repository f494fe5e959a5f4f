/**
 * Keeps what this version leaves on a host, for test/rehearsal/old-hosts.test.ts, which every later version must pass:
 *
 *     npm run build && node scripts/keep-host.mjs VERSION      writes test/fixtures/hosts/VERSION-JOURNEY.json
 *
 * `bare` is the rehearsal's server with the archive, `installed` what a journey of commands adds to it or changes (null:
 * takes away). Each ends with rust and QEMU. Of the kept program, which is large and of no form of its own, only the names are kept.
 */
import {spawnSync} from 'node:child_process';
import {lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const top = join(import.meta.dirname, '..');
const [, , version, program = join(top, 'bin/kata-setup.cjs')] = process.argv;
if (!version) {
	console.error('usage: keep-host.mjs VERSION [PROGRAM]');
	process.exit(2);
}

const pair = ['--runtime', 'rust', '--hypervisor', 'qemu'];
const install = ['install', '--yes', '--no-test', ...pair];
/** Its commands; and first, for adopting, a release unpacked by hand. */
const journeys = {
	installed: {commands: [install]},
	changed: {
		commands: [
			install,
			['switch', 'dragonball', '--yes', '--no-test'],
			['switch', 'go/qemu', '--yes', '--no-test'],
			['switch', 'rust/qemu', '--yes', '--no-test', '--guest-memory', '1024', '--debug'],
		],
	},
	adopted: {byHand: true, commands: [['adopt', '--yes', '--no-test', ...pair]]},
};

/** Path → mode, and a link's target or a file's content: as text where it is some, else in base64. */
function listing(root) {
	const entries = readdirSync(root, {recursive: true, withFileTypes: true}).map(entry => {
		const physical = join(entry.parentPath, entry.name);
		const path = physical.slice(root.length);
		if (entry.isSymbolicLink()) return [path, {link: readlinkSync(physical)}];
		const mode = (lstatSync(physical).mode & 0o7777).toString(8);
		if (entry.isDirectory()) return [path, {mode}];
		if (path.startsWith('/opt/kata-setup/program/')) return [path, {mode, text: ''}];
		const bytes = readFileSync(physical);
		const text = bytes.toString('utf8');
		return [path, Buffer.from(text).equals(bytes) ? {mode, text} : {mode, base64: bytes.toString('base64')}];
	});
	return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function run(file, words) {
	const {status, stderr, error} = spawnSync(file, words, {encoding: 'utf8'});
	if (status !== 0) throw error ?? new Error(`${words.join(' ')} ended with ${status}:\n${stderr}`);
}

function unpackByHand(root) {
	const releases = join(root, 'srv/kata-release');
	const archive = readdirSync(releases).find(name => name.startsWith('kata-static-'));
	// The archive's names begin with ./opt/kata.
	run('tar', ['--zstd', '-xf', join(releases, archive), '-C', root]);
}

function keep(journey, {byHand = false, commands}) {
	const folder = mkdtempSync(join(tmpdir(), 'kata-setup-keep-'));
	const root = join(folder, 'root');
	const kataSetup = words => run(process.execPath, [program, ...words, '--rehearse', '--root', root]);
	try {
		// A rehearsal makes an archive when it is asked for first.
		for (const runtime of ['rust', 'go']) kataSetup(['plan', '--runtime', runtime, '--hypervisor', 'qemu']);
		if (byHand) unpackByHand(root);
		const bare = listing(root);
		for (const words of commands) kataSetup(words);
		const after = listing(root);
		const gone = Object.keys(bare).filter(path => !(path in after));
		const changed = Object.entries(after).filter(
			([path, entry]) => JSON.stringify(entry) !== JSON.stringify(bare[path]),
		);
		const kept = {bare, installed: Object.fromEntries([...gone.map(path => [path, null]), ...changed])};
		writeFileSync(join(top, `test/fixtures/hosts/${version}-${journey}.json`), `${JSON.stringify(kept, null, '\t')}\n`);
	} finally {
		rmSync(folder, {recursive: true});
	}
}

for (const [journey, commands] of Object.entries(journeys)) keep(journey, commands);
