/**
 * Builds the program that proves KVM from assets/kvm-probe/kvm-probe.c: assets/kvm-probe/kvm-probe-<machine> for the four
 * architectures, and assets/kvm-probe/manifest.json with the hashes of all that went in and came out.
 *
 *     node scripts/build-kvm-probe.mjs [--check]
 *
 * The bytes depend on the compiler and the linker: see freestanding.mjs. `--check` writes nothing, and says where the bytes
 * are others than those in the repository.
 */
import {chmod, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {compiled, flags, prefixes, sayTools, sha256, toolsOf} from './freestanding.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../assets/kvm-probe');
const source = join(folder, 'kvm-probe.c');

const manifest = {source: sha256(await readFile(source)), flags: flags.join(' '), targets: {}};
const built = {};
for (const machine of Object.keys(prefixes)) {
	const program = await compiled(machine, source);
	built[`kvm-probe-${machine}`] = program;
	manifest.targets[machine] = {tools: toolsOf(machine), program: sha256(program)};
}
built['manifest.json'] = Buffer.from(`${JSON.stringify(manifest, null, '\t')}\n`);

if (process.argv.includes('--check')) await check();
else await write();

async function write() {
	for (const [name, bytes] of Object.entries(built)) {
		await writeFile(join(folder, name), bytes);
		if (name !== 'manifest.json') await chmod(join(folder, name), 0o755);
	}
}

async function check() {
	for (const [name, bytes] of Object.entries(built)) {
		if (bytes.equals(await readFile(join(folder, name)))) continue;
		console.error(`assets/kvm-probe/${name} is not what scripts/build-kvm-probe.mjs makes.`);
		process.exitCode = 1;
	}
	if (process.exitCode) sayTools(manifest, JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
}
