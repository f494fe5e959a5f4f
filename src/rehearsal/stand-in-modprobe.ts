/** modprobe of the model server: a module comes into /proc/modules and /sys/module, and goes again with `-r`. */
import type {Files} from '../host/host.ts';

const listPath = '/proc/modules';

/** @returns the command's standard output: none */
export async function modprobe(files: Files, args: readonly string[]): Promise<string> {
	const module = (args.at(-1) ?? '').replaceAll('-', '_');
	const lines = ((await files.readText(listPath)) ?? '').split('\n').filter(line => line !== '');
	const others = lines.filter(line => !line.startsWith(`${module} `));
	if (args.includes('-r')) {
		if (others.length < lines.length) await write(files, others);
		await files.removeTree(`/sys/module/${module}`);
	} else if (others.length === lines.length) {
		await write(files, [...lines, `${module} 24576 0 - Live 0x0`]);
		await files.makeDirectory(`/sys/module/${module}`);
		await files.write(`/sys/module/${module}/initstate`, 'live\n');
	}
	return '';
}

const write = (files: Files, lines: readonly string[]): Promise<void> =>
	files.write(listPath, lines.map(line => `${line}\n`).join(''));
