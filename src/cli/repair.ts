/** `kata-setup repair`: what drifted, what it is made right with, and the plan for it; for screens and flags alike. */
import {basename, resolve} from 'node:path';
import type {Receipt} from '../apply/receipt.ts';
import {packagePath} from '../assets.ts';
import {KataSetupError} from '../errors.ts';
import type {Facts, InstallationFacts} from '../facts/facts.ts';
import {withDeepDrift} from '../facts/kata/drift.ts';
import {readError} from '../host/disk-errors.ts';
import {blockfileRoot} from '../layout.ts';
import {requireInstallation} from '../plan/change.ts';
import type {Archive} from '../plan/choice.ts';
import type {Materials} from '../plan/parts/mend-trees.ts';
import type {Plan} from '../plan/plan.ts';
import {planRepair} from '../plan/repair.ts';
import {digestOfFile} from '../release/digest.ts';
import {archiveSize} from '../release/files.ts';
import {readManifest} from '../release/manifest.ts';
import {snapshotsIn} from '../steps/scratch-file.ts';
import {kataSetupVersion} from '../version.ts';
import {confirmAndRun, lentTerminal, printedAlone} from './carry-out.ts';
import type {Context} from './context.ts';
import {type Lend, needsRoot, readAsRoot, readReceipt} from './escalation.ts';
import {gather} from './looking.ts';
import type {Hooks} from './operations.ts';
import {beforeChange} from './unfinished.ts';

/** Runs it without screens. Gives the exit code. */
export async function repair(context: Context): Promise<number> {
	await beforeChange(context, 'repair');
	const {facts} = await gather(context);
	requireInstallation(facts);
	const made = await makeRepairPlan(context, facts, lentTerminal());
	const nothing = 'Nothing drifted: all of it is as it was left. Nothing was changed.';
	return printedAlone(context, made, [nothing, ...made.notes]) ?? confirmAndRun(context, facts, made);
}

/**
 * The plan, after a deep look. The journal is root's, and some of what is compared is: where we are not, our own dry run
 * under sudo makes it for us.
 * @param lend the terminal, for sudo's question; null where there is none to ask on
 */
export async function makeRepairPlan(context: Context, facts: Facts, lend: Lend, hooks: Hooks = {}): Promise<Plan> {
	const {flags, rehearsalRoot} = context;
	hooks.say?.('Comparing every file of kata-setup with what it should be');
	const archives = flags.archive.map(file => resolve(file));
	if (needsRoot(context, facts)) {
		const words = [
			...archives.flatMap(file => ['--archive', file]),
			...(['no-restart', 'no-test'] as const).flatMap(flag => (flags[flag] ? [`--${flag}`] : [])),
		];
		return readAsRoot<Plan>(context, facts, 'repair', lend, words);
	}
	const deep = await withDeepDrift(context.host, facts);
	hooks.signal?.throwIfAborted();
	const receipt = await readReceipt(context);
	const materials = await materialsFor(context, receipt, requireInstallation(deep), archives);
	return planRepair(deep, receipt, materials, {
		rehearsal: rehearsalRoot !== null,
		restartEngine: !flags['no-restart'],
		smokeTest: !flags['no-test'],
		given: archives,
	});
}

/** @param given local archives that the person named */
async function materialsFor(
	context: Context,
	{runs}: Receipt,
	{trees = []}: InstallationFacts,
	given: readonly string[],
): Promise<Materials> {
	const {host} = context;
	const known = runs.flatMap(({choice}) => choice?.release.archives ?? []);
	const archives: Archive[] = [];
	for (const file of given) archives.push(await localArchive(context, file, known));
	for (const archive of known) {
		const isThere = archive.file === null || (await host.files.realPath(archive.file)) !== null;
		if (isThere) archives.push(archive);
	}
	const manifests: Record<string, Materials['manifests'][string]> = {};
	for (const {path} of trees) {
		manifests[path] = await readManifest(host, path).catch((error: unknown) => {
			// That it is damaged is said with what could not be judged.
			if (error instanceof KataSetupError) return null;
			throw error;
		});
	}
	return {
		archives,
		manifests,
		program: {version: kataSetupVersion, folder: packagePath('.')},
		snapshots: await snapshotsIn(host, blockfileRoot),
	};
}

/**
 * A local file in the place of an archive of an earlier run, which has its bytes.
 * @throws KataSetupError (`usage`) if it cannot be read, or is none of them
 */
async function localArchive({host}: Context, file: string, known: readonly Archive[]): Promise<Archive> {
	const size = await archiveSize(host, file);
	const sha256 = await digestOfFile(host, file).catch((error: unknown) => {
		throw readError(error, 'usage');
	});
	const same = known.find(
		archive => archive.sha256 === sha256 || (archive.sha256 === null && archive.name === basename(file)),
	);
	if (same) return {...same, url: null, file, sha256, size};
	throw new KataSetupError('usage', `${basename(file)} is no archive of a release that is installed here.`, {
		why: `Its SHA-256 is ${sha256}.`,
		remedy: [...new Set(known.map(archive => `It would be ${archive.name}, SHA-256 ${archive.sha256 ?? 'unknown'}.`))],
	});
}
