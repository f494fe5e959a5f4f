/**
 * What earlier versions left on a host, kept for ever in test/fixtures/hosts (by scripts/keep-host.mjs): the newest kata-setup
 * shows it, repairs it, upgrades it, and takes it away to the last file.
 */
import {createHash} from 'node:crypto';
import * as fs from 'node:fs/promises';
import {machine, tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {journalFile} from '../../src/layout.ts';
import {listingOf} from '../support/listing.ts';

const bundle = join(import.meta.dirname, '../../dist/kata-setup.mjs');
const fixtures = join(import.meta.dirname, '../fixtures/hosts');
const names = (await fs.readdir(fixtures)).map(file => file.replace('.json', ''));

/** A link, a folder (its mode alone), or a file. */
interface Kept {
	mode?: string;
	link?: string;
	text?: string;
	base64?: string;
}
/** Null: it is not there. */
type Files = Record<string, Kept | null>;

const bytesOf = ({text, base64}: Kept): Buffer | null =>
	text !== undefined ? Buffer.from(text) : base64 !== undefined ? Buffer.from(base64, 'base64') : null;

let folder: string;
let root: string;
beforeEach(async () => {
	folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-old-'));
	root = join(folder, 'root');
});
afterEach(() => fs.rm(folder, {recursive: true, force: true}));

async function place(files: Files): Promise<void> {
	// What is gone comes first, then the rest by name: a folder comes before what is in it.
	for (const [path, kept] of Object.entries(files)) {
		const physical = join(root, path);
		// A link may be where a folder was.
		if (kept === null || kept.link !== undefined) await fs.rm(physical, {recursive: true, force: true});
		if (kept === null) continue;
		await fs.mkdir(dirname(physical), {recursive: true});
		const bytes = bytesOf(kept);
		if (kept.link !== undefined) await fs.symlink(kept.link, physical);
		else if (bytes === null) await fs.mkdir(physical, {recursive: true});
		else await fs.writeFile(physical, bytes);
		if (kept.mode !== undefined) await fs.chmod(physical, Number.parseInt(kept.mode, 8));
	}
}

async function kataSetup(...words: string[]): Promise<string> {
	const {exitCode, stdout, stderr} = await execa(process.execPath, [bundle, ...words, '--rehearse', '--root', root], {
		reject: false,
		stdin: 'ignore',
		env: {PATH: '/usr/bin:/bin'},
		extendEnv: false,
	});
	if (exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${exitCode}:\n${stdout}\n${stderr}`);
	return stdout;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
/** What the files of a host are known by elsewhere: of each its digest, and of a manifest that of the members' lines. */
const digestsIn = (text: string): string[] => [sha256(text), sha256(text.trimEnd().split('\n').slice(1).join('\n'))];

/** The same host with the release before the rehearsal's, so that this one is an upgrade. */
function withOlderRelease(installed: Files): Files {
	const older = (text: string): string => text.replaceAll('4.1.999', '4.1.998');
	let all = JSON.stringify(installed);
	const replace = (from: string, to: string): void => {
		all = all.replaceAll(from, to);
	};
	replace(sha256('4.1.999\n'), sha256('4.1.998\n'));
	// A manifest names the digest of a release's VERSION, which was just replaced, before its own is known.
	const current = Object.entries(JSON.parse(all) as Files);
	for (const [path, kept] of current) {
		const before = installed[path]?.text;
		if (before === undefined || kept?.text === undefined) continue;
		const [now, was] = [digestsIn(older(kept.text)), digestsIn(before)];
		for (const [index, digest] of was.entries()) replace(digest, now[index] ?? '');
	}
	return JSON.parse(older(all)) as Files;
}

// They were kept on an x86_64 machine, whose release a rehearsal elsewhere does not have.
describe.runIf(machine() === 'x86_64').each(names)('a host that kata-setup %s left', {timeout: 120_000}, name => {
	let bare: Files;
	let installed: Files;
	let before: Record<string, string>;

	beforeEach(async () => {
		({bare, installed} = JSON.parse(await fs.readFile(join(fixtures, `${name}.json`), 'utf8')));
		await place(bare);
		before = await listingOf(root);
	});

	it('is shown and uninstalled', async () => {
		await place(installed);
		const shown = await kataSetup('status');
		expect(shown).toMatch(/^Kata {8}4\.1\.999$/m);
		expect(shown).toMatch(/^Hypervisor {2}QEMU$/m);
		await kataSetup('uninstall', '--yes');
		expect(await listingOf(root)).toEqual(before);
	});

	it('is repaired, switched and uninstalled', async () => {
		await place(installed);
		const lost = ['/etc/containerd/conf.d/kata-setup.toml', '/usr/local/bin/containerd-shim-kata-v2'];
		for (const path of lost) await fs.rm(join(root, path));
		const image = Object.keys(installed).find(
			path => path.startsWith('/opt/kata-setup/') && path.endsWith('/rehearsal.image'),
		) as string;
		// An adopted release came without an archive that could mend it.
		if (!name.endsWith('-adopted')) await fs.writeFile(join(root, image), 'torn');
		await kataSetup('repair', '--yes');
		const mended = await listingOf(root);
		for (const path of lost) expect(mended[path], path).toBeDefined();
		expect(await fs.readFile(join(root, image), 'utf8')).toBe(installed[image]?.text);
		await kataSetup('switch', 'dragonball', '--yes');
		expect(await kataSetup('status')).toMatch(/^Hypervisor {2}Dragonball$/m);
		await kataSetup('uninstall', '--yes');
		expect(await listingOf(root)).toEqual(before);
	});

	it('is upgraded, rolled back and uninstalled', async () => {
		// What somebody unpacked by hand was of the older release, too.
		await place(
			withOlderRelease(Object.fromEntries(Object.entries(bare).filter(([path]) => path.startsWith('/opt/')))),
		);
		before = await listingOf(root);
		await place(withOlderRelease(installed));
		expect(await kataSetup('status')).toMatch(/^Kata {8}4\.1\.998$/m);
		await kataSetup('upgrade', '--yes');
		expect(await kataSetup('status')).toMatch(/^Kata {8}4\.1\.999$/m);
		await kataSetup('rollback', '--yes');
		expect(await kataSetup('status')).toMatch(/^Kata {8}4\.1\.998$/m);
		await kataSetup('uninstall', '--yes');
		expect(await listingOf(root)).toEqual(before);
	});
});

describe('what this version writes', () => {
	/** What a journal's records are made of: each kind of record or step with the names of its fields, arguments and inverse. */
	const shapesIn = (journal: string): string[] => {
		const names = (value: unknown): string =>
			typeof value === 'object' && value !== null ? Object.keys(value).sort().join(' ') : typeof value;
		const records = journal.trim().split('\n');
		return [...new Set(records.map(line => JSON.parse(line)))].map(record =>
			[record.record, record.kind ?? '', names(record), names(record.args), names(record.inverse)].join(' | '),
		);
	};

	it('is kept already: a journal of a new form needs a host of its own in the fixtures', {
		timeout: 120_000,
	}, async () => {
		const kept = await Promise.all(
			names.map(async name => {
				const {installed} = JSON.parse(await fs.readFile(join(fixtures, `${name}.json`), 'utf8')) as {installed: Files};
				return shapesIn(installed[journalFile]?.text ?? '');
			}),
		);
		await kataSetup('install', '--yes', '--no-test', '--runtime', 'rust', '--hypervisor', 'qemu');
		await kataSetup('switch', 'go/qemu', '--yes', '--no-test');
		const written = await fs.readFile(join(root, journalFile), 'utf8');
		expect(shapesIn(written).filter(shape => !kept.flat().includes(shape))).toEqual([]);
	});
});
