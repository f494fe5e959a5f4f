/** A recorded host: what the probes read of it, and what is true of it. See README.md for where each comes from. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Severity} from '../../src/facts/findings.ts';
import type {OutlookState} from '../../src/facts/outlook.ts';
import type {FileStat, FileSystemSpace} from '../../src/host/host.ts';

/** What reading gives: the text, or the code that it fails with. */
export type RecordedText = string | {error: string};

/** How a command ended. Left out: nothing printed, code 0. `never`: it does not end before its limit. */
export interface RecordedCommand {
	stdout?: string;
	stderr?: string;
	code?: number;
	never?: true;
}

export interface Expectation {
	/** The severity of each finding that is named; null: there must be no such finding. */
	findings: Record<string, Severity | null>;
	/** By the pair's name, for example `rust-qemu`. */
	pairs?: Record<string, OutlookState>;
	/** The probes that could not read their part; left out: there is none. */
	unread?: string[];
	/** Words that the finding must hold, anywhere in it. */
	says?: Record<string, string | string[]>;
}

/** What is taken over, entry by entry, from the recording that another one is like. */
interface Tables {
	files: Record<string, RecordedText | null>;
	/** Path → the target as written in the link. */
	links: Record<string, string | null>;
	/** Device nodes: null if it opens read-write, else the code that opening gives; false takes one away. */
	devices: Record<string, string | null | false>;
	/** What lstat gives, where it differs from a file of root's with mode 0644, thirty days older than the recording. */
	stats: Record<string, Partial<FileStat>>;
	/** By the mount point: a path gets the nearest above it. */
	spaces: Record<string, Partial<FileSystemSpace> & {totalBytes: number; freeBytes: number}>;
	/** By the whole command line. What is not there is not installed. */
	commands: Record<string, RecordedCommand | null>;
	/** systemd's units and their properties; `systemctl` is there if any is named. See played-commands.ts. */
	units: Record<string, Record<string, string>>;
	/** The package that owns a path, by the package manager (`dpkg`, `rpm`), which is there if it is named. */
	packages: Record<string, Record<string, string>>;
	/** Variables of the environment in which the check ran. */
	environment: Record<string, string>;
}

export interface Recording extends Tables {
	/** One line: what kind of host this is. */
	name: string;
	/** `real`: written by record.ts on such a host. `constructed`: put together from the formats that `from` names. */
	origin: 'real' | 'constructed';
	/** Which machine, documentation or report it comes from. */
	from: string;
	/** The recording that this one differs from only in what stands here; null takes an entry away. */
	like?: string;
	/** ISO 8601: when it was taken. */
	at: string;
	/** Folders that hold no recorded path. */
	folders: string[];
	/** Sockets that are there. */
	sockets: string[];
	expect: Expectation;
}

const folder = join(import.meta.dirname, 'hosts');

/** The file names of all recordings, without `.json`. */
export const recordingNames: string[] = readdirSync(folder)
	.filter(name => name.endsWith('.json'))
	.map(name => name.slice(0, -'.json'.length))
	.sort();

/** A recording by its file's name, with what it takes over from the one that it is like. */
export function loadRecording(name: string): Recording {
	const own = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Partial<Recording>;
	const base = own.like === undefined ? null : loadRecording(own.like);
	const merged = <Field extends keyof Tables>(field: Field): Tables[Field] =>
		({...base?.[field], ...own[field]}) as Tables[Field];
	const listed = (field: 'folders' | 'sockets'): string[] => [...(base?.[field] ?? []), ...(own[field] ?? [])];
	return {
		name: own.name ?? name,
		origin: own.origin ?? 'constructed',
		from: own.from ?? '',
		...(own.like === undefined ? {} : {like: own.like}),
		at: own.at ?? base?.at ?? '2026-11-25T12:00:00.000Z',
		files: merged('files'),
		links: merged('links'),
		folders: listed('folders'),
		devices: merged('devices'),
		sockets: listed('sockets'),
		stats: merged('stats'),
		spaces: merged('spaces'),
		commands: merged('commands'),
		units: merged('units'),
		packages: merged('packages'),
		environment: merged('environment'),
		// What is true of the other host need not be true of this one.
		expect: own.expect ?? {findings: {}},
	};
}
