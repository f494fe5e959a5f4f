/**
 * Writes assets/vocabulary.json: which options Kata's packaged configuration files know, by runtime and hypervisor.
 *
 *     node scripts/build-vocabulary.mjs VERSION FOLDER
 *
 * FOLDER holds the release's files as <runtime>/<architecture>/configuration-*.toml. Only names are taken, no text: they
 * are what a drop-in of ours may say, and what `src/kataconfig/translate.ts` looks a user's option up in.
 */
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const [version, folder] = process.argv.slice(2);
if (!version || !folder) {
	console.error('usage: node scripts/build-vocabulary.mjs VERSION FOLDER');
	process.exit(2);
}

/** Table → option names; commented-out options count, since that is how Kata documents them. */
function optionsIn(text) {
	const tables = {};
	let table = '';
	for (const line of text.split('\n')) {
		const header = /^#?\s?\[([a-z0-9_.-]+)\]\s*$/.exec(line);
		if (header) {
			table = header[1];
			continue;
		}
		// Prose that happens to hold a `=` begins with more than one blank, or with a capital.
		const option = /^(?:#\s?)?([a-z][a-z0-9_]*)\s*=/.exec(line);
		if (option && table) add(tables, table, option[1]);
	}
	return tables;
}

function add(tables, table, option) {
	tables[table] ??= new Set();
	tables[table].add(option);
}

const files = {};
for (const runtime of ['go', 'rust'])
	for (const architecture of readdirSync(join(folder, runtime)))
		for (const name of readdirSync(join(folder, runtime, architecture))) {
			const key = `${runtime}/${name}`;
			files[key] ??= {runtime, name, tables: {}, architectures: []};
			const entry = files[key];
			entry.architectures.push(architecture);
			const found = optionsIn(readFileSync(join(folder, runtime, architecture, name), 'utf8'));
			for (const [table, options] of Object.entries(found))
				for (const option of options) add(entry.tables, table, option);
		}

const vocabulary = {
	schema: 1,
	source: `The option names in the configuration files that Kata ${version} packages, of all architectures.`,
	version,
	files: Object.values(files)
		.sort((a, b) => (`${a.runtime}/${a.name}` < `${b.runtime}/${b.name}` ? -1 : 1))
		.map(({runtime, name, tables, architectures}) => ({
			runtime,
			file: name,
			architectures: architectures.sort(),
			tables: Object.fromEntries(
				Object.entries(tables)
					.sort(([a], [b]) => (a < b ? -1 : 1))
					.map(([table, options]) => [table, [...options].sort()]),
			),
		})),
};
const target = new URL('../assets/vocabulary.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(vocabulary)}\n`);
console.log(`${vocabulary.files.length} files in ${target.pathname}`);
