/**
 * Makes the published JSON Schemas from the TypeScript types, with the doc comments as descriptions:
 *
 *     npm run schemas
 *
 * They describe what a program may rely on, so fields that they do not name are allowed: a later kata-setup may add some.
 */
import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {createGenerator} from 'ts-json-schema-generator';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** By the file's name in assets/schemas: the type, and what has that shape. */
const documents = {
	'check.schema.json': ['CheckDocument', 'What `kata-setup check --json` prints'],
	'facts.schema.json': ['Facts', 'What `--facts FILE` reads: the field `facts` of `check --json`'],
	'plan.schema.json': ['Plan', 'What `kata-setup plan --json` prints and `apply FILE` reads'],
	'catalogue.schema.json': [
		'Catalogue',
		'assets/catalogue.json: what is known of runtimes and hypervisors, by release',
	],
	'list.schema.json': ['Matrix', 'What `kata-setup list --json` prints'],
	'explain.schema.json': ['ExplainDocument', 'What `kata-setup explain NAME --json` prints'],
	'recommend.schema.json': ['RecommendDocument', 'What `kata-setup recommend --json` prints'],
	'status.schema.json': ['StatusDocument', 'What `kata-setup status --json` prints'],
	'rest.schema.json': ['RestDocument', 'What `kata-setup finish --dry-run --json` prints'],
	'attach.schema.json': ['AttachDocument', 'What `kata-setup attach --json` prints where no run is going on'],
	'event.schema.json': [
		'PrintedLine',
		'One line of what a run prints with `--json`; the one that every command prints with it that fails outside of one',
	],
};

/** Where these types are. */
const sources =
	'{catalogue/{catalogue,matrix},cli/printed,facts/{check-document,facts,recommendation},kataconfig/option-story,plan/plan}.ts';

/** The text of every schema, by its file's name. */
export function makeSchemas() {
	const generator = createGenerator({
		path: join(root, 'src', sources),
		tsconfig: join(root, 'tsconfig.json'),
		additionalProperties: true,
		// `npm run check` has looked at the types, with a TypeScript that the generator does not know yet.
		skipTypeCheck: true,
	});
	return Object.fromEntries(
		Object.entries(documents).map(([name, [type, title]]) => {
			const {$schema, ...rest} = generator.createSchema(type);
			return [name, `${JSON.stringify({$schema, title, ...withoutNegatives(rest)}, null, '\t')}\n`];
		}),
	);
}

/** Every number that this program records is a count, a size, an id or a time: none is below zero. */
function withoutNegatives(schema) {
	if (Array.isArray(schema)) return schema.map(withoutNegatives);
	if (typeof schema !== 'object' || schema === null) return schema;
	const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, withoutNegatives(value)]));
	const isNumber = [schema.type].flat().includes('number') && schema.const === undefined && schema.enum === undefined;
	return isNumber && schema.minimum === undefined ? {...inner, minimum: 0} : inner;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const folder = join(root, 'assets/schemas');
	await mkdir(folder, {recursive: true});
	for (const [name, text] of Object.entries(makeSchemas())) await writeFile(join(folder, name), text);
}
