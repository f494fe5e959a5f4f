/**
 * What people have set for a Kata that is not ours: drop-ins, and configuration files that were copied and edited. An adoption
 * carries them over, so their values are read here, and not only their names.
 */
import {dirname} from 'node:path';
import {catalogue, type Runtime, runtimes} from '../../catalogue/catalogue.ts';
import type {Host} from '../../host/host.ts';
import {type Setting, settingsOf, settingsText} from '../../kataconfig/translate.ts';
import {configurationFolder, configurationInTree, defaultConfiguration, kataPrefix} from '../../layout.ts';
import type {TheirSettingsFacts} from '../kata-facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';
import {readDropInText} from './drop-ins.ts';

export const theirSettingsProbe: Probe<TheirSettingsFacts[]> = {
	name: 'their-settings',
	unknown: [],
	async read(host) {
		return (await Promise.all(runtimes.map(runtime => ofRuntime(host, runtime)))).flat();
	},
};

async function ofRuntime(host: Host, runtime: Runtime): Promise<TheirSettingsFacts[]> {
	const packaged = `${kataPrefix}/${configurationInTree[runtime]}`;
	const folders = [packaged, dirname(defaultConfiguration[runtime])].map(folder => `${folder}/config.d`);
	const dropIns = await Promise.all(folders.map(folder => dropInsIn(host, folder, runtime)));
	return [...(await editedFiles(host, runtime, packaged)), ...dropIns.flat()];
}

const tomlFiles = async ({files}: Host, folder: string): Promise<string[]> =>
	((await quietly(files.list(folder))) ?? []).filter(name => name.endsWith('.toml')).toSorted();

async function dropInsIn(host: Host, folder: string, runtime: Runtime): Promise<TheirSettingsFacts[]> {
	// A link of the folder that leads into ours shows what is ours.
	if ((await quietly(host.files.realPath(folder)))?.startsWith(`${configurationFolder}/`)) return [];
	const names = await tomlFiles(host, folder);
	return Promise.all(
		names.map(async name => {
			const path = `${folder}/${name}`;
			return {path, runtime, kind: 'drop-in', ...(await readDropInText(host, path))};
		}),
	);
}

/** The files in /etc that are no links, where they set something otherwise than the packaged file that they come from. */
async function editedFiles(host: Host, runtime: Runtime, packaged: string): Promise<TheirSettingsFacts[]> {
	const folder = dirname(defaultConfiguration[runtime]);
	const found = await Promise.all(
		(await tomlFiles(host, folder)).map(async name => ({
			path: `${folder}/${name}`,
			stat: await quietly(host.files.stat(`${folder}/${name}`)),
		})),
	);
	const own = found.filter(({stat}) => stat?.type === 'file');
	if (own.length === 0) return [];
	const originals = await readOriginals(host, packaged);
	const read = await Promise.all(
		own.map(async ({path, stat}): Promise<TheirSettingsFacts | null> => {
			const common = {path, runtime, kind: 'file', mode: stat?.mode ?? 0o644} as const;
			const text = await quietly(host.files.readText(path));
			const settings = text === null ? null : settingsIn(text);
			if (settings === null) return {...common, text: null};
			const closest = closestOf(settings, originals);
			if (!closest) return {...common, text: null};
			const {changed, unset, name} = closest;
			if (changed.length === 0 && unset.length === 0) return null;
			const names = unset.map(({table, option}) => ({table, option}));
			return {...common, text: settingsText(changed), like: name, ...(names.length > 0 ? {unset: names} : {})};
		}),
	);
	return read.filter(file => file !== null);
}

/** A managed copy is made of one of these; a variant's file (of a GPU, say) is compared with the plain one too. */
const described = new Set(catalogue.pairs.flatMap(({configuration}) => configuration.map(({file}) => file)));

interface Original {
	name: string;
	settings: Setting[];
}

async function readOriginals(host: Host, folder: string): Promise<Original[]> {
	const names = (await tomlFiles(host, folder)).filter(name => described.has(name));
	const all = await Promise.all(
		names.map(async name => ({
			name,
			settings: settingsIn((await quietly(host.files.readText(`${folder}/${name}`))) ?? ''),
		})),
	);
	return all.flatMap(({name, settings}) => (settings ? [{name, settings}] : []));
}

/** Null: it is no TOML. */
function settingsIn(text: string): Setting[] | null {
	try {
		return settingsOf(text);
	} catch {
		return null;
	}
}

const keyOf = ({table, option}: Setting): string => `${table} ${option}`;
const hypervisorOf = (settings: readonly Setting[]): string | undefined =>
	settings.map(({table}) => /^hypervisor\.([^.]+)/.exec(table)?.[1]).find(name => name !== undefined);

/** The packaged file of the same hypervisor that a file differs least from, and how; null: there is none. */
function closestOf(
	settings: readonly Setting[],
	originals: readonly Original[],
): {name: string; changed: Setting[]; unset: Setting[]} | null {
	const hypervisor = hypervisorOf(settings);
	const compared = originals
		.filter(original => hypervisorOf(original.settings) === hypervisor)
		.map(original => {
			const theirs = new Map(original.settings.map(setting => [keyOf(setting), JSON.stringify(setting.value)]));
			const own = new Set(settings.map(keyOf));
			return {
				name: original.name,
				changed: settings.filter(setting => theirs.get(keyOf(setting)) !== JSON.stringify(setting.value)),
				unset: original.settings.filter(setting => !own.has(keyOf(setting))),
			};
		});
	const [first] = compared.toSorted((a, b) => a.changed.length + a.unset.length - (b.changed.length + b.unset.length));
	return first ?? null;
}
