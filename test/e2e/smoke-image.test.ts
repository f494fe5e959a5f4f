/** The smoke test's image from its source: the same bytes with the compilers of its manifest, for all architectures. */
// needs: compilers

import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, it, onTestFinished} from 'vitest';
import {architectures} from '../../src/facts/facts.ts';
import {imageArchive} from '../../src/smoke/image.ts';
import {readProbe} from '../../src/smoke/probe-output.ts';

const script = join(import.meta.dirname, '../../scripts/build-smoke-image.mjs');

it('is what the source gives', async () => {
	const {exitCode, stderr} = await execa(process.execPath, [script, '--check'], {reject: false});
	expect(stderr).toBe('');
	expect(exitCode).toBe(0);
});

describe.each([...architectures])('its program for %s', name => {
	it('runs, answers and goes when it is told to', async () => {
		const work = await mkdtemp(join(tmpdir(), 'kata-setup-probe-'));
		onTestFinished(() => rm(work, {recursive: true}));
		await execa('tar', ['-xf', imageArchive(name) ?? '', '-C', work]);
		const [{Layers}] = JSON.parse(await readFile(join(work, 'manifest.json'), 'utf8'));
		await execa('tar', ['-xf', join(work, Layers[0]), '-C', work]);
		const probe = execa(`qemu-${name}-static`, [join(work, 'probe')], {reject: false, timeout: 30_000});
		let output = '';
		probe.stdout.on('data', chunk => {
			output += chunk;
			if (output.endsWith('end=1\n')) probe.kill('SIGTERM');
		});
		expect((await probe).exitCode).toBe(0);
		expect(readProbe(output)).toMatchObject({
			machine: name,
			bootId: (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
		});
	});
});
