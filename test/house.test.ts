/** Rules of CONTRIBUTING.md and the README that the sources themselves can be asked about. */
import * as fs from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';

const project = join(import.meta.dirname, '..');

/** Path from the project → text, of every source. */
async function sources(): Promise<Map<string, string>> {
	const found = new Map<string, string>();
	for (const folder of ['src', 'screens'])
		for (const name of await fs.readdir(join(project, folder), {recursive: true}))
			if (/\.tsx?$/.test(name)) found.set(`${folder}/${name}`, await fs.readFile(join(project, folder, name), 'utf8'));
	return found;
}

it('tells nobody to run kata-setup through sudo: it becomes root by itself, and sudo’s PATH may not know it', async () => {
	const told = [...(await sources())]
		.filter(([, text]) => /sudo kata-setup|with sudo\./.test(text))
		.map(([path]) => path);
	// The check alone has nothing that it would become root for: whether root may open /dev/kvm only root can tell.
	expect(told).toEqual(['src/facts/findings/machine/kvm-permission.ts']);
});
