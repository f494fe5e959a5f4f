/**
 * Downloads one archive: resumed where the server allows it, tried again when the line drops, hashed as it comes.
 *
 * What counts is what lies on the disk: before each try the part is hashed anew, so nothing that was in flight when a line
 * dropped can be counted twice or not at all (0.9 GB/s, so a whole archive costs about a second).
 */
import {createHash, type Hash} from 'node:crypto';
import {pipeline} from 'node:stream/promises';
import {KataSetupError} from '../errors.ts';
import {withoutPasswords} from '../facts/secrets.ts';
import {formatBytes} from '../format.ts';
import {diskError} from '../host/disk-errors.ts';
import type {Host, HttpResponse} from '../host/host.ts';
import type {Archive} from '../plan/choice.ts';
import type {StepContext} from '../steps/step-kind.ts';
import {compressionOf} from './decompress.ts';
import {mayPass, pause, pauseAfter, pauseAsked, statusMayPass} from './passing.ts';

/** So many failures in a row that bring no byte more than the tries before end it. */
const mostFailures = 6;

/** What a server said of the file when it began: a resumed part must be of the same one. */
interface Serving {
	validator: string | null;
	total: number | null;
}

/**
 * Brings an archive's bytes into the file `part`.
 * @returns their SHA-256, 64 hex digits
 * @throws KataSetupError (`release`), or `host` if the disk is full; the signal's reason if it is aborted
 */
export async function download(host: Host, archive: Archive, part: string, context: StepContext): Promise<string> {
	const transfer = new Transfer(host, archive, part, context);
	for (let failures = 0; ; ) {
		const before = transfer.furthest;
		try {
			return await transfer.attempt();
		} catch (error) {
			context.signal.throwIfAborted();
			failures = transfer.furthest > before ? 1 : failures + 1;
			if (!(error instanceof Interrupted) || failures >= mostFailures) throw wordsFor(error, archive);
			const wait = error.waitMs ?? pauseAfter(failures);
			context.log(`${error.message} Trying again in ${Math.round(wait / 1000)} s.`);
			await pause(host, wait, context.signal);
		}
	}
}

/** A try that ended early and may do better the next time. */
class Interrupted extends Error {
	readonly waitMs: number | null;

	constructor(message: string, cause: unknown, waitMs: number | null = null) {
		super(message, {cause});
		this.waitMs = waitMs;
	}
}

function wordsFor(error: unknown, archive: Archive): unknown {
	if (!(error instanceof Interrupted)) return error;
	const why = error.cause instanceof KataSetupError ? [error.cause.message, error.cause.report.why] : [error.message];
	return new KataSetupError('release', `${archive.name} could not be downloaded.`, {
		why: `${why.filter(Boolean).join(' ')} ${mostFailures} tries in a row brought nothing.`,
		remedy: [
			'Run kata-setup again when the network is better.',
			'Or download it elsewhere and give it with --archive FILE.',
		],
		evidence: withoutPasswords(archive.url ?? ''),
		cause: error.cause,
	});
}

class Transfer {
	/** How far the best try came, in bytes. */
	furthest = 0;
	readonly #host: Host;
	readonly #archive: Archive;
	readonly #url: string;
	readonly #part: string;
	readonly #context: StepContext;
	#serving: Serving | null = null;

	constructor(host: Host, archive: Archive, part: string, context: StepContext) {
		this.#host = host;
		this.#archive = archive;
		this.#url = archive.url ?? '';
		this.#part = part;
		this.#context = context;
	}

	/** From what lies on the disk to the end. */
	async attempt(): Promise<string> {
		const have = (await this.#host.files.stat(this.#part))?.size ?? 0;
		const response = await this.#ask(have);
		try {
			this.#refuse(response, have);
			const resumed = have > 0 && this.#resumes(response, have);
			if (have > 0 && !resumed) {
				this.#context.log('The server does not resume; beginning anew.');
				await this.#host.files.remove(this.#part);
			}
			// 416, or a part other than the one that was asked for.
			if (!resumed && response.status !== 200) throw new Interrupted('The server did not give what was left.', null, 0);
			if (!resumed) this.#begin(response);
			return await this.#take(response, resumed ? have : 0);
		} finally {
			response.body.destroy();
		}
	}

	async #ask(have: number): Promise<HttpResponse> {
		const headers: Record<string, string> = {'accept-encoding': 'identity'};
		if (have > 0) {
			headers.range = `bytes=${have}-`;
			if (this.#serving?.validator) headers['if-range'] = this.#serving.validator;
		}
		try {
			return await this.#host.network.get(this.#url, {headers, signal: this.#context.signal});
		} catch (error) {
			if (this.#context.signal.aborted || !mayPass(error)) throw error;
			throw new Interrupted((error as Error).message, error);
		}
	}

	#resumes({status, headers}: HttpResponse, have: number): boolean {
		const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? [];
		if (status !== 206 || Number(from) !== have) return false;
		return this.#serving?.total === undefined || this.#serving.total === null || Number(total) === this.#serving.total;
	}

	/** Refuses an answer that is not the file. */
	#refuse({status, headers, url}: HttpResponse, have: number): void {
		const server = new URL(url).host;
		if (status === 200 || status === 206 || (status === 416 && have > 0)) return;
		if (statusMayPass(status)) throw new Interrupted(`${server} answers ${status}.`, null, pauseAsked(headers));
		throw new KataSetupError('release', `${this.#archive.name} could not be downloaded.`, {
			why:
				status === 404
					? `${server} has it no more: it answers 404.`
					: `${server} does not give it out: it answers ${status}.`,
			remedy: 'Download it elsewhere and give it with --archive FILE, or use a mirror with --release-url.',
			evidence: withoutPasswords(this.#url),
		});
	}

	/** Remembers what the server said of the whole file; refuses one that cannot be ours before a byte is stored. */
	#begin({headers, url}: HttpResponse): void {
		const {name, size} = this.#archive;
		const length = headers['content-length'];
		const total = length === undefined ? size : Number(length);
		this.#serving = {total, validator: strongValidator(headers)};
		if (size === null || total === null || total === size) return;
		throw new KataSetupError('release', `${new URL(url).host} offers another file than ${name}.`, {
			why: `It has ${total} bytes; the release says ${size}.`,
			remedy: 'If a proxy or a mirror stands in between, look at it; else try again later.',
			evidence: withoutPasswords(this.#url),
		});
	}

	/** Stores the body behind the `have` bytes that are there. */
	async #take(response: HttpResponse, have: number): Promise<string> {
		const {files} = this.#host;
		const hash = createHash('sha256');
		if (have > 0) await pipeline(files.readStream(this.#part), hashing(hash, this.#context.signal));
		const total = this.#serving?.total ?? null;
		let done = have;
		this.#context.progress(done, total, 'bytes');
		const output = files.writeStream(this.#part, {append: have > 0});
		const closed = new Promise<void>(resolve => output.once('close', resolve));
		let diskFailure: unknown = null;
		output.on('error', error => {
			diskFailure ??= error;
		});
		const counted = async function* (this: Transfer, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
			for await (const chunk of source) {
				if (done === 0) this.#checkStart(chunk);
				done += chunk.length;
				if (total !== null && done > total) throw this.#tooLong(total);
				this.furthest = Math.max(this.furthest, done);
				hash.update(chunk);
				this.#context.progress(done, total, 'bytes');
				yield chunk;
			}
		}.bind(this);
		try {
			await pipeline(response.body, counted, output, {signal: this.#context.signal});
		} catch (error) {
			this.#context.signal.throwIfAborted();
			if (error instanceof KataSetupError && !mayPass(error)) throw error;
			if (diskFailure === error) throw diskError(error, this.#part.replace(/\/[^/]*$/, ''));
			throw new Interrupted(`The line broke off after ${formatBytes(done)}.`, error);
		} finally {
			// The next try looks at the file: nothing may still be on its way to it.
			await closed;
		}
		if (total !== null && done < total) throw new Interrupted(`The server ended after ${formatBytes(done)}.`, null);
		return hash.digest('hex');
	}

	/** An error page is told by its first bytes; nothing is gained by downloading it to the end. */
	#checkStart(chunk: Buffer): void {
		// A first piece of a few bytes tells nothing; the digest and the unpacking will.
		if (chunk.length < 6 || compressionOf(chunk) !== null) return;
		throw new KataSetupError('release', `${new URL(this.#url).host} sends something else than ${this.#archive.name}.`, {
			why: /^\s*</.test(chunk.subarray(0, 100).toString('latin1'))
				? 'It is a web page: a proxy or a login page may stand in between.'
				: 'Its bytes are neither zstd nor xz.',
			remedy: 'Download it elsewhere and give it with --archive FILE.',
			evidence: withoutPasswords(this.#url),
		});
	}

	#tooLong(total: number): KataSetupError {
		return new KataSetupError('release', `${new URL(this.#url).host} sends more than ${this.#archive.name}.`, {
			why: `It was to be ${total} bytes long.`,
			remedy: 'If a proxy or a mirror stands in between, look at it; else try again later.',
		});
	}
}

/** An ETag that stands for the very bytes (RFC 9110, 13.1.5: a weak one may not be used to resume). */
function strongValidator(headers: HttpResponse['headers']): string | null {
	const tag = headers.etag;
	return tag !== undefined && !tag.startsWith('W/') ? tag : null;
}

/** A sink that hashes. */
const hashing =
	(hash: Hash, signal: AbortSignal) =>
	async (source: AsyncIterable<Buffer>): Promise<void> => {
		for await (const chunk of source) {
			signal.throwIfAborted();
			hash.update(chunk);
		}
	};
