/** Plays a recording: a Host that answers as the recorded one did, and what the program makes of it. */
import {assetPath} from '../../src/assets.ts';
import {pairName} from '../../src/catalogue/catalogue.ts';
import {KataSetupError} from '../../src/errors.ts';
import type {Facts} from '../../src/facts/facts.ts';
import type {Finding} from '../../src/facts/findings.ts';
import {gatherFacts} from '../../src/facts/gather.ts';
import {judge} from '../../src/facts/judge.ts';
import {type OutlookState, outlookOf} from '../../src/facts/outlook.ts';
import type {CommandResult, Host, RunCommand} from '../../src/host/host.ts';
import {playedCommand} from './played-commands.ts';
import {recordedFiles} from './recorded-files.ts';
import type {Recording} from './recording.ts';

export interface Played {
	facts: Facts;
	findings: Finding[];
	/** How each pair stands, by its name. */
	pairs: Record<string, OutlookState>;
	/** Command lines that a probe ran and that the recording does not hold. */
	unanswered: string[];
}

/** The real probes and judgements over a recording. */
export async function play(recording: Recording): Promise<Played> {
	const unanswered: string[] = [];
	const facts = await gatherFacts(playedHost(recording, unanswered), {
		kataSetup: '0.0.0-test',
		installation: null,
		environment: recording.environment,
	});
	const findings = judge(facts);
	const {pairs} = outlookOf(facts, findings);
	return {
		facts,
		findings,
		pairs: Object.fromEntries(pairs.map(pair => [pairName(pair), pair.outlook])),
		unanswered: [...new Set(unanswered)].sort(),
	};
}

/** A host that gives what was recorded and nothing of this machine. */
export const playedHost = (recording: Recording, unanswered: string[] = []): Host => ({
	kind: 'real',
	files: recordedFiles(recording),
	run: answering(recording, unanswered),
	network: {
		get: async url => {
			throw new KataSetupError('release', `${url} does not answer.`, {why: 'A recording has no network.'});
		},
	},
	now: () => Date.parse(recording.at),
	sleep: async () => undefined,
});

/** A command line as it stands in a recording: without the folder in which this program's own assets lie. */
export const recordedLine = (file: string, args: readonly string[]): string =>
	[file, ...args].join(' ').replaceAll(assetPath(''), 'assets/');

function answering(recording: Recording, unanswered: string[]): RunCommand {
	return async (file, args) => {
		const command = recordedLine(file, args);
		const answer = recording.commands[command] ?? playedCommand(recording, file, args);
		const ended: CommandResult = {command, code: 0, stdout: '', stderr: '', timedOut: false, notStarted: null};
		if (!answer) {
			unanswered.push(command);
			return {...ended, code: null, notStarted: 'ENOENT'};
		}
		// It is over at once: who waits for the limit learns nothing more.
		if (answer.never) return {...ended, code: null, timedOut: true};
		return {...ended, code: answer.code ?? 0, stdout: answer.stdout ?? '', stderr: answer.stderr ?? ''};
	};
}
