/** What a JSON Schema asks for, and what a value lacks, in words for a person. */
import type {ErrorObject} from 'ajv';

/** A schema as far as our generated ones go. */
export interface Schema {
	$ref?: string;
	anyOf?: Schema[];
	type?: string | string[];
	const?: unknown;
	enum?: unknown[];
	minimum?: number;
	properties?: Record<string, Schema>;
	definitions?: Record<string, Schema>;
}

export interface Fault {
	/** The field as a person would write it, for example `containerd[0].config.path`; empty for the whole. */
	field: string;
	/** What was found, in a few letters. */
	found: string;
	/** What it has to be, for example `a list`. */
	wanted: string;
}

const typeWords: Record<string, string> = {
	string: 'a text',
	number: 'a number',
	boolean: 'true or false',
	array: 'a list',
	object: 'an object',
	null: 'null',
};

/**
 * The one error to tell of, from those with which ajv (`verbose`) explains a refusal.
 * @param whole the schema with the definitions that its parts refer to
 */
export function faultIn(errors: readonly ErrorObject[], whole: Schema): Fault {
	const faults = errors.map(error => faultOf(error, whole));
	// A value that may be one of several was held against each: the deepest fault is that of the one which was meant,
	// and of equals the last one speaks of all.
	const deepest = faults.reduce((best, fault) => (fault.path.length >= best.path.length ? fault : best));
	return {field: fieldName(deepest.path), found: deepest.found, wanted: deepest.wanted};
}

function faultOf(error: ErrorObject, whole: Schema): {path: string[]; found: string; wanted: string} {
	const path = error.instancePath
		.split('/')
		.slice(1)
		.map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'));
	const schema = (error.parentSchema ?? {}) as Schema;
	if (error.keyword !== 'required') return {path, found: shown(error.data), wanted: wantedBy(schema, whole)};
	const missing = String((error.params as {missingProperty: unknown}).missingProperty);
	return {
		path: [...path, missing],
		found: shown(undefined),
		wanted: wantedBy(schema.properties?.[missing] ?? {}, whole),
	};
}

function wantedBy(schema: Schema, whole: Schema): string {
	if (schema.$ref !== undefined) {
		const name = schema.$ref.replace('#/definitions/', '');
		return wantedBy(whole.definitions?.[decodeURIComponent(name)] ?? {}, whole);
	}
	if (schema.anyOf) return [...new Set(schema.anyOf.map(one => wantedBy(one, whole)))].join(' or ');
	if (schema.const !== undefined) return JSON.stringify(schema.const);
	if (schema.enum) return `one of ${schema.enum.map(String).join(', ')}`;
	const words = [schema.type ?? []].flat().map(type => typeWords[type] ?? type);
	if (words.length === 0) return 'there';
	return `${words.join(' or ')}${schema.minimum === undefined ? '' : `, not below ${schema.minimum}`}`;
}

/** What was found, in a few letters. */
function shown(value: unknown): string {
	if (value === undefined) return 'not there';
	const text = JSON.stringify(value);
	return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

const fieldName = (path: readonly string[]): string =>
	path
		.map((part, index) => {
			if (/^\d+$/.test(part)) return `[${part}]`;
			if (!/^[A-Za-z_]\w*$/.test(part)) return `[${JSON.stringify(part)}]`;
			return index === 0 ? part : `.${part}`;
		})
		.join('');
