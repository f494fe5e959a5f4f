/** Facts from a file: what `kata-setup check --json` recorded, on this host or on another. */
import {readFileSync} from 'node:fs';
import {Ajv, type ValidateFunction} from 'ajv';
import {assetPath} from '../assets.ts';
import {KataSetupError} from '../errors.ts';
import type {Facts} from './facts.ts';
import {faultIn, type Schema} from './schema-words.ts';

interface FactsShape {
	schema: Schema;
	holds: ValidateFunction<Facts>;
}

/** Made once, when it is first needed: few runs read recorded facts, and this is the slowest part of them. */
let shape: FactsShape | null = null;

function factsShape(): FactsShape {
	if (shape) return shape;
	const schema = JSON.parse(readFileSync(assetPath('schemas/facts.schema.json'), 'utf8')) as Schema;
	// `verbose` keeps what was found and what was wanted with each error.
	shape = {schema, holds: new Ajv({verbose: true, allowUnionTypes: true}).compile<Facts>(schema)};
	return shape;
}

/**
 * Facts of a recording. Fields that this kata-setup does not know are carried along.
 * @param recorded parsed JSON: the facts alone, or the whole document of `check --json`, which holds them as `facts`
 * @throws KataSetupError (`usage`) that names a field that is missing, wrong, or of a newer schema
 */
export function parseFacts(recorded: unknown): Facts {
	const inside = (recorded as {facts?: unknown} | null)?.facts;
	const facts = inside === undefined ? recorded : inside;
	const within = inside === undefined ? '' : 'facts';
	refuseOtherSchema(facts, within);
	const {schema, holds} = factsShape();
	if (holds(facts)) return facts;
	const {field, found, wanted} = faultIn(holds.errors ?? [], schema);
	const named = nameIn(within, field);
	throw new KataSetupError(
		'usage',
		`${named === '' ? 'The whole' : `The field \`${named}\``} is ${found}, but has to be ${wanted}.`,
		{
			why: 'These are not facts as this kata-setup records them.',
			remedy: 'Record them again on that host: kata-setup check --json > facts.json',
		},
	);
}

const nameIn = (within: string, field: string): string =>
	within === '' || field === '' || field.startsWith('[') ? `${within}${field}` : `${within}.${field}`;

/** A newer kata-setup's facts may mean other things by the same names: they are not guessed at. */
function refuseOtherSchema(facts: unknown, within: string): void {
	if (typeof facts !== 'object' || facts === null || Array.isArray(facts)) return;
	const {schema} = facts as {schema?: unknown};
	if (schema === 1) return;
	const name = nameIn(within, 'schema');
	const newer = typeof schema === 'number' && schema > 1;
	throw new KataSetupError(
		'usage',
		schema === undefined
			? `The field \`${name}\` is missing.`
			: `These facts have the ${name} ${JSON.stringify(schema)}.`,
		{
			why: newer ? 'A newer kata-setup recorded them; this one reads schema 1.' : 'This kata-setup reads schema 1.',
			remedy: newer
				? 'Use that kata-setup, or record them again with this one.'
				: 'kata-setup check --json > facts.json',
		},
	);
}
