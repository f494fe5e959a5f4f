/**
 * The only file that knows systeminformation. It fills in what our own readings of /proc could not tell and decides
 * nothing: its calls start shells and lscpu (measured: 2–36 ms each, against 0.1 ms for reading /proc), so they are asked
 * only then, and only on the real machine.
 *
 * Of its many functions these four alone are used; others have run text from files and network names as commands
 * (CVE-2026-26318, CVE-2026-44724, CVE-2026-50289).
 */
import type {Host} from '../../host/host.ts';

const timeoutMs = 3000;

type SystemInformation = typeof import('systeminformation');

/** Asks the library; null in a rehearsal, on an error, and after three seconds. */
async function ask<T>(host: Host, question: (library: SystemInformation) => Promise<T>): Promise<T | null> {
	if (host.kind !== 'real') return null;
	let timer: NodeJS.Timeout | undefined;
	const tooLate = new Promise<null>(resolve => {
		timer = setTimeout(resolve, timeoutMs, null);
	});
	// Loading it takes 27 ms, which is not spent on hosts whose /proc tells everything.
	const answer = import('systeminformation').then(module => question(module.default ?? module)).catch(() => null);
	try {
		return await Promise.race([answer, tooLate]);
	} finally {
		clearTimeout(timer);
	}
}

/** The processor's trade name, which arm64's /proc/cpuinfo does not have (lscpu knows it by its part number). */
export async function cpuModel(host: Host): Promise<string | null> {
	const cpu = await ask(host, library => library.cpu());
	return cpu ? [cpu.manufacturer, cpu.brand].filter(word => word && word !== 'unknown').join(' ') || null : null;
}

/** Total and available memory in bytes, where /proc/meminfo could not be read. */
export async function memorySize(host: Host): Promise<{total: number; available: number} | null> {
	const memory = await ask(host, library => library.mem());
	return memory && {total: memory.total, available: memory.available};
}

/** A distribution's name and version, where it has no os-release file. */
export async function distribution(host: Host): Promise<{name: string; version: string | null} | null> {
	const os = await ask(host, library => library.osInfo());
	return os?.distro && os.distro !== 'unknown' ? {name: os.distro, version: os.release || null} : null;
}

/** Mount point → type of file system, where /proc/self/mountinfo could not be read. */
export async function fileSystemTypes(host: Host): Promise<Map<string, string>> {
	const found = await ask(host, library => library.fsSize());
	return new Map(found?.map(({mount, type}) => [mount, type]) ?? []);
}
