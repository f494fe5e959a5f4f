/** The configuration files that a Kata reads which is told none: what people edited, and links that lead nowhere. */
import type {Host} from '../../host/host.ts';
import {type Setting, settingsOf} from '../../kataconfig/translate.ts';
import {configurationFolder, kataPrefix} from '../../layout.ts';
import type {KataConfigurationFacts} from '../kata-facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';

export const kataConfigurationProbe: Probe<KataConfigurationFacts[]> = {
	name: 'kata-configuration',
	unknown: [],
	async read(host) {
		return (await Promise.all(places.map(place => readPlace(host, place)))).flat();
	},
};

interface Place {
	runtime: 'go' | 'rust';
	/** The folder that is read first. */
	folder: string;
	/** The folders of packaged files that it hides, in the order in which they would be read. */
	packaged: string[];
}

/**
 * The first default folder of each runtime hides the others. Source: Kata 4.1.0's compiled-in lists, as its error "load
 * TOML config failed (tried […])" prints them.
 */
const places: Place[] = (['go', 'rust'] as const).map(runtime => {
	const inside = runtime === 'rust' ? '/runtime-rs' : '';
	return {
		runtime,
		folder: `/etc/kata-containers${inside}`,
		packaged: [`/usr/share/defaults/kata-containers${inside}`, `${kataPrefix}/share/defaults/kata-containers${inside}`],
	};
});

async function readPlace(host: Host, place: Place): Promise<KataConfigurationFacts[]> {
	const {folder, packaged} = place;
	const [names, dropIns, defaults] = await Promise.all([
		tomlFiles(host, folder),
		tomlFiles(host, `${folder}/config.d`),
		Promise.all(packaged.map(path => danglingDefault(host, place, `${path}/configuration.toml`))),
	]);
	return [
		...(await Promise.all(names.map(name => readFile(host, place, `${folder}/${name}`)))),
		...(await Promise.all(dropIns.map(name => readDropIn(host, place, `${folder}/config.d/${name}`)))),
		...defaults.flat(),
	].filter(file => file !== null);
}

const tomlFiles = async ({files}: Host, folder: string): Promise<string[]> =>
	((await quietly(files.list(folder))) ?? []).filter(name => name.endsWith('.toml'));

const blank = ({runtime}: Place, path: string): KataConfigurationFacts => ({
	path,
	kind: 'file',
	runtime,
	target: null,
	packaged: null,
	differs: null,
	ours: false,
});

async function readFile(host: Host, place: Place, path: string): Promise<KataConfigurationFacts | null> {
	const {files} = host;
	const folder = path.slice(0, path.lastIndexOf('/'));
	const stat = await quietly(files.stat(path));
	if (stat === null || (stat.type !== 'file' && stat.type !== 'link')) return null;
	const target = stat.type === 'link' ? await quietly(files.readLink(path)) : null;
	const real = await quietly(files.realPath(path));
	const common = {...blank(place, path), target, ours: leadsToOurs(target, real)};
	if (real === null) return {...common, kind: 'dangling'};
	// A link to the packaged file itself changes nothing; one to a copy beside it is that copy's.
	const name = real.slice(real.lastIndexOf('/') + 1);
	const packaged = await firstOf(host, place.packaged, name);
	if (common.ours || packaged === null) return {...common, kind: stat.type};
	const [mine, theirs] = await Promise.all([quietly(files.read(real)), quietly(files.read(packaged))]);
	return {
		...common,
		kind: mine === null ? 'unreadable' : stat.type,
		packaged,
		differs: mine === null || theirs === null ? null : !mine.equals(theirs),
		// What a link leads to beside it is listed itself.
		...(stat.type === 'link' && real.startsWith(`${folder}/`) ? {} : setIn(mine, theirs)),
	};
}

async function readDropIn({files}: Host, place: Place, path: string): Promise<KataConfigurationFacts> {
	return {...blank(place, path), kind: 'drop-in', ...setIn(await quietly(files.read(path)), null)};
}

/** What is set in a file otherwise than in another one; nothing where it is no TOML. */
function setIn(mine: Buffer | null, theirs: Buffer | null): Pick<KataConfigurationFacts, 'set'> {
	const [own, packaged] = [settingsIn(mine), settingsIn(theirs)];
	const set = [...own].flatMap(([key, {table, option, value}]) =>
		JSON.stringify(packaged.get(key)?.value) === JSON.stringify(value) ? [] : [{table, option}],
	);
	return set.length === 0 ? {} : {set};
}

function settingsIn(bytes: Buffer | null): Map<string, Setting> {
	try {
		const settings = settingsOf(bytes?.toString('utf8') ?? '');
		return new Map(settings.map(setting => [`${setting.table} ${setting.option}`, setting]));
	} catch {
		return new Map();
	}
}

const leadsToOurs = (target: string | null, real: string | null): boolean =>
	[target, real].some(path => path?.startsWith(`${configurationFolder}/`) ?? false);

/** The file of that name in the first of the folders that has it; null if none has. */
async function firstOf({files}: Host, folders: string[], name: string): Promise<string | null> {
	for (const folder of folders) {
		const path = `${folder}/${name}`;
		if ((await quietly(files.realPath(path))) !== null) return path;
	}
	return null;
}

/** The default of an installation, if it is a link that leads nowhere. */
async function danglingDefault({files}: Host, place: Place, path: string): Promise<KataConfigurationFacts[]> {
	const target = await quietly(files.readLink(path));
	if (target === null || (await quietly(files.realPath(path))) !== null) return [];
	return [{...blank(place, path), kind: 'dangling', target}];
}
