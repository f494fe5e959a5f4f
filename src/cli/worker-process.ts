/** The worker's process: reads its task from standard input, answers one line, and works. */

import {fileURLToPath} from 'node:url';
import {launch} from '../apply/client.ts';
import {type WorkerAnswer, type WorkerTask, work} from '../apply/worker.ts';
import {exitCodes, reportOf} from '../errors.ts';
import {faultFromEnvironment, faultyHost} from '../host/fault.ts';
import {networkEnvironment} from '../host/network-environment.ts';
import {createRealHost} from '../host/real.ts';
import {removeOwnCopy} from '../program/copies.ts';
import {openRehearsal} from '../rehearsal/rehearsal.ts';
import type {Flags} from './flags.ts';
import {printEvent} from './print.ts';

/**
 * Under sudo (`--launch`) this process stays in the person's session and starts the worker in one of its own: sudo's
 * ticket belongs to the session, the worker must not.
 */
export async function runWorker(flags: Flags): Promise<number> {
	const text = await readAll(process.stdin);
	if (flags.launch) {
		const rootWords = flags.root === undefined ? [] : ['--root', flags.root];
		printEvent(await launch([process.execPath, fileURLToPath(import.meta.url), 'worker', ...rootWords], text));
		return exitCodes.ok.code;
	}
	process.umask(0o022);
	let answered = false;
	const answer = (line: WorkerAnswer): void => {
		if (answered) return;
		answered = true;
		printEvent(line);
	};
	try {
		const task = JSON.parse(text) as WorkerTask;
		Object.assign(process.env, networkEnvironment(task.network));
		const host = flags.root === undefined ? createRealHost() : (await openRehearsal(flags.root)).host;
		const fault = faultFromEnvironment();
		await work(fault === null ? host : faultyHost(host, fault).host, task, answer);
	} catch (error) {
		answer({error: reportOf(error)});
	} finally {
		await removeOwnCopy();
	}
	return exitCodes.ok.code;
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
	let text = '';
	for await (const chunk of stream) text += String(chunk);
	return text;
}
