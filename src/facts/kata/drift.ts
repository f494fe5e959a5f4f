/**
 * What changed of ours behind our back: everything that the receipt owns, the trees against their manifests, and the handler
 * that the engine has in force. Cheap unless it is asked to be deep: small files are hashed, those of a tree are looked at.
 */
import {unitProperties} from '../../engines/containerd-daemon.ts';
import {ourPartOf} from '../../engines/our-part.ts';
import {errnoOf, KataSetupError} from '../../errors.ts';
import type {FileStat, Host} from '../../host/host.ts';
import {managedCopyLike} from '../../kataconfig/managed-copy.ts';
import {keptProgramFolder} from '../../layout.ts';
import {hashOfText} from '../../plan/hash.ts';
import {digestOfFile} from '../../release/digest.ts';
import type {DriftFacts} from '../drift-facts.ts';
import type {ContainerdFacts} from '../engine-facts.ts';
import type {Facts} from '../facts.ts';
import type {InstallationFacts, OwnedFacts} from '../kata-facts.ts';
import {type Probe, runProbe} from '../probe.ts';
import {handlerDrift} from './drift-handler.ts';
import {accessDrift, type Difference} from './drift-readings.ts';
import {treeDrift} from './drift-tree.ts';

/** Hashing a tree of 2.5 GB takes seconds; on an emulated or overloaded server a hundred times as long. */
const deepLimitMs = 900_000;

/**
 * @param installation what the receipt says; null: nothing is ours, and the probe reads null
 * @param containerd the running ones, whose configuration in force was asked already
 */
export const driftProbe = (
	installation: InstallationFacts | null,
	containerd: readonly ContainerdFacts[],
	depth: DriftFacts['depth'],
): Probe<DriftFacts | null> => ({
	name: 'drift',
	unknown: null,
	...(depth === 'deep' ? {timeoutMs: deepLimitMs} : {}),
	read: host => (installation ? readDrift(host, installation, containerd, depth) : Promise.resolve(null)),
});

/** The same facts after a deep look at what drifted, which takes seconds for each GB of our trees. */
export async function withDeepDrift(host: Host, facts: Facts): Promise<Facts> {
	const {value: drift, why} = await runProbe(host, driftProbe(facts.installation, facts.containerd, 'deep'));
	const others = (facts.unread ?? []).filter(({probe}) => probe !== 'drift');
	return {...facts, drift, unread: why === null ? others : [...others, {probe: 'drift', why}]};
}

async function readDrift(
	host: Host,
	installation: InstallationFacts,
	containerd: readonly ContainerdFacts[],
	depth: DriftFacts['depth'],
): Promise<DriftFacts> {
	const drift: DriftFacts = {depth, items: [], unjudged: [], theirs: []};
	for (const owned of withoutInner(installation.owned ?? [], await goneProgram(host, installation)))
		await judgedOr(drift, owned.path, () => ofOwned(host, owned, installation, drift));
	for (const tree of installation.trees ?? []) await judgedOr(drift, tree.path, () => treeDrift(host, tree, drift));
	handlerDrift(installation, containerd, drift);
	return drift;
}

/** The folder of the kept kata-setup, where it is gone: that is one thing then, and not each of its files. */
async function goneProgram({files}: Host, {keptProgram, owned = []}: InstallationFacts): Promise<string | null> {
	if (!keptProgram) return null;
	const folders = [keptProgramFolder, `${keptProgramFolder}/${keptProgram}`];
	for (const folder of folders)
		if (owned.some(({path}) => path === folder) && (await files.stat(folder)) === null) return folder;
	return null;
}

const withoutInner = (owned: readonly OwnedFacts[], gone: string | null): OwnedFacts[] =>
	owned.filter(({path}) => gone === null || !path.startsWith(`${gone}/`));

/** What may not be read, or is damaged, is named and keeps nothing else from being judged. */
async function judgedOr({unjudged}: DriftFacts, path: string, judge: () => Promise<void>): Promise<void> {
	try {
		await judge();
	} catch (error) {
		const errno = errnoOf(error);
		if (errno !== 'EACCES' && errno !== 'EPERM' && !(error instanceof KataSetupError)) throw error;
		unjudged.push({path, why: error instanceof KataSetupError ? error.message : 'only root may read it'});
	}
}

/** What kata-setup carries over to another pair belongs to people from then on: src/plan/parts/carry-over.ts. */
const isTheirs = (path: string): boolean => /\/config\.d\/(?!10-kata-setup\.toml$)[^/]+\.toml$/.test(path);

async function ofOwned(
	host: Host,
	owned: OwnedFacts,
	{trees = []}: InstallationFacts,
	drift: DriftFacts,
): Promise<void> {
	const {path, state, mode, size} = owned;
	if (state.startsWith('unit:')) return ofUnit(host, path, state.slice('unit:'.length), drift);
	const stat = await host.files.stat(path);
	const [kind, rest = ''] = [state.replace(/:.*$/s, ''), state.slice(state.indexOf(':') + 1)];
	const found = await differenceOf(
		host,
		stat,
		{path, kind, rest, ...(size === undefined ? {} : {size})},
		trees.map(tree => tree.path),
		drift,
	);
	const isOurs = stat !== null && kind !== 'part' && found?.kind !== 'type';
	const access = isOurs ? accessDrift(host, stat, mode) : null;
	if ((found ?? access) && isTheirs(path)) drift.theirs.push(path);
	else drift.items.push(...[found, access].flatMap(one => (one ? [{path, ...one}] : [])));
}

async function ofUnit(host: Host, unit: string, expected: string, {items, unjudged}: DriftFacts): Promise<void> {
	const found = (await unitProperties(host, unit, ['ActiveState']))?.ActiveState;
	if (!found) unjudged.push({path: unit, why: 'systemd does not say how it is'});
	else if (found !== expected) items.push({path: unit, kind: 'unit', expected, found});
}

interface Expected {
	path: string;
	/** `directory`, `file`, `link`, `copy`, `sized`, `ext4` or `part`, and what stands behind the colon. */
	kind: string;
	rest: string;
	/** Of a large file. */
	size?: number;
}

async function differenceOf(
	host: Host,
	stat: FileStat | null,
	{path, kind, rest, size}: Expected,
	trees: readonly string[],
	{unjudged, depth}: DriftFacts,
): Promise<Difference | null> {
	const type = kind === 'directory' || kind === 'link' ? kind : 'file';
	if (stat === null) return {kind: 'missing', expected: type, found: 'absent'};
	// The engine's main file may be a link of the administrator's.
	if (stat.type !== type && !(kind === 'part' && stat.type === 'link'))
		return {kind: 'type', expected: type, found: stat.type};
	switch (kind) {
		case 'link': {
			const target = (await host.files.readLink(path)) ?? '';
			return target === rest ? null : {kind: 'target', expected: rest, found: target};
		}
		case 'file':
			if (size !== undefined && stat.size !== size) return sizeOf(size, stat);
			if (size !== undefined && depth === 'quick') return null;
			return contentOf(rest, await digestOfFile(host, path));
		case 'copy': {
			const packaged = await host.files.readText(rest);
			if (packaged === null) {
				unjudged.push({path, why: `what it is a copy of is gone: ${rest}`});
				return null;
			}
			// Without a tree of ours nothing in it was replaced: so it is with copies of before 0.2.
			const tree = trees.find(candidate => rest.startsWith(`${candidate}/`)) ?? rest;
			const text = (await host.files.readText(path)) ?? '';
			return contentOf(hashOfText(managedCopyLike(text, rest, packaged, tree)), await digestOfFile(host, path));
		}
		case 'sized':
			return stat.size === Number(rest) ? null : sizeOf(Number(rest), stat);
		case 'ext4':
			if (stat.size !== Number(rest)) return sizeOf(Number(rest), stat);
			if (depth === 'quick' || (await isExt4(host, path))) return null;
			return {kind: 'content', expected: 'an ext4 file system', found: 'other bytes'};
		case 'part':
			return contentOf(rest, hashOfText(ourPartOf((await host.files.readText(path)) ?? '')));
		default:
			return null;
	}
}

const contentOf = (expected: string, found: string): Difference | null =>
	expected === found ? null : {kind: 'content', expected: `file:${expected}`, found: `file:${found}`};

const sizeOf = (expected: number, {size}: FileStat): Difference => ({
	kind: 'content',
	expected: `${expected} bytes`,
	found: `${size} bytes`,
});

/** Whether a file holds an ext4 file system, by the magic number in its superblock. Source: Linux's fs/ext4/ext4.h. */
async function isExt4(host: Host, path: string): Promise<boolean> {
	const [superblock, magic] = [1024, 0x38];
	for await (const chunk of host.files.readStream(path, {start: superblock + magic}))
		return (chunk as Buffer).length > 1 && (chunk as Buffer).readUInt16LE(0) === 0xef53;
	return false;
}
