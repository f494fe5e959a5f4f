/** bin/kata-setup.cjs: what stands between a person and a Node that is too old. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {transform} from 'esbuild';
import {execa} from 'execa';
import {describe, expect, it, onTestFinished} from 'vitest';

const bin = join(import.meta.dirname, '../../bin');
const entry = join(bin, 'kata-setup.cjs');

/** Runs the entry in a Node that says it is of that version. */
async function underNode(version: string, ...args: string[]) {
	const folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-guard-'));
	onTestFinished(() => fs.rm(folder, {recursive: true}));
	const preload = join(folder, 'version.cjs');
	const versions = `Object.assign({}, process.versions, {node: ${JSON.stringify(version)}})`;
	await fs.writeFile(preload, `Object.defineProperty(process, 'versions', {value: ${versions}});\n`);
	return execa(process.execPath, ['--require', preload, entry, ...args], {reject: false, stdin: 'ignore'});
}

describe('the guard', () => {
	it.each(['0.10.48', '12.22.12', '18.20.8', '20.18.3'])(
		'stops Node %s with two lines: what it is, and what to do',
		async version => {
			const {exitCode, stdout, stderr} = await underNode(version, '--version');
			expect(exitCode).toBe(1);
			expect(stdout).toBe('');
			const lines = stderr.split('\n');
			expect(lines).toHaveLength(2);
			expect(lines[0]).toContain('needs Node 20.19 or newer');
			expect(lines[0]).toContain(version);
			expect(lines[1]).toContain('https://nodejs.org/');
		},
	);

	it.each(['20.19.0', '22.0.0', '24.11.1'])('lets Node %s through', async version => {
		const {exitCode, stdout, stderr} = await underNode(version, '--version');
		expect(stderr).toBe('');
		expect(exitCode).toBe(0);
		expect(stdout).toMatch(/^\d+\.\d+\.\d+$/);
	});

	it('asks for the Node that package.json asks for', async () => {
		const {engines} = JSON.parse(await fs.readFile(join(bin, '../package.json'), 'utf8')) as {engines: {node: string}};
		expect(engines.node).toBe('>=20.19.0');
	});

	it('is written in the syntax of ES5, so that any Node can read it', async () => {
		const code = (await fs.readFile(entry, 'utf8')).replace(/^#!.*\n/, '');
		// What esbuild has to lower for ES5 comes out different; what it cannot lower (let, const, class) is an error.
		const lowered = await transform(code, {target: 'es5'});
		const kept = await transform(code, {target: 'esnext'});
		expect(lowered.code).toBe(kept.code);
		await expect(transform('const a = 1;', {target: 'es5', logLevel: 'silent'})).rejects.toThrow();
	});

	it('leaves the modern syntax to a file that an old Node never loads', async () => {
		expect(await fs.readFile(entry, 'utf8')).not.toContain('import(');
		expect(await fs.readFile(join(bin, 'load.cjs'), 'utf8')).toContain("import('../dist/kata-setup.mjs')");
	});
});
