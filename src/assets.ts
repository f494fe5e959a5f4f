/** Where the files that ship beside the code lie. */
import {readFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** Found once: the package's folder does not move while the program runs. */
let packageFolder: string | null = null;

/**
 * The absolute path of a file in the package's `assets/` folder, by its name there, for example `catalogue.json`.
 * Nothing tells whether that file exists.
 * @throws Error if this code is not in a package called kata-setup, which is a bug of the packaging
 */
export const assetPath = (name: string): string => packagePath(join('assets', name));

/** The absolute path of a file or folder in the package. @throws as `assetPath` */
export function packagePath(path: string): string {
	packageFolder ??= findPackage(dirname(fileURLToPath(import.meta.url)));
	return join(packageFolder, path);
}

/** The bytes of a file in the package's `assets/` folder. @throws Node's ErrnoException if it cannot be read */
export const readAsset = (name: string): Promise<Buffer> => readFile(assetPath(name));

/** The same search serves src/ and the bundle in dist/, which lie at different depths of the package. */
function findPackage(start: string): string {
	for (let folder = start; ; folder = dirname(folder)) {
		if (packageName(folder) === 'kata-setup') return folder;
		if (folder === dirname(folder)) throw new Error(`${start} is not inside the package kata-setup`);
	}
}

function packageName(folder: string): unknown {
	try {
		return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {name?: unknown}).name;
	} catch {
		return null;
	}
}
