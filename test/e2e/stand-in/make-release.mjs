/**
 * Makes a stand-in release and prints its path, SHA-256 and size, one archive a line:
 *
 *     node test/e2e/stand-in/make-release.mjs [--runtime rust|go] [--version V] [--settings JSON] [--to FOLDER]
 *
 * Without --runtime it makes both. With --to they are copied there. See release.ts and shim/main.ts.
 */
import {copyFile, mkdir, mkdtemp, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {build} from 'esbuild';

const text = {type: 'string'};
const {values} = parseArgs({options: {runtime: text, version: text, settings: text, to: text}});

// Node 20 reads no TypeScript. Beside the sources, so that packages and neighbours are found from there.
const work = await mkdtemp(join(import.meta.dirname, '.make-'));
let makeRelease;
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
	({makeRelease} = await import(outfile));
} finally {
	await rm(work, {recursive: true, force: true});
}

for (const runtime of values.runtime ? [values.runtime] : ['rust', 'go']) {
	const made = await makeRelease({
		runtime,
		...(values.version ? {version: values.version} : {}),
		...(values.settings ? {settings: JSON.parse(values.settings)} : {}),
	});
	let {path} = made;
	if (values.to) {
		await mkdir(values.to, {recursive: true});
		path = join(values.to, made.name);
		await copyFile(made.path, path);
	}
	console.log(`${path} ${made.sha256} ${made.size}`);
}
