/** The Host that is this machine. */
import {setTimeout as sleep} from 'node:timers/promises';
import {createFiles} from './files.ts';
import {flushFileSystem} from './flush.ts';
import type {Host} from './host.ts';
import {createNetwork} from './network.ts';
import {runCommand} from './run-command.ts';

/** This machine: paths are themselves, commands run, the network is the network. */
export function createRealHost(): Host {
	return {
		kind: 'real',
		files: createFiles(
			path => path,
			path => path,
			flushFileSystem,
		),
		run: runCommand,
		network: createNetwork(),
		now: () => Date.now(),
		sleep: async ms => {
			await sleep(ms);
		},
	};
}
