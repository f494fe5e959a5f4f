/**
 * The write-ahead journal: /var/lib/kata-setup/journal.ndjson, appended to and flushed before each effect.
 *
 * A power cut can leave a torn last line. Such a line announced an effect that had not begun, because the effect waits
 * for the flush; it is dropped when reading and cut off before the next append.
 */
import {errnoOf, KataSetupError} from '../errors.ts';
import {diskError, readError} from '../host/disk-errors.ts';
import {makeFolders} from '../host/folders.ts';
import type {Host} from '../host/host.ts';
import {journalFile, stateFolder} from '../layout.ts';
import {isStepKind} from '../plan/plan.ts';
import {checkpoint} from './checkpoint.ts';
import type {JournalRecord, UnstampedRecord} from './journal-records.ts';

/**
 * All records of the journal, oldest first; empty if there is none.
 * @throws KataSetupError (`host`) if the disk does not give it; the error itself (`EACCES`) to who may not read it, which
 * each caller has its own answer to; what `parseJournal` throws
 */
export async function readJournal(host: Host): Promise<JournalRecord[]> {
	let text: string | null;
	try {
		text = await host.files.readText(journalFile);
	} catch (error) {
		throw errnoOf(error) === 'EACCES' ? error : readError(error);
	}
	return parseJournal(text ?? '').records;
}

/**
 * Records from the journal's text.
 * @returns the records and how many characters of the text they take; what follows is a torn line
 * @throws KataSetupError (`incomplete`) for damage before the last line and for records of a newer kata-setup
 */
export function parseJournal(text: string): {records: JournalRecord[]; whole: number} {
	const records: JournalRecord[] = [];
	let whole = 0;
	for (let start = 0; start < text.length; ) {
		const end = text.indexOf('\n', start);
		if (end === -1) break;
		records.push(parseRecord(text.slice(start, end), records.length + 1));
		start = end + 1;
		whole = start;
	}
	return {records, whole};
}

function parseRecord(line: string, number: number): JournalRecord {
	let record: JournalRecord;
	try {
		record = JSON.parse(line) as JournalRecord;
	} catch {
		throw new KataSetupError('incomplete', `Line ${number} of ${journalFile} cannot be read.`, {
			why: 'The file was changed or damaged; kata-setup cannot tell what it did on this host.',
			remedy: `Restore ${journalFile} from a backup.`,
			evidence: line.slice(0, 200),
		});
	}
	const unknown = unknownIn(record);
	if (unknown) throw newerWrote(journalFile, `Line ${number} ${unknown}.`);
	return record;
}

const knownRecords: Record<JournalRecord['record'], true> = {
	begin: true,
	intent: true,
	done: true,
	proof: true,
	failed: true,
	undone: true,
	resumed: true,
	end: true,
};

/**
 * What of a record only a newer kata-setup can know, in words; null: nothing. Passing over it would fold to another host than
 * the one that is there, and an uninstall would come to its step when half of all is gone.
 */
function unknownIn(record: JournalRecord): string | null {
	if (record.schema !== 1) return `has the schema ${record.schema}; this version knows schema 1`;
	if (!Object.hasOwn(knownRecords, record.record))
		return `is a record \`${record.record}\`, which this version does not know`;
	if (record.record === 'intent' && !isStepKind(record.kind))
		return `announces a step \`${record.kind}\`, which this version does not know`;
	return null;
}

/** The error for a file of ours that a newer kata-setup wrote. */
export const newerWrote = (path: string, why: string): KataSetupError =>
	new KataSetupError('incomplete', `${path} was written by a newer kata-setup.`, {
		why,
		remedy: 'Run the newer one: npx kata-setup@latest',
	});

/** The journal, open for one run. */
export class Journal {
	readonly #host: Host;
	readonly #run: string;
	#sequence: number;
	/** How many records this run has asked for: the names of the places where a test may stop it. */
	#written = 0;

	private constructor(host: Host, run: string, sequence: number) {
		this.#host = host;
		this.#run = run;
		this.#sequence = sequence;
	}

	/**
	 * Opens it for `run` and cuts off a torn last line. The caller holds the lock.
	 * @throws KataSetupError (`undone`) if the disk refuses
	 */
	static async open(host: Host, run: string): Promise<Journal> {
		try {
			await makeFolders(host, stateFolder);
			const text = (await host.files.readText(journalFile)) ?? '';
			const {records, whole} = parseJournal(text);
			if (whole < text.length) await host.files.write(journalFile, text.slice(0, whole), {mode: 0o600});
			return new Journal(host, run, records.at(-1)?.sequence ?? 0);
		} catch (error) {
			throw diskError(error, stateFolder, 'undone');
		}
	}

	/**
	 * Appends one record; when this resolves it is on the disk.
	 * @throws KataSetupError (`undone`) if the disk does not take it; then nothing of it stands in the journal
	 */
	async write(record: UnstampedRecord): Promise<void> {
		const at = new Date(this.#host.now()).toISOString();
		this.#written += 1;
		await checkpoint(`record ${this.#written}: before`);
		const stamped = {schema: 1, sequence: this.#sequence + 1, at, run: this.#run, ...record};
		try {
			await this.#host.files.append(journalFile, `${JSON.stringify(stamped)}\n`);
		} catch (error) {
			throw diskError(error, stateFolder, 'undone');
		}
		this.#sequence += 1;
		await checkpoint(`record ${this.#written}: after`);
	}

	/**
	 * The same on the way back, from which a journal that cannot be written to, such as on a full disk, keeps nothing. What
	 * is not written down looks unfinished to the next run, which undoes it once more: that does no harm.
	 */
	async note(record: UnstampedRecord): Promise<void> {
		try {
			await this.write(record);
		} catch {
			// As said above.
		}
	}
}
