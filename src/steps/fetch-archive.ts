/** Brings one archive of a release here and checks its SHA-256; a local file is checked where it lies. */
import {basename, dirname} from 'node:path';
import {KataSetupError} from '../errors.ts';
import {diskError} from '../host/disk-errors.ts';
import {makeFolders, missingFolders, removeFolders} from '../host/folders.ts';
import type {Host} from '../host/host.ts';
import type {Archive} from '../plan/choice.ts';
import {digestOfFile} from '../release/digest.ts';
import {download} from '../release/download.ts';
import type {StepContext, StepKindOf} from './step-kind.ts';

/** What has not arrived in full, or is not verified, never has the archive's own name. */
const partOf = (into: string): string => `${into}.part`;

/** @param made the folders that were missing on the way to `into`, outermost first; none for a local file */
export const fetchArchiveStep: StepKindOf<'fetch-archive', {made: string[]}> = {
	kind: 'fetch-archive',
	async prepare(host, {archive, into, allowUnverified}) {
		if ((archive.sha256 === null || archive.digestSource === 'none') && !allowUnverified) throw unverified(archive);
		if (archive.file !== null) return {made: []};
		for (const path of [into, partOf(into)])
			if ((await host.files.stat(path)) !== null)
				throw new KataSetupError('release', `${path} is there already, and not from this run.`, {
					why: 'kata-setup removes its own downloads; what it does not know it leaves alone.',
					remedy: `Move it away, or use it with --archive ${path}`,
				});
		return {made: await missingFolders(host, dirname(into))};
	},
	async perform(host, {archive, into}, context) {
		if (archive.file !== null) return verifyLocal(host, archive, archive.file, context);
		const part = partOf(into);
		try {
			await makeFolders(host, dirname(into));
			const sha256 = await download(host, archive, part, context);
			if (archive.sha256 !== null && sha256 !== archive.sha256) {
				await host.files.remove(part);
				throw mismatch(archive, archive.sha256, sha256);
			}
			context.log(
				archive.sha256 === null ? `SHA-256 ${sha256}, compared with nothing` : `SHA-256 ${sha256}, as expected`,
			);
			await host.files.flush(part);
			await host.files.rename(part, into);
		} catch (error) {
			throw diskError(error, dirname(into));
		}
	},
	async verify(host, {archive, into}) {
		const path = archive.file ?? into;
		const real = await host.files.realPath(path);
		const stat = real === null ? null : await host.files.stat(real);
		if (stat?.type === 'file' && (archive.size === null || stat.size === archive.size)) return;
		throw new KataSetupError('release', `${path} is not as it was when it was verified.`, {
			why: stat ? `It has ${stat.size} bytes, not ${archive.size}.` : 'It is gone.',
			remedy: 'Try again, and keep others from changing it meanwhile.',
		});
	},
	async undo(host, {archive, into}, {made}) {
		if (archive.file !== null) return [];
		await host.files.remove(partOf(into));
		await host.files.remove(into);
		return removeFolders(host, made);
	},
};

async function verifyLocal(host: Host, archive: Archive, file: string, context: StepContext): Promise<void> {
	let done = 0;
	const onBytes = (bytes: number): void => {
		done += bytes;
		context.progress(done, archive.size, 'bytes');
	};
	let sha256: string;
	try {
		sha256 = await digestOfFile(host, file, {signal: context.signal, onBytes});
	} catch (error) {
		if (context.signal.aborted) throw error;
		throw new KataSetupError('release', `${file} cannot be read.`, {
			why: (error as Error).message,
			remedy: 'Put it back, or name another file with --archive.',
		});
	}
	if (archive.sha256 !== null && sha256 !== archive.sha256) throw mismatch(archive, archive.sha256, sha256);
	context.log(
		archive.digestSource === 'none' ? `SHA-256 ${sha256}, compared with nothing` : `SHA-256 ${sha256}, as expected`,
	);
}

const sources: Record<Archive['digestSource'], string> = {
	'release-index': 'the release index published',
	flag: '--sha256 says',
	'known-digests': 'kata-setup knows it as',
	none: 'it was when the plan was made',
};

function mismatch({name, file, digestSource}: Archive, expected: string, found: string): KataSetupError {
	return new KataSetupError('release', `${name} is not what it should be: its SHA-256 differs.`, {
		why: `It is ${found}; ${sources[digestSource]} ${expected}.`,
		remedy:
			file === null
				? [
						'Try again: the download was removed. A proxy or a mirror in between may change or mix up files.',
						'If it happens again, do not use it, and tell the project.',
					]
				: [`Do not use ${basename(file)}: download it again, or compare with the right digest.`],
		evidence: [`expected ${expected}`, `found    ${found}`],
	});
}

const unverified = ({name}: Archive): KataSetupError =>
	new KataSetupError('release', `${name} cannot be verified.`, {
		why: 'Nobody published a digest for it that kata-setup knows.',
		remedy: ['Download it and give it with --archive FILE --sha256 HEX.', 'Or accept that with --allow-unverified.'],
	});
