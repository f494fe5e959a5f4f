/** Facts + Choice → the plan of a first install. Pure: the same facts and choice give the same plan and hash. */
import {availabilityOf, blockSnapshotter, configurationName, hypervisorTitle} from '../catalogue/availability.ts';
import {type Pair, pairEntry, pairName} from '../catalogue/catalogue.ts';
import {planContainerdEdit} from '../engines/containerd-edit.ts';
import {KataSetupError} from '../errors.ts';
import type {ContainerdFacts, Facts} from '../facts/facts.ts';
import {settingsDropIn} from '../kataconfig/drop-in.ts';
import {
	activeConfiguration,
	activePairLink,
	activeShim,
	configurationInTree,
	defaultConfiguration,
	downloadsFolder,
	kataPrefix,
	modulesFile,
	ourPrefix,
	pairFolder,
	shimInTree,
	shimOnPath,
	stagingFolder,
	treesFolder,
} from '../layout.ts';
import type {Choice} from './choice.ts';
import {installCommand} from './command.ts';
import {finishPlan} from './finish.ts';
import {hashOf} from './hash.ts';
import {makeStep} from './make-step.ts';
import type {Plan, Precondition, Step} from './plan.ts';

/** Unpacked bytes for each byte of archive. Kata 4.1.0: 969 MB become 2.5 GB; older ones are not worse. */
const unpackRatio = 2.6;
/** Guesses for the progress bar's shares: a line of 25 MB/s, a disk that takes 60 MB/s of archive. */
const downloadRate = 25e6;
const unpackRate = 60e6;
/** How long a sandbox may take to start before the smoke test gives up. Nested hosts are slow (facts: 20–60 s). */
const smokeTimeout = {plain: 120_000, nested: 300_000};

export interface PlanOptions {
	rehearsal: boolean;
}

/**
 * The steps that take this host from nothing to a proven sandbox.
 * @throws KataSetupError (`host`) if the host or the release cannot do what was chosen; the message says why
 */
export function planInstall(facts: Facts, choice: Choice, options: PlanOptions): Plan {
	refuseWhatCannotBe(facts, choice);
	const containerd = engineFor(facts);
	const notes: string[] = [];
	const tree = `${treesFolder}/${treeName(choice)}`;
	const steps: Step[] = [
		...moduleSteps(facts, choice),
		...releaseSteps(choice, tree, notes),
		...configurationSteps(facts, choice, tree),
		...defaultPathSteps(facts, choice, notes),
		...containerdSteps(facts, choice, containerd, notes),
		...choice.release.archives
			.filter(archive => archive.url !== null)
			.map(archive =>
				makeStep(
					'drop-download',
					{path: downloadOf(archive.name)},
					{
						of: archive.name,
						title: `Remove the download of ${archive.name}`,
						why: 'It has been unpacked; nothing needs it any more.',
						undo: null,
					},
				),
			),
		...smokeSteps(facts, choice, containerd, tree, notes),
	];
	return finishPlan(facts, {
		verb: 'install',
		rehearsal: options.rehearsal,
		choice,
		steps: withHostPreconditions(steps, facts, containerd),
		notes,
		command: installCommand(choice, options.rehearsal),
	});
}

function refuseWhatCannotBe(facts: Facts, choice: Choice): void {
	const availability = availabilityOf(choice, facts, choice.release.version);
	if (availability.state === 'unavailable')
		throw new KataSetupError(
			'host',
			`${hypervisorTitle(choice.hypervisor)} under the ${choice.runtime} runtime cannot be chosen here.`,
			{why: availability.reason, remedy: '`kata-setup check` lists what this host can run.'},
		);
	if (facts.installation)
		throw new KataSetupError('host', `Kata ${facts.installation.version} is already installed by kata-setup.`, {
			remedy: 'Remove it with `kata-setup uninstall`, or prove it with `kata-setup test`.',
		});
	const prefix = facts.paths[kataPrefix] ?? 'absent';
	if (prefix !== 'absent')
		throw new KataSetupError('host', `${kataPrefix} is already there and is not ours.`, {
			why: facts.kata.find(install => install.path === kataPrefix)?.evidence ?? `It is ${prefix.replace(/:.*/, '')}.`,
			remedy: [
				'Remove that Kata with the tool that installed it, then run kata-setup again.',
				`If you are sure that nothing uses it: mv ${kataPrefix} ${kataPrefix}.old`,
			],
		});
}

/** The containerd that will be configured: a plain one, running. */
export function engineFor(facts: Facts): ContainerdFacts {
	const plain = facts.containerd.filter(({ownedBy}) => ownedBy === null);
	const [first, second] = plain;
	if (!first) {
		const owned = facts.containerd[0];
		throw new KataSetupError(
			'host',
			owned ? `The containerd here belongs to ${owned.ownedBy}.` : 'No containerd is running on this host.',
			{
				why: owned
					? 'This version configures only a containerd of its own.'
					: 'Kata is started by a container engine; this version of kata-setup works with containerd.',
				remedy: owned ? [] : ['Install and start containerd (1.7 or newer), then run kata-setup again.'],
			},
		);
	}
	if (second)
		throw new KataSetupError('host', 'More than one containerd is running, and nothing says which one is meant.', {
			evidence: plain.map(({pid, binary, config}) => `process ${pid}: ${binary}, configuration ${config.path}`),
			remedy: 'Stop the one that should not get Kata, then run kata-setup again.',
		});
	return first;
}

/** `<version>-<runtime>-<12 hex over the archives' digests>`: two different contents never share a tree. */
export function treeName({release, runtime}: Choice): string {
	const content = release.archives.map(({name, sha256, size}) => sha256 ?? `${name} ${size}`);
	return `${release.version}-${runtime}-${hashOf(content).slice(0, 12)}`;
}

const downloadOf = (name: string): string => `${downloadsFolder}/${name}`;

function moduleSteps(facts: Facts, choice: Choice): Step[] {
	const wanted = facts.devices.filter(
		device =>
			(device.moduleState === 'loadable' || device.moduleState === 'loaded') &&
			(device.path !== '/dev/vhost-vsock' || choice.hypervisor === 'qemu'),
	);
	if (wanted.length === 0) return [];
	const toLoad = wanted.filter(device => device.state !== 'ok' && device.moduleState === 'loadable');
	return [
		...toLoad.map(({module, path}) =>
			makeStep(
				'load-module',
				{module, device: path},
				{
					of: module,
					title: `Load the kernel module ${module}`,
					why: `It provides ${path}, which the sandbox's VM needs.`,
					undo: `unload ${module} again if nothing uses it`,
				},
			),
		),
		folder('/etc/modules-load.d', 'Files here name the modules that are loaded at boot.'),
		makeStep(
			'write-file',
			{
				path: modulesFile,
				content: `# Written by kata-setup: kernel modules that Kata Containers needs at every boot.\n${wanted.map(({module}) => `${module}\n`).join('')}`,
				mode: 0o644,
			},
			{
				of: modulesFile,
				title: 'Have the modules loaded at every boot',
				why: 'A module that was loaded by hand is gone after a reboot, and Kata with it.',
				undo: `remove ${modulesFile}`,
				pre: [pathPrecondition(facts, modulesFile)],
			},
		),
	];
}

function releaseSteps(choice: Choice, tree: string, notes: string[]): Step[] {
	const {release, runtime} = choice;
	const archiveBytes = release.archives.reduce((sum, {size}) => sum + (size ?? 0), 0);
	const unverified = release.archives.filter(({digestSource}) => digestSource === 'none');
	for (const {name} of unverified)
		notes.push(`${name} is not verified: nobody published a digest for it that kata-setup knows.`);
	return [
		folder(treesFolder, 'Each release is unpacked into a folder of its own here.'),
		...(release.archives.some(({url}) => url !== null)
			? [folder(downloadsFolder, 'Downloads lie on the file system that they are unpacked on, not in /tmp.')]
			: []),
		...release.archives.map(archive =>
			makeStep(
				'fetch-archive',
				{archive, into: downloadOf(archive.name), allowUnverified: archive.digestSource === 'none'},
				{
					of: archive.name,
					title: archive.file ? `Verify ${archive.name}` : `Download and verify ${archive.name}`,
					why: archive.sha256
						? `Its SHA-256 must be ${archive.sha256} (${digestSourceWords[archive.digestSource]}).`
						: 'There is no digest to check it against.',
					undo: archive.file ? 'nothing: the file stays as it is' : 'remove the download',
					pre:
						archive.file && archive.sha256 ? [{kind: 'file-digest', path: archive.file, sha256: archive.sha256}] : [],
					cost: {
						downloadBytes: archive.file ? 0 : (archive.size ?? 0),
						seconds: 1 + (archive.size ?? 0) / (archive.file ? 10 * downloadRate : downloadRate),
					},
				},
			),
		),
		makeStep(
			'unpack-tree',
			{
				archives: release.archives.map(({file, name, sha256, compression}) => ({
					path: file ?? downloadOf(name),
					name,
					sha256,
					compression,
				})),
				staging: `${stagingFolder}/${treeName(choice)}`,
				tree,
				expect: [shimInTree[runtime], packagedConfiguration(choice)],
				version: release.version,
				runtime,
			},
			{
				of: treeName(choice),
				title: `Unpack Kata ${release.version} into a tree of its own`,
				why: 'Only a finished, verified tree gets its name; until then nothing can reach it.',
				undo: `remove ${tree}`,
				pre: [
					{
						kind: 'space',
						path: ourPrefix,
						bytes:
							Math.ceil(archiveBytes * unpackRatio) +
							release.archives.reduce((sum, {url, size}) => sum + (url ? (size ?? 0) : 0), 0),
					},
				],
				cost: {diskBytes: Math.ceil(archiveBytes * unpackRatio), seconds: 1 + archiveBytes / unpackRate},
			},
		),
		makeStep(
			'link',
			{path: kataPrefix, target: tree.replace('/opt/', '')},
			{
				of: kataPrefix,
				title: `Point ${kataPrefix} at the new tree`,
				why: 'All paths inside Kata begin with /opt/kata. The link is put in place by one rename.',
				undo: `remove the link ${kataPrefix}`,
				pre: [{kind: 'path', path: kataPrefix, state: 'absent'}],
			},
		),
	];
}

const digestSourceWords: Record<Choice['release']['archives'][number]['digestSource'], string> = {
	'release-index': 'published by the release index',
	flag: 'given by --sha256',
	'known-digests': 'known to kata-setup',
	none: 'measured, not published',
};

const packagedConfiguration = (choice: Choice): string =>
	`${configurationInTree[choice.runtime]}/${configurationName(choice, choice.release.version)}`;

function configurationSteps(facts: Facts, choice: Choice, tree: string): Step[] {
	const own = pairFolder(choice);
	const name = pairName(choice);
	const dropIn = settingsDropIn(facts, choice);
	return [
		folder(`${own}/config.d`, 'Drop-ins beside the managed copy survive upgrades; put yours here as 50-….toml.'),
		makeStep(
			'kata-config',
			{
				pair: {runtime: choice.runtime, hypervisor: choice.hypervisor},
				tree,
				from: `${kataPrefix}/${packagedConfiguration(choice)}`,
				to: `${own}/configuration.toml`,
			},
			{
				of: name,
				title: `Copy the packaged configuration of ${name}`,
				why: 'Packaged files are never edited. Every file that the copy names is checked to be in the tree.',
				undo: `remove ${own}/configuration.toml`,
			},
		),
		...(dropIn
			? [
					makeStep(
						'write-file',
						{path: `${own}/config.d/10-kata-setup.toml`, content: dropIn.content, mode: 0o644},
						{
							of: `${own}/config.d/10-kata-setup.toml`,
							title: 'Write the drop-in for this host',
							why: dropIn.why,
							undo: 'remove the drop-in',
						},
					),
				]
			: []),
		link(`${own}/containerd-shim-kata-v2`, `${kataPrefix}/${shimInTree[choice.runtime]}`, {
			title: `Keep the ${choice.runtime} shim beside its configuration`,
			why: 'A shim and its configuration are always a matched pair.',
		}),
		link(activePairLink, name, {
			title: `Make ${name} the active pair`,
			why: 'Engines are told paths through this link, so that a later switch changes this link alone.',
			pre: [pathPrecondition(facts, activePairLink)],
		}),
	];
}

function defaultPathSteps(facts: Facts, choice: Choice, notes: string[]): Step[] {
	if (!choice.defaultPaths) {
		notes.push('ctr and nerdctl will not find Kata by its name: the default paths are left alone, as asked.');
		return [];
	}
	const configuration = defaultConfiguration[choice.runtime];
	const taken = [shimOnPath, configuration].filter(path => (facts.paths[path] ?? 'absent') !== 'absent');
	if (taken.length > 0) {
		notes.push(
			`${taken.join(' and ')} ${taken.length > 1 ? 'are' : 'is'} already there and stay as found: ctr and nerdctl keep using them. The handler in containerd uses the chosen pair all the same.`,
		);
		return [];
	}
	const folderOf = configuration.slice(0, configuration.lastIndexOf('/'));
	return [
		folder(folderOf, `The ${choice.runtime} runtime looks here when it is told no configuration.`),
		link(configuration, activeConfiguration, {
			title: 'Make the active pair the default configuration',
			why: 'ctr and nerdctl pass no configuration; the shim then reads this path.',
			pre: [pathPrecondition(facts, configuration)],
		}),
		link(shimOnPath, activeShim, {
			title: 'Put the shim where containerd looks for it',
			why: '`--runtime io.containerd.kata.v2` of ctr and nerdctl is resolved through the PATH of containerd.',
			pre: [pathPrecondition(facts, shimOnPath)],
		}),
	];
}

function containerdSteps(facts: Facts, choice: Choice, containerd: ContainerdFacts, notes: string[]): Step[] {
	const planned = planContainerdEdit(containerd, {runtimePath: activeShim, configPath: activeConfiguration});
	notes.push(...planned.notes);
	if (planned.edits.length === 0) return [];
	const restart = facts.systemd && choice.restartEngine ? containerd.unit : null;
	if (restart === null)
		notes.push(
			choice.restartEngine
				? 'Nothing here can restart containerd (it is not run by systemd): the handler works once you have restarted it. ctr and nerdctl need no restart.'
				: 'containerd is not restarted, as asked: the handler works once you have restarted it.',
		);
	return [
		makeStep(
			'containerd-config',
			{
				binary: containerd.binary,
				address: containerd.address,
				ctr: containerd.ctr,
				version: containerd.version,
				config: containerd.config.path,
				edits: planned.edits,
				handler: planned.handler,
				runtime: {runtimePath: activeShim, configPath: activeConfiguration},
				restart,
			},
			{
				of: planned.handler,
				title: restart
					? `Register the handler \`${planned.handler}\` and restart ${restart}`
					: `Register the handler \`${planned.handler}\` in containerd`,
				why: `${planned.edits.map(({path, what}) => `${path}: ${what}`).join('; ')}. containerd itself judges the result before it is put in place; the default runtime stays as it is.`,
				undo: restart ? 'put the bytes back and restart containerd' : 'put the bytes back',
				pre: planned.edits.map(({path, before}) => ({
					kind: 'path',
					path,
					state: before === null ? 'absent' : stateOfConfig(containerd, path, facts),
				})),
				cost: {seconds: restart ? 5 : 1},
			},
		),
	];
}

/** An edited file is either the main one, whose digest the facts hold, or one whose state was read as a path. */
const stateOfConfig = (containerd: ContainerdFacts, path: string, facts: Facts): string =>
	path === containerd.config.path && containerd.config.sha256
		? `file:${containerd.config.sha256}`
		: (facts.paths[path] ?? 'absent');

function smokeSteps(facts: Facts, choice: Choice, containerd: ContainerdFacts, tree: string, notes: string[]): Step[] {
	if (!choice.smokeTest) {
		notes.push('No smoke test, as asked: nothing will prove that a container runs in a VM.');
		return [];
	}
	if (!containerd.ctr) {
		notes.push('There is no ctr beside this containerd, so the smoke test cannot run and nothing will be proven.');
		return [];
	}
	const snapshotter = pairEntry(choice).needsBlockSnapshotter ? blockSnapshotter(facts) : null;
	return [smokeStep(facts, choice, {...containerd, ctr: containerd.ctr}, tree, snapshotter)];
}

/** The smoke test of the active pair, whose hypervisor's executable must lie in `tree`. */
export function smokeStep(
	facts: Facts,
	{runtime, hypervisor}: Pair,
	{ctr, address}: {ctr: string; address: string},
	tree: string,
	snapshotter: string | null,
): Step {
	return makeStep(
		'smoke-test',
		{
			pair: {runtime, hypervisor},
			ctr,
			address,
			shim: activeShim,
			configuration: activeConfiguration,
			tree,
			snapshotter,
			timeoutMs: facts.virt.isGuest === false ? smokeTimeout.plain : smokeTimeout.nested,
		},
		{
			of: pairName({runtime, hypervisor}),
			title: 'Run a container and prove that it is in a VM',
			why: 'The same image is run under runc too, which must be told apart.',
			undo: null,
			cost: {seconds: 15},
		},
	);
}

function folder(path: string, why: string): Step {
	return makeStep(
		'make-directory',
		{path, mode: 0o755},
		{of: path, title: `Make the folder ${path}`, why, undo: 'remove it if it is empty'},
	);
}

function link(path: string, target: string, words: {title: string; why: string; pre?: Precondition[]}): Step {
	return makeStep('link', {path, target}, {of: path, undo: `remove the link ${path}`, ...words});
}

const pathPrecondition = (facts: Facts, path: string): Precondition => ({
	kind: 'path',
	path,
	state: facts.paths[path] ?? 'absent',
});

/** What the whole plan rests on is checked with its first step. */
function withHostPreconditions(steps: Step[], facts: Facts, containerd: ContainerdFacts): Step[] {
	const [first, ...rest] = steps;
	if (!first) return steps;
	const {binary, version, config} = containerd;
	const onHost: Precondition[] = [
		{kind: 'root'},
		{kind: 'machine', machine: facts.machine},
		{kind: 'sequence', sequence: facts.installation?.sequence ?? 0},
		{kind: 'containerd', binary, version, config: config.path},
	];
	return [{...first, pre: [...onHost, ...first.pre]} as Step, ...rest];
}
