/**
 * Keeps what this version leaves on a host, for test/rehearsal/old-hosts.test.ts, which every later version must pass:
 *
 *     npm run build && node scripts/keep-host.mjs NAME      writes test/fixtures/hosts/NAME.json
 *
 * `bare` is the rehearsal's server with the archive, `installed` what an install adds to it or changes. Of the kept program,
 * which is large and of no form of its own, only the names are kept.
 */
import {spawnSync} from 'node:child_process';
import {lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const top = join(import.meta.dirname, '..');
const [, , name, program = join(top, 'bin/kata-setup.cjs')] = process.argv;
if (!name) {
	console.error('usage: keep-host.mjs NAME [PROGRAM]');
	process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'kata-setup-keep-'));
const root = join(folder, 'root');

function kataSetup(...words) {
	const {status, stderr} = spawnSync(process.execPath, [program, ...words, '--rehearse', '--root', root], {
		encoding: 'utf8',
	});
	if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}:\n${stderr}`);
}

/** Path → mode, and a link's target or a file's content: as text where it is some, else in base64. */
function listing() {
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

try {
	const pair = ['--runtime', 'rust', '--hypervisor', 'qemu'];
	kataSetup('plan', ...pair);
	const bare = listing();
	kataSetup('install', '--yes', '--no-test', ...pair);
	const installed = Object.entries(listing()).filter(
		([path, entry]) => JSON.stringify(entry) !== JSON.stringify(bare[path]),
	);
	const kept = {bare, installed: Object.fromEntries(installed)};
	writeFileSync(join(top, `test/fixtures/hosts/${name}.json`), `${JSON.stringify(kept, null, '\t')}\n`);
} finally {
	rmSync(folder, {recursive: true});
}
