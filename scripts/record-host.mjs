/**
 * Records a host for test/corpus: prints the recording, which is to be read before it is committed.
 *
 *     node scripts/record-host.mjs "what kind of host" "which machine" > test/corpus/hosts/NAME.json
 *     node scripts/record-host.mjs --bundle FILE     the recorder as one file, for the dist/ folder of a package elsewhere
 */
import {spawnSync} from 'node:child_process';
import {mkdirSync, rmSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const words = process.argv.slice(2);
const bundling = words[0] === '--bundle';
const file = bundling ? words[1] : join(root, `dist/record-host-${process.pid}.mjs`);
if (!file || words.length !== 2) {
	console.error('usage: record-host.mjs NAME FROM | --bundle FILE');
	process.exit(2);
}
mkdirSync(dirname(file), {recursive: true});
await build({
	stdin: {
		contents: `import {recordHost} from './test/corpus/record.ts';
const [name, from] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await recordHost(name, from), null, '\\t') + '\\n');`,
		resolveDir: root,
	},
	outfile: file,
	bundle: true,
	platform: 'node',
	format: 'esm',
	target: 'node20',
	banner: {
		js: "import {createRequire as bundledRequire} from 'node:module';\nconst require = bundledRequire(import.meta.url);",
	},
	logLevel: 'warning',
});
if (!bundling) {
	const {status} = spawnSync(process.execPath, [file, ...words], {stdio: 'inherit'});
	rmSync(file);
	process.exitCode = status ?? 1;
}
