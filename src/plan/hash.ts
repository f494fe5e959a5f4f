/** Canonical JSON and its SHA-256: the identity of a plan. */
import {createHash} from 'node:crypto';

/** JSON with the keys of every object in order, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
	return JSON.stringify(value, (_key, inner: unknown) =>
		inner !== null && typeof inner === 'object' && !Array.isArray(inner)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);
}

/** SHA-256 in hex of a value's canonical JSON. */
export const hashOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

/** SHA-256 in hex of a text's bytes, as `Facts.paths` has it of a file. */
export const hashOfText = (text: string): string => createHash('sha256').update(text).digest('hex');
