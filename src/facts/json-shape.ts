/** Small readers that compose: JSON of unknown origin becomes a value of a known type, or an error that names the field. */
import {KataSetupError} from '../errors.ts';

/**
 * Gives the value, or throws.
 * @param at the field's name as a person would write it, for example `containerd[0].config.path`
 */
export type Reader<T> = (value: unknown, at: string) => T;

/** One reader for each field; a field that may be absent has one made by `optional`. */
type Shape<T> = {[K in keyof T]-?: Reader<T[K]>};

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** What was found, in a few letters. */
function shown(value: unknown): string {
	if (value === undefined) return 'not there';
	const text = JSON.stringify(value);
	return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

function refuse(at: string, wanted: string, value: unknown): never {
	const what = at === '' ? 'The whole' : `The field \`${at}\``;
	throw new KataSetupError('usage', `${what} is ${shown(value)}, but has to be ${wanted}.`, {
		why: 'These are not facts as this kata-setup records them.',
		remedy: 'Record them again on that host: kata-setup check --json > facts.json',
	});
}

export const text: Reader<string> = (value, at) => (typeof value === 'string' ? value : refuse(at, 'a text', value));

/** Finite, and not below zero: bytes, counts and ids. */
export const count: Reader<number> = (value, at) =>
	typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : refuse(at, 'a number', value);

export const truth: Reader<boolean> = (value, at) =>
	typeof value === 'boolean' ? value : refuse(at, 'true or false', value);

export const oneOf =
	<T extends string>(words: readonly T[]): Reader<T> =>
	(value, at) =>
		words.find(word => word === value) ?? refuse(at, `one of ${words.join(', ')}`, value);

export const nullable =
	<T>(read: Reader<T>): Reader<T | null> =>
	(value, at) =>
		value === null ? null : read(value, at);

/** A field that may be left out. */
export const optional =
	<T>(read: Reader<T>): Reader<T | undefined> =>
	(value, at) =>
		value === undefined ? undefined : read(value, at);

export const list =
	<T>(read: Reader<T>): Reader<T[]> =>
	(value, at) =>
		Array.isArray(value) ? value.map((entry, index) => read(entry, `${at}[${index}]`)) : refuse(at, 'a list', value);

/** An object whose keys are names that are not known beforehand. */
export const record =
	<T>(read: Reader<T>): Reader<Record<string, T>> =>
	(value, at) =>
		isObject(value)
			? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, read(entry, `${at}["${key}"]`)]))
			: refuse(at, 'an object', value);

/** Anything: it is only carried along. */
export const anything: Reader<unknown> = value => value;

/** An object with these fields; others are left out, because nothing here could judge them. */
export const object =
	<T>(shape: Shape<T>): Reader<T> =>
	(value, at) => {
		if (!isObject(value)) return refuse(at, 'an object', value);
		const entries = Object.entries<Reader<unknown>>(shape).map(([key, read]) => [
			key,
			read(value[key], at === '' ? key : `${at}.${key}`),
		]);
		return Object.fromEntries(entries.filter(([, field]) => field !== undefined)) as T;
	};
