/**
 * Programs without a C library for the four architectures, from one C file each: the same bytes from the same compiler and
 * linker. Those in the repository are Debian 12's (gcc-12 12.2.0, binutils 2.40); another version may give other, equally
 * good bytes. On Debian: apt-get install gcc gcc-aarch64-linux-gnu gcc-s390x-linux-gnu gcc-powerpc64le-linux-gnu
 */
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** By machine, as `uname -m` calls it: how the names of its compiler and linker begin. */
export const prefixes = {
	x86_64: 'x86_64-linux-gnu-',
	aarch64: 'aarch64-linux-gnu-',
	s390x: 's390x-linux-gnu-',
	ppc64le: 'powerpc64le-linux-gnu-',
};

/** One segment for what is read and executed, that a kernel with pages of 64 KiB can map too. */
export const flags = [
	...['-Os', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-static', '-nostdlib', '-ffreestanding', '-fno-builtin'],
	...['-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-fno-ident', '-fno-pic', '-no-pie'],
	...['--build-id=none', '-z,noseparate-code', '-z,max-page-size=65536', '-z,norelro', '-z,noexecstack', '-s'].map(
		flag => `-Wl,${flag}`,
	),
];

/** The SHA-256 of bytes, in hex. */
export const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');

function run(command, ...args) {
	const {status, stdout, stderr, error} = spawnSync(command, args, {
		encoding: 'utf8',
		env: {...process.env, LC_ALL: 'C'},
	});
	if (error || status !== 0) throw new Error(`${command}: ${error?.message ?? stderr.trim()}`);
	return stdout;
}

/**
 * The program's bytes, for one machine.
 * @throws Error with the compiler's words
 */
export async function compiled(machine, source) {
	const prefix = prefixes[machine];
	const work = await mkdtemp(join(tmpdir(), 'kata-setup-compiled-'));
	try {
		const program = join(work, 'program');
		run(`${prefix}gcc`, ...flags, '-o', program, source);
		run(`${prefix}strip`, '-s', '-R', '.comment', '-R', '.note.gnu.property', program);
		return await readFile(program);
	} finally {
		await rm(work, {recursive: true});
	}
}

/** `gcc 12.2.0, ld 2.40`, without what a distribution adds. */
export function toolsOf(machine) {
	const prefix = prefixes[machine];
	const ld = /(\d+\.[\d.]*\d)\s*$/m.exec(run(`${prefix}ld`, '--version').split('\n')[0])?.[1];
	return `gcc ${run(`${prefix}gcc`, '-dumpfullversion').trim()}, ld ${ld}`;
}

/** Says on standard error where the tools that made `there` are others than these: the harmless reason for other bytes. */
export function sayTools(here, there) {
	for (const machine of Object.keys(prefixes))
		if (here.targets[machine].tools !== there.targets[machine]?.tools)
			console.error(`${machine}: ${here.targets[machine].tools} here, ${there.targets[machine]?.tools} there.`);
}
