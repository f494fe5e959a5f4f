/** Which of a release's files a pair needs: read from what the release lists, never assumed. */
import type {Pair} from '../catalogue/catalogue.ts';
import {KataSetupError} from '../errors.ts';
import type {Architecture} from '../facts/facts.ts';
import type {Archive} from '../plan/choice.ts';
import {parseArchiveName, runtimesIn, wantedName} from './archive-name.ts';

/** A file of a release, as the index tells of it. */
export interface Asset {
	name: string;
	url: string;
	/** Bytes; null if the index does not tell. */
	size: number | null;
	/** 64 hex digits, or null if the index publishes none. */
	sha256: string | null;
}

/**
 * The archive that a pair needs.
 * @throws KataSetupError (`release`) with the names that were found, if none or more than one fits
 */
export function chooseAsset(
	assets: readonly Asset[],
	version: string,
	architecture: Architecture,
	pair: Pair,
): Archive {
	const archives = assets.flatMap(asset => {
		const name = parseArchiveName(asset.name);
		return name?.version === version ? [{asset, name}] : [];
	});
	if (archives.length === 0) throw stillUploading(version, assets);
	const here = archives.filter(({name}) => name.architecture === architecture);
	if (here.length === 0) throw notFor(`There is no archive for ${architecture} in Kata ${version}.`, archives);
	const split = here.some(({name}) => name.go);
	const carrying = here
		.map(({asset, name}) => ({asset, name, carries: runtimesIn(name, split)}))
		.filter(({carries}) => carries.includes(pair.runtime));
	// A release that offers both compressions offers the same content twice; zstd is unpacked faster.
	const best = carrying.filter(({name}) => name.compression === 'zst' || carrying.length === 1);
	const [found] = best;
	if (!found)
		throw notFor(`Kata ${version} has no archive with the ${pair.runtime} runtime for ${architecture}.`, here);
	if (best.length > 1) throw notFor(`Kata ${version} has more than one archive for ${architecture}.`, best);
	const {asset, name, carries} = found;
	return {
		...asset,
		file: null,
		digestSource: asset.sha256 === null ? 'none' : 'release-index',
		compression: name.compression,
		carries,
	};

	function notFor(message: string, found: readonly {asset: Asset}[]): KataSetupError {
		return new KataSetupError('release', message, {
			why: `Looked for ${wantedName(pair.runtime, version, architecture)}; the release has ${found.map(({asset}) => asset.name).join(', ')}.`,
			remedy: ['Choose another release with --version.', 'Or give an archive of your own with --archive FILE.'],
		});
	}
}

/** Kata's releases are drafts to which each architecture's job uploads; a tag may be there hours before its files. */
function stillUploading(version: string, assets: readonly Asset[]): KataSetupError {
	const names = assets.map(({name}) => name);
	return new KataSetupError('release', `Kata ${version} has no archive yet.`, {
		why:
			names.length === 0
				? 'The release lists no file: it may be still in the making.'
				: 'None of its files is an archive of a runtime: it may be still in the making.',
		remedy: ['Choose an earlier release with --version.', 'Or try again in an hour.'],
		evidence: names.slice(0, 10),
	});
}
