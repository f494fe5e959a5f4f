/** Small readings of /proc and /sys, shared by the probes. */
import type {Host} from '../host/host.ts';
import {quietly} from './processes.ts';

/** A file's text without the blanks at its ends; null if it is absent, empty, or not ours to read. */
export async function readLine({files}: Host, path: string): Promise<string | null> {
	const text = await quietly(files.readText(path));
	// Device trees end their strings with a NUL.
	return text?.replaceAll('\0', '').trim() || null;
}

/** Whether anything is there that we may see. */
export const exists = async ({files}: Host, path: string): Promise<boolean> =>
	(await quietly(files.stat(path))) !== null;

/** `KEY: value` and `KEY=value` lines; the first of each key counts, keys and values without blanks around them. */
export function fieldsOf(text: string, separator: ':' | '='): Map<string, string> {
	const fields = new Map<string, string>();
	for (const line of text.split('\n')) {
		const at = line.indexOf(separator);
		if (at <= 0) continue;
		const key = line.slice(0, at).trim();
		if (!fields.has(key)) fields.set(key, line.slice(at + 1).trim());
	}
	return fields;
}
