// Bundles demo.tsx into a temporary folder and runs it in this terminal.
import {spawnSync} from 'node:child_process';
import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {bundleScreens} from './bundle.mjs';

const folder = mkdtempSync(join(tmpdir(), 'kata-setup-demo-'));
const file = join(folder, 'demo.mjs');
await bundleScreens(fileURLToPath(new URL('demo.tsx', import.meta.url)), file);
const {status} = spawnSync(process.execPath, [file, ...process.argv.slice(2)], {stdio: 'inherit'});
process.exit(status ?? 1);
