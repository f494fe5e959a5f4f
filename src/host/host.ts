/**
 * The Host port: every effect of this program (files, commands, network, clock) goes through it.
 *
 * There is one interface and two implementations: the real machine (`real.ts`), and a throwaway root
 * (`rooted.ts`) that serves both the rehearsal and the unit tests. Paths are always the absolute paths of the host
 * that is set up; an implementation maps them to where they really lie.
 */
import type {Readable, Writable} from 'node:stream';

/** What `lstat` tells of one path. */
export interface FileStat {
	readonly type: 'file' | 'directory' | 'link' | 'character-device' | 'block-device' | 'fifo' | 'socket';
	/** Bytes. */
	readonly size: number;
	/** Permission bits alone, for example 0o644. */
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	readonly modifiedMs: number;
}

/** What `statfs` tells of the file system below one path. */
export interface FileSystemSpace {
	readonly totalBytes: number;
	/** Bytes an ordinary process may still use. */
	readonly freeBytes: number;
	readonly freeInodes: number;
	/** The magic number of statfs(2), for example 0xef53 for ext4. */
	readonly type: number;
}

/** Errors of this interface are Node's own `ErrnoException`s; `null` stands for "not there" and nothing else. */
export interface Files {
	/** The bytes of a file. Rejects with ENOENT where there is none. */
	read(path: string): Promise<Buffer>;
	/** The text of a file, or `null` if it does not exist. Other errors (EACCES) reject. */
	readText(path: string): Promise<string | null>;
	/** lstat: links are not followed. `null` if nothing is there. */
	stat(path: string): Promise<FileStat | null>;
	/** The target of a symbolic link as written in it; `null` if the path is absent or no link. */
	readLink(path: string): Promise<string | null>;
	/** The path with all links resolved, in the host's own terms; `null` if it does not resolve. */
	realPath(path: string): Promise<string | null>;
	/** Names in a folder, sorted; `null` if there is no such folder. */
	list(path: string): Promise<string[] | null>;
	/**
	 * Put a whole file in place durably: temporary file in the same folder, fsync, rename, fsync of the folder.
	 * The folder must exist. Owner and mode of a replaced file are kept unless `mode` is given.
	 */
	write(path: string, content: string | Uint8Array, options?: {mode?: number}): Promise<void>;
	/** Append to a file and fdatasync it; creates it with mode 0600. If it fails, nothing was appended. */
	append(path: string, content: string): Promise<void>;
	/** mkdir of one folder (its parent must exist); an existing folder is an EEXIST error. */
	makeDirectory(path: string, mode?: number): Promise<void>;
	/** Create or atomically replace a symbolic link (temporary link + rename + fsync of the folder). */
	link(path: string, target: string): Promise<void>;
	/** Removes what a `write` or `link` of this path left beside it when its process was killed; nothing else. */
	sweep(path: string): Promise<void>;
	/** rename(2), then fsync of both folders. */
	rename(from: string, to: string): Promise<void>;
	/**
	 * Renames the folder `path` to `to`, and puts a link with `target` where it was: two renames one right after the other, as
	 * Node has no exchange of two names. On the way nothing is at `path` for some microseconds. If it fails, nothing was done.
	 */
	moveBehindLink(path: string, to: string, target: string): Promise<void>;
	/** The way back: a link at `path` goes, and the folder `from` is renamed to there, one right after the other. */
	moveOverLink(from: string, path: string): Promise<void>;
	/** Remove a file or a link; absent is fine. */
	remove(path: string): Promise<void>;
	/** rmdir; `false` if it is absent or not empty. */
	removeDirectory(path: string): Promise<boolean>;
	/** Remove a whole tree of ours; absent is fine. Never follows links. */
	removeTree(path: string): Promise<void>;
	chmod(path: string, mode: number): Promise<void>;
	/** lchown: of a link itself. */
	chown(path: string, uid: number, gid: number): Promise<void>;
	space(path: string): Promise<FileSystemSpace>;
	/**
	 * Open a device or file read-write and close it again.
	 * @returns `null` when it opened, else the error's code (`ENOENT`, `EACCES`, `EPERM`, `ENODEV`, `EBUSY`, …)
	 */
	openReadWrite(path: string): Promise<string | null>;
	/** Flush the file system that holds a path (syncfs where there is one). */
	flush(path: string): Promise<void>;
	readStream(path: string, options?: {start?: number}): Readable;
	/** A new file, or with `append` the end of an existing one. */
	writeStream(path: string, options?: {append?: boolean; mode?: number}): Writable;
	/** Where a host path really lies on this machine: for arguments of child processes and for messages. */
	physical(path: string): string;
}

export interface CommandOptions {
	/** Milliseconds until the command and its children are ended. Default 30 000. */
	timeoutMs?: number;
	input?: string;
	/** Added to the environment of this process. */
	env?: Record<string, string>;
	cwd?: string;
	signal?: AbortSignal;
	/** Called with every line of standard output as it comes. */
	onLine?: (line: string) => void;
}

/** A command's end. Nothing is thrown for a non-zero exit, a signal, a time-out, or a missing program. */
export interface CommandResult {
	readonly command: string;
	/** `null` if it ended by a signal or never started. */
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
	readonly timedOut: boolean;
	/** The errno code if it never started, for example `ENOENT`. */
	readonly notStarted: string | null;
}

export type RunCommand = (file: string, args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

export interface HttpResponse {
	readonly status: number;
	readonly url: string;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: Readable;
}

export interface Network {
	/**
	 * GET, following redirects. Rejects with a `KataSetupError` (`release`) only if no answer came.
	 * `stallMs`: no byte for so long is an error; there is no speed floor. Default 30 000.
	 */
	get(
		url: string,
		options?: {headers?: Record<string, string>; signal?: AbortSignal; stallMs?: number},
	): Promise<HttpResponse>;
}

export interface Host {
	readonly kind: 'real' | 'rehearsal';
	readonly files: Files;
	readonly run: RunCommand;
	readonly network: Network;
	/** Milliseconds since 1970. */
	now(): number;
	sleep(ms: number): Promise<void>;
}
