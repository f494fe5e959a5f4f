/** The settings that people put beside those of ours: the drop-ins in the config.d of every pair. */
import type {Host} from '../../host/host.ts';
import {configurationFolder, hostDropIn} from '../../layout.ts';
import type {DropInFacts} from '../kata-facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';

/** Both runtimes read every drop-in whenever a sandbox starts; what people write by hand is a hundred times smaller. */
const largestBytes = 64 * 1024;

export const dropInsProbe: Probe<DropInFacts[]> = {
	name: 'drop-ins',
	unknown: [],
	async read(host) {
		const names = await namesIn(host, configurationFolder);
		return (await Promise.all(names.map(pair => readPair(host, pair)))).flat();
	},
};

const namesIn = async ({files}: Host, folder: string): Promise<string[]> =>
	((await quietly(files.list(folder))) ?? []).toSorted();

/** The link to the active pair names one of the folders once more, and is not followed. */
async function readPair(host: Host, pair: string): Promise<DropInFacts[]> {
	const own = `${configurationFolder}/${pair}`;
	if ((await quietly(host.files.stat(own)))?.type !== 'directory') return [];
	const names = (await namesIn(host, `${own}/config.d`)).filter(name => name.endsWith('.toml') && name !== hostDropIn);
	return Promise.all(names.map(name => readDropIn(host, pair, `${own}/config.d/${name}`)));
}

const readDropIn = async (host: Host, pair: string, path: string): Promise<DropInFacts> => ({
	path,
	pair,
	...(await readDropInText(host, path)),
});

/** The permission bits and the text of a drop-in; null: it is none that a runtime reads, or that may be read here. */
export async function readDropInText({files}: Host, path: string): Promise<Pick<DropInFacts, 'mode' | 'text'>> {
	const stat = await quietly(files.stat(path));
	const readable = stat?.type === 'file' && stat.size <= largestBytes;
	const bytes = readable ? await quietly(files.read(path)) : null;
	return {mode: stat?.mode ?? 0o644, text: bytes && textOf(bytes)};
}

/** Every byte of it is in the text, or there is none: TOML is UTF-8. */
function textOf(bytes: Uint8Array): string | null {
	try {
		return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
	} catch {
		return null;
	}
}
