/** What a Kata that is there already holds: what it can run, and whether it can be moved by a rename. */
import {type Runtime, runtimes} from '../../catalogue/catalogue.ts';
import type {Host} from '../../host/host.ts';
import {configurationInTree, kataPrefix, shimInTree, treesFolder} from '../../layout.ts';
import type {KataContentFacts} from '../kata-facts.ts';
import {mountOf, parseMountInfo} from '../machine/mount-info.ts';
import {quietly} from '../processes.ts';
import {exists} from '../read-text.ts';

/** What the folder at the prefix holds. Reads names and links alone. */
export async function contentOf(host: Host): Promise<KataContentFacts> {
	const shims = await Promise.all(runtimes.map(runtime => exists(host, `${kataPrefix}/${shimInTree[runtime]}`)));
	const mounts = parseMountInfo((await quietly(host.files.readText('/proc/self/mountinfo'))) ?? '');
	return {
		runtimes: runtimes.filter((_, index) => shims[index]),
		configurations: (await Promise.all(runtimes.map(runtime => configurationsOf(host, runtime)))).flat(),
		dropIns: (await Promise.all(runtimes.map(runtime => dropInsOf(host, runtime)))).flat(),
		sameFileSystem: mountOf(mounts, kataPrefix)?.at === mountOf(mounts, treesFolder)?.at,
	};
}

async function configurationsOf({files}: Host, runtime: Runtime): Promise<KataContentFacts['configurations']> {
	const folder = `${kataPrefix}/${configurationInTree[runtime]}`;
	const names = ((await quietly(files.list(folder))) ?? []).filter(name => /^configuration-.+\.toml$/.test(name));
	const target = await quietly(files.readLink(`${folder}/configuration.toml`));
	const byDefault = target?.slice(target.lastIndexOf('/') + 1);
	return names.map(file => ({runtime, file, isDefault: file === byDefault}));
}

async function dropInsOf({files}: Host, runtime: Runtime): Promise<NonNullable<KataContentFacts['dropIns']>> {
	const folder = `${kataPrefix}/${configurationInTree[runtime]}/config.d`;
	const names = ((await quietly(files.list(folder))) ?? []).filter(name => name.endsWith('.toml'));
	return names.map(name => ({runtime, path: `${folder}/${name}`}));
}
