/**
 * Registers the handler in containerd: the edits judged by containerd, put in place, and the daemon restarted and asked.
 *
 * containerd reads its configuration only when it starts (a SIGHUP ends it), so what is written is in force after a
 * restart and not before. Containers survive that, because their shims are processes of their own.
 */
import {
	type Daemon,
	dumpConfig,
	newFailures,
	type PluginStates,
	pluginStates,
	restartHazard,
	restartUnit,
	snapshottersOf,
	unitProperties,
	waitUntilAnswering,
} from '../engines/containerd-daemon.ts';
import {readDump} from '../engines/containerd-dump.ts';
import {folderOf} from '../engines/containerd-imports.ts';
import {removeContainerdEdit} from '../engines/containerd-removal.ts';
import {hasMarker} from '../engines/marked-block.ts';
import {KataSetupError} from '../errors.ts';
import {makeFolders, missingFolders} from '../host/folders.ts';
import type {Host} from '../host/host.ts';
import {current} from '../plan/parts/current-engine.ts';
import type {ContainerdConfigArguments, FileEdit} from '../plan/plan.ts';
import {candidatePaths, checkCandidate, checkMended, missingImport, requireHandler} from './containerd-candidate.ts';
import {restartAfterUndo, runningNow} from './containerd-restart.ts';
import {restoreFile} from './containerd-restore.ts';
import type {StepContext, StepKindOf} from './step-kind.ts';

/** What undoing needs to know. */
export interface ContainerdInverse {
	files: {path: string; before: {base64: string; mode: number} | null}[];
	/** Folders that were not there, outermost first. */
	folders: string[];
	/** systemd's id of the unit's run at the time; another one later means that the daemon may have read our edit. */
	invocation: string | null;
	/** `ctr plugins ls` before; null if it could not be had. */
	plugins: PluginStates | null;
}

export const containerdConfigStep: StepKindOf<'containerd-config', ContainerdInverse> = {
	kind: 'containerd-config',

	async prepare(host, args) {
		const files: ContainerdInverse['files'] = [];
		const folders = new Set<string>();
		for (const edit of args.edits) {
			files.push({path: edit.path, before: await bytesBefore(host, edit, args.mends ?? false)});
			for (const folder of await missingFolders(host, folderOf(edit.path))) folders.add(folder);
		}
		const hazard = args.restart === null ? null : await restartHazard(host, args.restart, daemonOf(args));
		if (hazard)
			throw new KataSetupError('host', `${args.restart} cannot be restarted without ending containers.`, {
				why: hazard,
				remedy: 'Stop those containers first, or use --no-restart and restart containerd when it suits you.',
			});
		return {
			files,
			folders: [...folders],
			invocation: await invocationOf(host, args.restart),
			plugins: await pluginStates(host, daemonOf(args)),
		};
	},

	async perform(host, args, context) {
		const before = await pluginStates(host, daemonOf(args));
		for (const {path} of args.edits) await makeFolders(host, folderOf(path));
		await makeFolders(host, folderOf(args.config));
		await (args.mends ? checkMended(host, args, context) : checkCandidate(host, args));
		if (!args.mends)
			context.log('containerd itself read the new configuration: the handler is added and nothing else changes');
		context.signal.throwIfAborted();
		for (const {path, before: text, after, mode} of args.edits)
			await host.files.write(path, after, text === null ? {mode} : {});
		if (args.mends) await requireInForce(host, args);
		if (args.restart !== null) await restartAndAsk(host, args, args.restart, before, context);
	},

	async verify(host, args) {
		for (const {path, after} of args.edits)
			if ((await host.files.readText(path)) !== after)
				throw new KataSetupError('undone', `${path} does not hold what was written to it.`);
		await requireInForce(host, args);
	},

	undo: undoEdit,
};

/** The configuration as it lies there now has the handler. @throws KataSetupError (`undone`) */
async function requireInForce(host: Host, args: ContainerdConfigArguments): Promise<void> {
	const dump = await dumpConfig(host, args.binary, args.config);
	if ('error' in dump)
		throw new KataSetupError('undone', 'containerd does not read its new configuration.', {why: dump.error});
	requireHandler(readDump(dump.text), args);
}

const daemonOf = ({binary, ctr, address}: ContainerdConfigArguments): Daemon => ({binary, ctr, address});

/**
 * The bytes to come back: the file's own, without anything that an earlier kata-setup left in it.
 * @param exactly with it: what is mended goes back to how it was found
 */
async function bytesBefore(
	host: Host,
	edit: FileEdit,
	exactly: boolean,
): Promise<{base64: string; mode: number} | null> {
	const path = (await host.files.realPath(edit.path)) ?? edit.path;
	const stat = await host.files.stat(path);
	const bytes = stat ? await host.files.read(path) : null;
	if ((bytes?.toString('utf8') ?? null) !== edit.before)
		throw new KataSetupError('changed', `${edit.path} was changed since the plan was made.`, {
			remedy: 'Make a new plan and look at it again.',
		});
	if (!stat || !bytes || edit.before === null) return null;
	if (exactly || !hasMarker(edit.before)) return {base64: bytes.toString('base64'), mode: stat.mode};
	const {text} = removeContainerdEdit(edit.before, {created: true});
	return text === null ? null : {base64: Buffer.from(text).toString('base64'), mode: stat.mode};
}

async function invocationOf(host: Host, unit: string | null): Promise<string | null> {
	return (unit && (await unitProperties(host, unit, ['InvocationID']))?.InvocationID) || null;
}

async function restartAndAsk(
	host: Host,
	args: ContainerdConfigArguments,
	unit: string,
	before: PluginStates | null,
	context: StepContext,
): Promise<void> {
	context.signal.throwIfAborted();
	context.log(`restarting ${unit}; running containers go on`);
	await restartUnit(host, unit);
	const now = await waitUntilAnswering(host, async () => daemonOf(args), unit);
	const failed = before && now ? newFailures(before, now) : [];
	if (failed.length > 0)
		throw new KataSetupError('undone', 'A part of containerd that worked before does not work after the restart.', {
			why: `${failed.join(', ')}: see \`ctr plugins ls\`.`,
			evidence: failed.map(name => `${name}: ${before?.[name]} before, ${now?.[name]} now`),
			remedy: `journalctl -u ${unit} tells more.`,
		});
	const setUp = args.snapshotter?.setUp ? args.snapshotter.name : null;
	if (setUp !== null && now && snapshottersOf(now)[setUp] !== 'ok')
		throw new KataSetupError('undone', `The snapshotter ${setUp} does not work after the restart.`, {
			why: `\`ctr plugins ls\` shows it as \`${snapshottersOf(now)[setUp] ?? 'not there'}\`.`,
			remedy: `journalctl -u ${unit} tells why it was skipped or failed.`,
		});
	context.log(now ? 'containerd answers, and all its plugins are as they were' : 'containerd answers');
}

/** The bytes back, the folders away, and the daemon restarted if it may have read our edit. */
async function undoEdit(
	host: Host,
	args: ContainerdConfigArguments,
	inverse: ContainerdInverse,
	context: StepContext,
): Promise<string[]> {
	const candidates = candidatePaths(args.config);
	for (const candidate of [candidates.main, candidates.dropIn]) {
		await host.files.sweep(candidate);
		await host.files.remove(candidate);
	}
	const left: string[] = [];
	let changed = false;
	// The main file first: what it imports may only go after the import.
	for (const {path, before} of [...inverse.files].reverse()) {
		const edit = args.edits.find(candidate => candidate.path === path);
		if (!edit) continue;
		const restored = await restoreFile(host, edit, before, {
			handler: args.handler,
			runtimePath: args.runtime.runtimePath,
		});
		changed ||= restored.changed;
		left.push(...restored.left);
	}
	await removeEmpty(host, inverse.folders);
	const invocation = await invocationOf(host, args.restart);
	if (!changed && invocation === inverse.invocation) return left;
	const running = await runningNow(host, args);
	const unreadable = await whyUnreadable(host, current(args, running));
	// What was mended goes back to how it was found, readable or not.
	if (unreadable !== null && args.mends)
		return [
			...left,
			`containerd does not read its configuration as it was found (${unreadable}); it was not restarted.`,
		];
	if (unreadable !== null)
		throw new KataSetupError('incomplete', 'containerd does not read what remains of its configuration.', {
			why: `${unreadable}\nkata-setup's part of it is out. containerd was not restarted, so it runs on as it is.`,
			remedy: `Mend ${args.config}, then run the same command again.`,
		});
	if (args.restart !== null) {
		const now = {unit: running?.unit ?? args.restart, running, plugins: inverse.plugins};
		left.push(...(await restartAfterUndo(host, args, now, context)));
	} else left.push('containerd forgets the handler at its next restart.');
	return left;
}

/** What containerd would say at a start with its configuration as it lies there now; null: it reads it, or is gone itself. */
async function whyUnreadable(host: Host, {binary, config}: ContainerdConfigArguments): Promise<string | null> {
	if ((await host.files.realPath(binary)) === null) return null;
	const dump = await dumpConfig(host, binary, config);
	if ('error' in dump) return dump.error;
	const missing = await missingImport(host, (await host.files.readText(config)) ?? '', config);
	return missing === null ? null : `${config} imports ${missing}, which does not exist.`;
}

/** A folder that is still in use stays without a word: conf.d may have been filled by others meanwhile. */
async function removeEmpty(host: Host, folders: readonly string[]): Promise<void> {
	for (const folder of [...folders].reverse()) if (!(await host.files.removeDirectory(folder))) return;
}
