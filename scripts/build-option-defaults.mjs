/**
 * Writes assets/option-defaults.json: what Kata's packaged configuration files set for the options that kata-setup offers.
 *
 *     node scripts/build-option-defaults.mjs VERSION FOLDER
 *
 * FOLDER holds the release's files as <runtime>/<architecture>/configuration-*.toml. Values alone are taken, no text.
 */
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parse} from '@iarna/toml';

const [version, folder] = process.argv.slice(2);
if (!version || !folder) {
	console.error('usage: node scripts/build-option-defaults.mjs VERSION FOLDER');
	process.exit(2);
}

const keys = new Set([
	'default_vcpus',
	'default_memory',
	'enable_debug',
	'shared_fs',
	'sandbox_cgroup_only',
	'static_sandbox_resource_mgmt',
	'enable_template',
	'enable_hugepages',
	'rootless',
]);

/** Table path → the wanted keys that are in force there. */
function valuesIn(table, path = [], found = {}) {
	for (const [key, value] of Object.entries(table)) {
		if (typeof value === 'object' && !Array.isArray(value)) valuesIn(value, [...path, key], found);
		else if (keys.has(key)) {
			const name = path.join('.');
			found[name] = {...found[name], [key]: value};
		}
	}
	return found;
}

const files = [];
for (const runtime of ['go', 'rust'])
	for (const architecture of readdirSync(join(folder, runtime)).sort())
		for (const file of readdirSync(join(folder, runtime, architecture)).sort()) {
			const tables = valuesIn(parse(readFileSync(join(folder, runtime, architecture, file), 'utf8')));
			const text = JSON.stringify(tables);
			const same = files.find(one => one.runtime === runtime && one.file === file && one.text === text);
			if (same) same.architectures.push(architecture);
			else files.push({runtime, file, architectures: [architecture], tables, text});
		}

const defaults = {
	schema: 1,
	source: `The values in the configuration files that Kata ${version} packages; architectures with the same values share an entry.`,
	version,
	files: files.map(({text, ...entry}) => entry),
};
const target = new URL('../assets/option-defaults.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(defaults)}\n`);
console.log(`${defaults.files.length} entries in ${target.pathname}`);
