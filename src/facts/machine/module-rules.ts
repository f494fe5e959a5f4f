/** What is configured for modules and against them: modprobe.d(5), the kernel's command line, modules-load.d(5). */
import {globMatches} from '../../engines/containerd-imports.ts';
import type {Host} from '../../host/host.ts';
import type {ModuleFacts, ModuleRule} from '../facts.ts';
import {readLine} from '../read-text.ts';

/** A file of a name masks those of the same name further down: modprobe.d(5) and modules-load.d(5) agree. */
const modprobeFolders = [
	'/etc/modprobe.d',
	'/run/modprobe.d',
	'/usr/local/lib/modprobe.d',
	'/usr/lib/modprobe.d',
	'/lib/modprobe.d',
];
const loadFolders = [
	'/etc/modules-load.d',
	'/run/modules-load.d',
	'/usr/local/lib/modules-load.d',
	'/usr/lib/modules-load.d',
	'/lib/modules-load.d',
];

interface ConfigLine {
	path: string;
	line: string;
}

/** All lines in force of the `.conf` files in those folders, without comments, continued lines joined. */
async function configLines(host: Host, folders: readonly string[]): Promise<ConfigLine[]> {
	const paths = new Map<string, string>();
	for (const folder of folders)
		for (const name of (await host.files.list(folder).catch(() => null)) ?? [])
			if (name.endsWith('.conf') && !paths.has(name)) paths.set(name, `${folder}/${name}`);
	const files = await Promise.all([...paths.values()].map(path => linesOf(host, path)));
	return files.flat();
}

async function linesOf(host: Host, path: string): Promise<ConfigLine[]> {
	const text = ((await readLine(host, path)) ?? '').replaceAll(/\\\n/g, ' ');
	return text
		.split('\n')
		.map(line => line.trim())
		.filter(line => line !== '' && !/^[#;]/.test(line))
		.map(line => ({path, line}));
}

/** Module names use `-` and `_` alike. */
const plain = (name: string): string => name.replaceAll('-', '_');

/** An `install` line whose command loads the module after all keeps nothing out. */
const loadsAfterAll = /\b(modprobe|insmod)\b/;

const kernelOptions: Record<string, ModuleRule['stops']> = {
	module_blacklist: 'loading',
	'modprobe.blacklist': 'autoloading',
};

/**
 * The rules against modules, each with the module that is needed and the one that is named.
 *
 * `install` lines replace the loading. `blacklist` lines, and `modprobe.blacklist=` on the kernel's command line, stop the
 * loading by device alone; `modprobe MODULE` works in spite of them, but systemd-modules-load obeys them (it asks libkmod
 * with KMOD_PROBE_APPLY_BLACKLIST). `module_blacklist=` is the kernel's own, and nothing gets past it.
 */
export async function moduleRules(host: Host, needs: readonly {for: string; module: string}[]): Promise<ModuleRule[]> {
	const lines = await configLines(host, modprobeFolders);
	const words = ((await readLine(host, '/proc/cmdline')) ?? '').split(/\s+/);
	const found = needs.flatMap(need => [
		...lines.map(({path, line}) => ({...need, stops: stopOf(line, need.module), path, line})),
		...words.map(line => ({...need, stops: stopOfOption(line, need.module), path: '/proc/cmdline', line})),
	]);
	return found.filter((rule): rule is ModuleRule => rule.stops !== null);
}

function stopOfOption(word: string, module: string): ModuleRule['stops'] | null {
	const [option = '', value = ''] = word.split('=');
	return value.split(',').map(plain).includes(module) ? (kernelOptions[option] ?? null) : null;
}

function stopOf(line: string, module: string): ModuleRule['stops'] | null {
	const [keyword, name = '', ...command] = line.split(/\s+/);
	if (keyword === 'blacklist' && plain(name) === module) return 'autoloading';
	// kmod takes the name of an `install` line for a pattern.
	if (keyword === 'install' && globMatches(plain(name), module) && !loadsAfterAll.test(command.join(' ')))
		return 'loading';
	return null;
}

/** Which of those modules are loaded at every boot, by modules-load.d(5) or the older /etc/modules. */
export async function bootModules(host: Host, names: readonly string[]): Promise<ModuleFacts['atBoot']> {
	const lines = [...(await configLines(host, loadFolders)), ...(await linesOf(host, '/etc/modules'))];
	return lines.flatMap(({path, line}) => {
		const module = plain(line.split(/\s+/)[0] ?? '');
		return names.includes(module) ? [{module, path}] : [];
	});
}
