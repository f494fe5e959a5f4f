/** The files that local archives hold, and whether a pair has all of its own there: before anything is planned. */
import {pipeline} from 'node:stream/promises';
import {extract} from 'tar-stream';
import {type Pair, pairName} from '../catalogue/catalogue.ts';
import {lackOf, offersOf, type ReleaseFiles} from '../catalogue/offers.ts';
import {KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';
import {configurationInTree} from '../layout.ts';
import type {Archive, Release} from '../plan/choice.ts';
import {createDecompressor} from './decompress.ts';

const prefix = 'opt/kata/';
/** The largest configuration of 4.1.0 has 40 kB; more is none. */
const largestConfiguration = 1_000_000;

/**
 * Reads the archives of a release to their ends, once: some ten seconds a gigabyte.
 * @throws KataSetupError (`release`) if one is damaged
 */
export async function releaseFilesOf(host: Host, {archives}: Release): Promise<ReleaseFiles> {
	const paths = new Map<string, string | null>();
	const configurations = new Map<string, string>();
	for (const archive of archives)
		if (archive.file !== null) await readArchive(host, archive, archive.file, paths, configurations);
	return {paths, configurations};
}

async function readArchive(
	host: Host,
	{name, compression}: Archive,
	file: string,
	paths: Map<string, string | null>,
	configurations: Map<string, string>,
): Promise<void> {
	const members = extract();
	const reading = pipeline(host.files.readStream(file), createDecompressor(compression), members);
	// The loop below says what went wrong; this only keeps the same failure from being unhandled.
	reading.catch(() => undefined);
	try {
		for await (const member of members) {
			const {name: path, type, size, linkname} = member.header;
			const inside = path.replace(/^\.?\//, '');
			if (inside.startsWith(prefix) && type !== 'directory') {
				const relative = inside.slice(prefix.length);
				paths.set(relative, type === 'symlink' ? (linkname ?? '') : null);
				if (type === 'file' && (size ?? 0) <= largestConfiguration && isConfiguration(relative)) {
					const chunks: Buffer[] = [];
					for await (const chunk of member) chunks.push(chunk as Buffer);
					configurations.set(relative, Buffer.concat(chunks).toString('utf8'));
				}
			}
			member.resume();
		}
	} catch (error) {
		throw new KataSetupError('release', `${name} cannot be read to its end.`, {
			why: (error as Error).message,
			remedy: 'Download it again: a part of it may be missing.',
			cause: error,
		});
	}
}

const isConfiguration = (path: string): boolean =>
	path.endsWith('.toml') && path.startsWith(`${configurationInTree.go}/`);

/** @throws KataSetupError (`release`) if the archives lack something that the pair's own configuration names */
export async function refuseIncomplete(host: Host, release: Release, pair: Pair): Promise<void> {
	const offers = offersOf(await releaseFilesOf(host, release));
	const lack = lackOf(pair, offers);
	if (lack === null) return;
	const complete = offers.filter(({missing, error}) => missing.length === 0 && error === null);
	throw new KataSetupError('release', `${pairName(pair)} is not complete in Kata ${release.version}.`, {
		why: `${lack.charAt(0).toUpperCase()}${lack.slice(1)}.`,
		remedy:
			complete.length > 0
				? `What is complete there: ${complete.map(({name, described}) => `${name}${described ? '' : ' (not described yet)'}`).join(', ')}.`
				: 'Give archives of another release, or download them again.',
	});
}
