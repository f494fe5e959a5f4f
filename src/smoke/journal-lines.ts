/** What Kata wrote to the systemd journal: both runtimes do so under the name `kata`. */
import type {Host} from '../host/host.ts';

const timeoutMs = 15_000;
const keptLines = 12;
const keptCharacters = 400;

/** Levels of the rust runtime's JSON and of the go runtime's `level=`. */
const grave = /"level":"(?:CRIT|ERRO|WARN)"|level=(?:fatal|error|warning)/;

/**
 * The last lines since a moment; warnings and errors alone where there are any. Empty without a journal.
 * @param since milliseconds since 1970
 */
export async function kataJournal(host: Host, since: number): Promise<string[]> {
	const {code, stdout} = await host.run(
		'journalctl',
		['-q', '-t', 'kata', '--since', `@${Math.floor(since / 1000)}`, '--no-pager', '-o', 'cat', '-n', '1000'],
		{timeoutMs},
	);
	if (code !== 0) return [];
	const lines = stdout.split('\n').filter(line => line.trim() !== '');
	const chosen = lines.some(line => grave.test(line)) ? lines.filter(line => grave.test(line)) : lines;
	return chosen.slice(-keptLines).map(line => line.slice(0, keptCharacters));
}
