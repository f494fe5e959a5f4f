/** The handlers of engines that start a Kata, and whether what they name is still there. */

import {parseToml, type Toml, tableOf, valueAt} from '../../engines/toml-text.ts';
import type {Host} from '../../host/host.ts';
import type {ContainerdFacts} from '../engine-facts.ts';
import type {KataHandlerFacts, NamedPath} from '../kata-facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';
import {presenceOf} from './presence.ts';

/** @param containerd the running ones, whose configuration in force was asked already */
export const kataHandlersProbe = (containerd: readonly ContainerdFacts[]): Probe<KataHandlerFacts[]> => ({
	name: 'kata-handlers',
	unknown: [],
	async read(host) {
		const entries = await Promise.all([
			...containerd.map(ofContainerd),
			ofDocker(host),
			...dockerDropInFolders.map(folder => ofDockerUnit(host, folder)),
			ofCrio(host),
		]);
		return Promise.all(
			entries
				.flat()
				.filter(isKata)
				.map(entry => withPresence(host, entry)),
		);
	},
});

/** A handler as a configuration has it. */
interface Entry extends Omit<KataHandlerFacts, 'runtime' | 'configuration'> {
	runtime: string | null;
	configuration: string | null;
}

const isKata = ({name, type, runtime}: Entry): boolean =>
	/(^|[.-])kata([.-]|$)/.test(type ?? '') || /kata/.test(runtime ?? '') || /^kata(-|$)/.test(name);

async function withPresence(host: Host, {runtime, configuration, ...entry}: Entry): Promise<KataHandlerFacts> {
	const named = async (path: string | null): Promise<NamedPath | null> =>
		path === null ? null : {path, state: await presenceOf(host, path)};
	return {...entry, runtime: await named(runtime), configuration: await named(configuration)};
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function ofContainerd({config}: ContainerdFacts): Entry[] {
	return Object.entries(config.runtimes ?? {}).map(([name, table]) => ({
		engine: 'containerd',
		source: config.path,
		name,
		type: textOf(table.runtime_type),
		runtime: textOf(table.runtime_path),
		configuration: textOf(tableOf(table.options).ConfigPath),
	}));
}

const dockerConfiguration = '/etc/docker/daemon.json';

async function ofDocker({files}: Host): Promise<Entry[]> {
	const text = await quietly(files.readText(dockerConfiguration));
	let parsed: unknown = null;
	try {
		parsed = JSON.parse(text ?? 'null');
	} catch {
		// Docker does not start with such a file; that is said of the engine.
	}
	return Object.entries(tableOf(tableOf(parsed).runtimes)).map(([name, value]) => {
		const entry = tableOf(value);
		const type = textOf(entry.runtimeType);
		return {
			engine: 'docker',
			source: dockerConfiguration,
			name,
			// Docker takes a shim's absolute path for its type.
			type: type?.startsWith('/') ? null : type,
			runtime: textOf(entry.path) ?? (type?.startsWith('/') ? type : null),
			configuration: textOf(tableOf(entry.options).ConfigPath),
		};
	});
}

const dockerDropInFolders = ['/etc/systemd/system/docker.service.d'];

/** `--add-runtime NAME=PATH` on the daemon's command line, as the packages of Kata 1.x wrote it. */
async function ofDockerUnit({files}: Host, folder: string): Promise<Entry[]> {
	const names = ((await quietly(files.list(folder))) ?? []).filter(name => name.endsWith('.conf'));
	const texts = await Promise.all(names.map(name => quietly(files.readText(`${folder}/${name}`))));
	return texts.flatMap((text, index) =>
		[...(text ?? '').matchAll(/^(?!\s*[#;]).*/gm)].flatMap(([line]) =>
			[...line.matchAll(/--add-runtime[= ]"?([\w.-]+)=(\/[^\s"]+)/g)].map(
				([, name = '', runtime = '']): Entry => ({
					engine: 'docker',
					source: `${folder}/${names[index]}`,
					name,
					type: null,
					runtime,
					configuration: null,
				}),
			),
		),
	);
}

/** CRI-O's main file and its drop-ins; later files win, which does not matter for what is missing. */
async function ofCrio({files}: Host): Promise<Entry[]> {
	const folder = '/etc/crio/crio.conf.d';
	const dropIns = ((await quietly(files.list(folder))) ?? []).map(name => `${folder}/${name}`);
	const entries = await Promise.all(
		['/etc/crio/crio.conf', ...dropIns].map(async source => {
			const runtimes = valueAt(parsedOrEmpty((await quietly(files.readText(source))) ?? ''), [
				'crio',
				'runtime',
				'runtimes',
			]);
			return Object.entries(tableOf(runtimes)).map(([name, value]): Entry => {
				const table = tableOf(value);
				const configuration = textOf(table.runtime_config_path);
				return {engine: 'crio', source, name, type: null, runtime: textOf(table.runtime_path), configuration};
			});
		}),
	);
	return entries.flat();
}

function parsedOrEmpty(text: string): Toml {
	try {
		return parseToml(text);
	} catch {
		return {};
	}
}
