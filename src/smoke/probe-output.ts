/** What the image's program (assets/smoke/probe.c) says of the kernel that it runs on. Pure. */

export interface ProbeAnswer {
	/** As `uname -r` prints it. */
	release: string;
	machine: string;
	/** As it came: judged later. */
	bootId: string;
	cmdline: string;
	/** Seconds since that kernel started; null if it was not told. */
	uptime: number | null;
	/** MemTotal in KiB; null if it was not told. */
	memoryKib: number | null;
}

const keys = ['release', 'version', 'machine', 'boot_id', 'uptime', 'cmdline', 'memory'] as const;
const first = 'kata-smoke=1';
const last = 'end=1';

/** Whether a line ends the program's answer. */
export const endsAnswer = (line: string): boolean => line.trimEnd() === last;

/** The answer in what a container printed; null unless every line of it is there. */
export function readProbe(output: string): ProbeAnswer | null {
	const lines = output.split('\n').map(line => line.replace(/\r$/, ''));
	const begin = lines.indexOf(first);
	const end = lines.indexOf(last, begin);
	if (begin === -1 || end === -1) return null;
	const said = new Map(
		lines.slice(begin + 1, end).map(line => {
			const equals = line.indexOf('=');
			return [line.slice(0, equals), line.slice(equals + 1)];
		}),
	);
	if (!keys.every(key => said.has(key))) return null;
	const number = (key: string, pattern: RegExp): number | null => {
		const found = pattern.exec(said.get(key) ?? '')?.[1];
		return found === undefined ? null : Number(found);
	};
	return {
		release: said.get('release') ?? '',
		machine: said.get('machine') ?? '',
		bootId: said.get('boot_id') ?? '',
		cmdline: said.get('cmdline') ?? '',
		uptime: number('uptime', /^(\d+(?:\.\d+)?)/),
		memoryKib: number('memory', /^MemTotal:\s*(\d+) kB/),
	};
}
