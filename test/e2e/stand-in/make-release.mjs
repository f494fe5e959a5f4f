/**
 * Makes a stand-in release and prints its path, SHA-256 and size, one archive a line:
 *
 *     node test/e2e/stand-in/make-release.mjs [--runtime rust|go] [--version V] [--settings JSON] [--node PATH] [--to FOLDER]
 *
 * Without --runtime it makes both. They stay in the cache, or are copied into --to. See release.ts and shim/main.ts.
 */
import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {build} from 'esbuild';

const text = {type: 'string'};
const {values} = parseArgs({options: {runtime: text, version: text, settings: text, node: text, to: text}});

// Node 20 reads no TypeScript. Beside the sources, so that packages and neighbours are found from there.
const work = await mkdtemp(join(import.meta.dirname, '.make-'));
let makeArchive;
try {
	const outfile = join(work, 'release.mjs');
	await build({
		entryPoints: [join(import.meta.dirname, 'release.ts')],
		outfile,
		bundle: true,
		packages: 'external',
		platform: 'node',
		format: 'esm',
		target: 'node20',
		define: {'import.meta.dirname': JSON.stringify(import.meta.dirname)},
		logLevel: 'error',
	});
	({makeArchive} = await import(outfile));
} finally {
	await rm(work, {recursive: true, force: true});
}

const {runtime, settings, to, ...rest} = values;
if (to) await mkdir(to, {recursive: true});
for (const wanted of runtime ? [runtime] : ['rust', 'go']) {
	const options = {...rest, ...(settings ? {settings: JSON.parse(settings)} : {}), ...(to ? {folder: to} : {})};
	const {path, sha256, size} = await makeArchive(wanted, options);
	console.log(`${path} ${sha256} ${size}`);
}
