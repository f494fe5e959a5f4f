/** How the stand-in is told to behave. See main.ts for the places, of which a later one wins. */
import {appendFileSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {tree} from './tree.ts';

export const modes = ['vm', 'no-vm', 'wrong-vm', 'fail', 'fail-start', 'hang', 'die'] as const;

export interface Settings {
	mode: (typeof modes)[number];
	/** What Create (or `start`) is refused with. */
	text: string;
	/** QEMU's accelerator: tcg or kvm. */
	accel: 'tcg' | 'kvm';
	/** The program of `wrong-vm`. */
	wrongExecutable: string;
	/** A file to which every call is written, one JSON object a line; empty: none. */
	log: string;
}

const defaults: Settings = {
	mode: 'vm',
	text: 'Others("failed to handle message try init runtime instance\\n\\nCaused by:\\n    0: start sandbox\\n    1: start vm\\n    2: Could not access KVM kernel module: No such file or directory")',
	accel: 'tcg',
	wrongExecutable: '/usr/bin/qemu-system-x86_64',
	log: '',
};

/** @param configurationFolder the folder of the resolved configuration; null while that is not known */
export function readSettings(configurationFolder: string | null): Settings {
	const env = process.env;
	const settings = {
		...defaults,
		...file(join(tree, 'share/kata-stand-in/stand-in.json')),
		...present({
			mode: env.KATA_STAND_IN_MODE,
			text: env.KATA_STAND_IN_TEXT,
			accel: env.KATA_STAND_IN_ACCEL,
			wrongExecutable: env.KATA_STAND_IN_WRONG_EXECUTABLE,
			log: env.KATA_STAND_IN_LOG,
		}),
		...(env.KATA_STAND_IN_SETTINGS ? file(env.KATA_STAND_IN_SETTINGS) : {}),
		...(configurationFolder === null ? {} : file(join(configurationFolder, 'stand-in.json'))),
	};
	if (!modes.includes(settings.mode)) throw new Error(`the stand-in has no mode "${settings.mode}"`);
	return settings;
}

function file(path: string): Partial<Settings> {
	try {
		return JSON.parse(readFileSync(path, 'utf8'));
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
		throw new Error(`${path}: ${error}`);
	}
}

const present = (values: Record<string, string | undefined>): Partial<Settings> =>
	Object.fromEntries(Object.entries(values).filter(([, value]) => value));

/** Adds a line to the log that the settings name. */
export function record(settings: Settings, entry: Record<string, unknown>): void {
	if (settings.log) appendFileSync(settings.log, `${JSON.stringify({time: new Date().toISOString(), ...entry})}\n`);
}
