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

it('has effects outside of src/host only where CONTRIBUTING.md says so, and says so of no other file', async () => {
	const effects =
		/^import .*from '(?:node:(?:fs|fs\/promises|child_process|net|http|https|tls|dgram|worker_threads)|execa)';$/gm;
	// Whether a text is an address is a question to nobody.
	const isPure = (line: string): boolean => /^import (?:type )?\{(?:isIP|Dirent)\} /.test(line);
	const found = [...(await sources())]
		.filter(([path]) => !/^src\/(?:host|program)\//.test(path))
		.filter(([, text]) => (text.match(effects) ?? []).some(line => !isPure(line)))
		.map(([path]) => path);
	const contributing = await fs.readFile(join(project, 'CONTRIBUTING.md'), 'utf8');
	const paragraph = /An effect outside of `src\/host` is a mistake[\s\S]*?\n\n(?!-)/.exec(contributing)?.[0] ?? '';
	const named = [...paragraph.matchAll(/`(src\/[\w/-]+\.ts)`/g)].map(([, path]) => path);
	expect(named.sort()).toEqual(found.sort());
});
