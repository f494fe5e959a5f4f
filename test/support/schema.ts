/** Documents against the published schemas. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {Ajv, type ValidateFunction} from 'ajv';

const folder = join(import.meta.dirname, '../../assets/schemas');
const validators = new Map<string, ValidateFunction>();

/** The same schema without room for fields that it does not name: what we print ourselves has no others. */
function closed(schema: unknown): unknown {
	if (Array.isArray(schema)) return schema.map(closed);
	if (typeof schema !== 'object' || schema === null) return schema;
	const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
	return 'properties' in schema && 'type' in schema && !('additionalProperties' in schema)
		? {...inner, additionalProperties: false}
		: inner;
}

/**
 * What a document has against a schema that names every field; empty if nothing.
 * @param name the file's name in assets/schemas
 */
export function faultsOf(name: string, document: unknown): string[] {
	let validate = validators.get(name);
	if (!validate) {
		const schema = closed(JSON.parse(readFileSync(join(folder, name), 'utf8'))) as object;
		validate = new Ajv({allErrors: true, allowUnionTypes: true}).compile(schema);
		validators.set(name, validate);
	}
	validate(JSON.parse(JSON.stringify(document)));
	return (validate.errors ?? []).map(({instancePath, message, params}) =>
		[instancePath, message, JSON.stringify(params)].join(' '),
	);
}
