/** The machine's name, architecture, kernel and distribution. */
import * as os from 'node:os';
import type {Host} from '../../host/host.ts';
import type {Facts} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {exists, fieldsOf, readLine} from '../read-text.ts';
import {distribution} from './system-info.ts';

export type MachineFacts = Pick<Facts, 'hostname' | 'os' | 'kernel' | 'machine'>;

export const machineProbe: Probe<MachineFacts> = {
	name: 'machine',
	unknown: {
		hostname: os.hostname(),
		os: {id: 'unknown', name: 'Linux', versionId: null},
		kernel: os.release(),
		machine: os.machine(),
	},
	async read(host) {
		const [hostname, kernel, uname, system] = await Promise.all([
			readLine(host, '/proc/sys/kernel/hostname'),
			readLine(host, '/proc/sys/kernel/osrelease'),
			host.run('uname', ['-m']),
			readOs(host),
		]);
		return {
			hostname: hostname ?? os.hostname(),
			os: system,
			kernel: kernel ?? os.release(),
			machine: uname.code === 0 ? uname.stdout.trim() : os.machine(),
		};
	},
};

async function readOs(host: Host): Promise<Facts['os']> {
	const text = (await readLine(host, '/etc/os-release')) ?? (await readLine(host, '/usr/lib/os-release'));
	if (text === null) {
		// The library reads these files with a `cat` of its own, which would wait at what we just read past: a pipe.
		const isThere = (await exists(host, '/etc/os-release')) || (await exists(host, '/usr/lib/os-release'));
		const found = isThere ? null : await distribution(host);
		return {id: 'unknown', name: found?.name ?? 'Linux', versionId: found?.version ?? null};
	}
	const fields = fieldsOf(text, '=');
	const value = (name: string): string | null => unquoted(fields.get(name) ?? '') || null;
	return {
		id: value('ID') ?? 'linux',
		name: value('PRETTY_NAME') ?? value('NAME') ?? 'Linux',
		versionId: value('VERSION_ID'),
	};
}

/** os-release(5) quotes as a shell does; escapes occur in no distribution's file. */
const unquoted = (value: string): string => value.replace(/^(["'])(.*)\1$/, '$2');
