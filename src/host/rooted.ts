/**
 * A Host in a throwaway root: `/opt/kata` lies at `<root>/opt/kata`. The rehearsal runs in one, and so do the unit tests.
 *
 * Links are resolved as the host would, inside the root: an absolute link never leads out of it.
 */
import {readlinkSync} from 'node:fs';
import {dirname, isAbsolute, join, normalize} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {KataSetupError} from '../errors.ts';
import {createFiles, type Locate} from './files.ts';
import {flushFileSystem} from './flush.ts';
import type {Host, Network, RunCommand} from './host.ts';

export interface RootedHostOptions {
	/** An existing folder; nothing outside of it is touched. */
	root: string;
	kind: Host['kind'];
	/** What commands do here: a table of stand-ins. */
	run: RunCommand;
	/** Default: there is no network. */
	network?: Network;
	now?: () => number;
}

/** A host whose whole file system is the folder `root`. */
export function createRootedHost(options: RootedHostOptions): Host {
	const {root} = options;
	return {
		kind: options.kind,
		files: createFiles(
			locateInside(root),
			physical => (physical === root || physical.startsWith(`${root}/`) ? physical.slice(root.length) || '/' : null),
			flushFileSystem,
		),
		run: options.run,
		network: options.network ?? noNetwork,
		now: options.now ?? (() => Date.now()),
		sleep: async ms => {
			await sleep(ms);
		},
	};
}

/** Linux's own limit on links followed in one path (MAXSYMLINKS in fs/namei.c). */
const linkLimit = 40;

/** Resolves links component by component, as the kernel does in a chroot. */
const locateInside =
	(root: string): Locate =>
	(path, follow) => {
		let links = 0;
		const walk = (from: string, rest: string[]): string => {
			let here = from;
			for (const [index, name] of rest.entries()) {
				if (name === '..') {
					here = dirname(here);
					continue;
				}
				const next = join(here, name);
				const last = index === rest.length - 1;
				const target = last && !follow ? null : linkAt(root + next);
				if (target === null) {
					here = next;
					continue;
				}
				links += 1;
				if (links > linkLimit) return next;
				here = walk(isAbsolute(target) ? '/' : here, parts(target));
			}
			return here;
		};
		return normalize(root + walk('/', parts(path)));
	};

const parts = (path: string): string[] => path.split('/').filter(name => name !== '' && name !== '.');

function linkAt(physical: string): string | null {
	try {
		return readlinkSync(physical);
	} catch {
		return null;
	}
}

const noNetwork: Network = {
	get: async url => {
		throw new KataSetupError('release', `There is no network here to fetch ${url}.`);
	},
};
