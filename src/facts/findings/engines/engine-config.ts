/** Traps in the configuration of the containerd that will be configured, found before it is restarted. */
import {planContainerdEdit} from '../../../engines/containerd-edit.ts';
import {parseToml, type Toml, tableOf} from '../../../engines/toml-text.ts';
import {KataSetupError} from '../../../errors.ts';
import {activeConfiguration, activeShim} from '../../../layout.ts';
import type {ContainerdFacts, Facts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement} from '../judgement.ts';
import {plainContainerd} from './engine-words.ts';

/** A process's start is known to a second, and a file's change by another clock than the kernel's. */
const toleranceMs = 2000;

export const judgeEngineConfig: Judgement = facts => {
	const containerd = plainContainerd(facts);
	if (!containerd) return [];
	const traps = trapsOf(containerd);
	const block = refused(facts, containerd, traps);
	return [
		...(block ? [block] : traps.map(trap => trapFinding(containerd, trap))),
		changedSince(containerd),
		kataByDefault(facts, containerd),
	].filter(found => found !== null);
};

/** What the plan would refuse, said before there is one: in the planner's own words. */
function refused({installation}: Facts, containerd: ContainerdFacts, traps: Trap[]): Finding | null {
	const {config} = containerd;
	// What cannot be read was said of the engine; what is installed already was planned once.
	if (installation !== null || config.runtimes === null) return null;
	try {
		planContainerdEdit(containerd, {runtimePath: activeShim, configPath: activeConfiguration});
		return null;
	} catch (error) {
		if (!(error instanceof KataSetupError) || error.report.exit !== 'host') return null;
		const {why, message, remedy} = error.report;
		return finding({
			id: 'engine-config',
			label: 'Engine file',
			severity: 'blocker',
			summary: `${config.path} cannot be edited safely`,
			detail: [why ?? message, ...traps.flatMap(({detail}) => detail)],
			sources: [config.path],
			remedy: remedy.filter(line => line !== 'Nothing was changed.'),
		});
	}
}

interface Trap {
	summary: string;
	detail: string[];
	remedy: string;
}

function trapsOf(containerd: ContainerdFacts): Trap[] {
	const {config, version} = containerd;
	const main = parsed(config.text ?? '');
	const sections = Object.keys(tableOf(main.plugins));
	const isOld = Number.parseInt(version, 10) < 2;
	const traps: Trap[] = [];
	if (isOld && config.version === null && sections.some(name => name.startsWith('io.containerd.')))
		traps.push({
			summary: `${config.path} has no version: its plugins are ignored`,
			detail: [
				`containerd ${version} takes a file without \`version\` for version 1, in which ${quotedList(sections)} means nothing.`,
			],
			remedy: `Write \`version = 2\` as the first line of ${config.path}.`,
		});
	if ((config.version ?? 0) >= 2 && sections.includes('cri'))
		traps.push({
			summary: `${config.path} names plugins.cri, which is no longer a plugin`,
			detail: [`In a file of version ${config.version} this section is refused or ignored; it belongs to version 1.`],
			remedy: `Rename [plugins.cri] to [plugins."${(config.version ?? 2) >= 3 ? 'io.containerd.cri.v1.runtime' : 'io.containerd.grpc.v1.cri'}"].`,
		});
	if (isOld && (config.version ?? 0) >= 3)
		traps.push({
			summary: `${config.path} is of version ${config.version}, too new for ${version}`,
			detail: ['containerd 1.6 reads it without a word and drops its plugin sections; 1.7 does not start with it.'],
			remedy: 'Write the file in version 2, or upgrade containerd to 2.0 or later.',
		});
	return [...traps, ...importTraps(containerd, isOld)];
}

const trapFinding = ({config}: ContainerdFacts, {remedy, ...trap}: Trap): Finding =>
	finding({
		id: 'engine-schema',
		label: 'Engine file',
		severity: 'warning',
		...trap,
		sources: [config.path],
		remedy: [remedy],
	});

/** Imported files: what 1.x replaces, what 2.0–2.2 lose, and what keeps 2.x from starting. */
function importTraps({config, version}: ContainerdFacts, isOld: boolean): Trap[] {
	const imported = (config.files ?? []).filter(({path}) => path !== config.path);
	const traps: Trap[] = imported
		.filter(({missing}) => missing)
		.map(({path}) => ({
			summary: `${config.path} imports ${path}, which is gone`,
			detail: ['containerd runs on, but would not start again: an import without a `*` has to be there.'],
			remedy: `Take ${path} out of \`imports\` in ${config.path}.`,
		}));
	const replacing = imported.filter(({criSections}) => criSections.length > 0);
	if (isOld)
		return [
			...traps,
			...replacing.map(({path}) => ({
				summary: `${path} replaces the CRI section of ${config.path}`,
				detail: [
					`containerd ${version} takes the section of an imported file instead of the main file's, as a whole: registries, CNI folders and other runtimes of ${config.path} are not in force.`,
				],
				remedy: `Move what is in ${path} into ${config.path}.`,
			})),
		];
	const other = replacing.filter(
		file => file.version !== null && config.version !== null && file.version !== config.version,
	);
	return [
		...traps,
		...other.map(file => ({
			summary: `${file.path} is of another version than ${config.path}`,
			detail: [
				`It declares version ${file.version}, the main file ${config.version}. containerd 2.0 to 2.2 then ignores one of the two without an error; 2.3 does not start if the imported one is newer.`,
			],
			remedy: `Write ${file.path} in version ${config.version}.`,
		})),
	];
}

const quotedList = (names: string[]): string => names.map(name => `[plugins."${name}"]`).join(', ');

function parsed(text: string): Toml {
	try {
		return parseToml(text);
	} catch {
		return {};
	}
}

/** What is on the disk is not what runs: a restart brings somebody else's change into force with ours. */
function changedSince({config, startedMs, unit}: ContainerdFacts): Finding | null {
	if (startedMs === undefined || startedMs === null) return null;
	const newer = (config.files ?? []).filter(
		({modifiedMs}) => modifiedMs !== null && modifiedMs > startedMs + toleranceMs,
	);
	const [first] = newer;
	if (!first) return null;
	const started = new Date(startedMs).toISOString().slice(0, 19).replace('T', ' ');
	return finding({
		id: 'engine-restart',
		label: 'Engine file',
		severity: 'warning',
		summary: `${first.path} was changed after containerd started`,
		detail: [
			...newer.map(
				({path, modifiedMs}) =>
					`${path}: ${new Date(modifiedMs ?? 0).toISOString().slice(0, 19).replace('T', ' ')} UTC, containerd since ${started} UTC.`,
			),
			'What is in it may not be in force yet. The restart after an installation brings it into force as well.',
		],
		sources: [...newer.map(({path}) => path), '/proc/stat'],
		remedy: [
			'If the change is meant, restart containerd first and see that all is well, so that the two are not mixed up.',
		],
		command: unit ? `sudo systemctl restart ${unit}` : null,
	});
}

/** A Kata handler as the default runtime puts every pod into a VM, host-network ones too, which fail then. */
function kataByDefault({kubernetes}: Facts, {config}: ContainerdFacts): Finding | null {
	const name = config.defaultRuntime;
	const runtime = name === null ? undefined : config.runtimes?.[name];
	const isKata = /^kata/.test(name ?? '') || /kata/.test(String(runtime?.runtime_type ?? ''));
	if (!isKata) return null;
	const isNode = (kubernetes?.signs ?? []).length > 0;
	return finding({
		id: 'engine-default',
		label: 'Engine file',
		severity: isNode ? 'warning' : 'note',
		summary: `\`${name}\` is the default runtime of containerd`,
		detail: [
			'Every pod that names no runtime class is started by Kata. Pods with host networking cannot run in a VM: kube-proxy, CNI and storage agents fail.',
			'kata-setup never changes the default runtime.',
		],
		sources: [config.path],
		remedy: ['Set default_runtime_name = "runc", and give pods that should run in a VM a runtime class.'],
	});
}
