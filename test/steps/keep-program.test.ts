import {describe, expect, it} from 'vitest';
import type {Host} from '../../src/host/host.ts';
import {keptProgramFolder as folder, keptUninstall as script} from '../../src/layout.ts';
import {packageFiles} from '../../src/program/package-files.ts';
import {readUninstallScript, uninstallScript} from '../../src/program/uninstall-script.ts';
import {digestOfFile} from '../../src/release/digest.ts';
import {keepProgramStep as step} from '../../src/steps/keep-program.ts';
import {kataSetupVersion as version} from '../../src/version.ts';
import {reportOf, throwaway, watchedContext} from '../support/throwaway.ts';

const args = {folder, script, replaces: null};
const program = `${folder}/${version}`;

/** Fails where the script is written, after the new program is in its place. */
const cutAtScript =
	({files}: Host): Host['files']['write'] =>
	async (path, ...rest) => {
		if (path === script) throw new Error('cut');
		return files.write(path, ...rest);
	};

describe('keep-program', () => {
	it('leaves the whole package and a script that leads to it', async () => {
		const {host, listing} = await throwaway();
		const inverse = await step.prepare(host, args);
		expect(inverse).toMatchObject({version, before: null, made: ['/opt', '/opt/kata-setup']});
		await step.perform(host, args, watchedContext());
		await step.verify(host, args);
		for (const {path, sha256, size, mode} of inverse.files ?? []) {
			expect(await digestOfFile(host, path), path).toBe(sha256);
			expect(await host.files.stat(path), path).toMatchObject({type: 'file', size, mode});
		}
		expect(inverse.files).toHaveLength((await packageFiles()).length + 1);
		const files = Object.keys(await listing());
		for (const path of await packageFiles()) expect(files).toContain(`${program}/${path}`);
		expect(await packageFiles()).toEqual(expect.arrayContaining(['package.json', 'dist/kata-setup.mjs']));
		const text = (await host.files.readText(script)) ?? '';
		expect(readUninstallScript(text)).toEqual({version, program, node: process.execPath});
		expect((await host.files.stat(script))?.mode).toBe(0o755);
	});

	it('is undone to the last folder, from any state', async () => {
		for (const state of ['before', 'part', 'whole', 'half-undone', 'half-mended']) {
			const {host, place, listing} = await throwaway();
			const inverse = await step.prepare(host, args);
			if (state === 'part') await place(`${program}.part/bin/x`, 'x');
			if (state !== 'before' && state !== 'part') await step.perform(host, args, watchedContext());
			if (state === 'half-undone') await host.files.rename(program, `${program}.going`);
			if (state === 'half-mended') await place(`${program}.going/dist/x`, 'damaged');
			for (const _ of ['once', 'twice']) expect(await step.undo(host, args, inverse, watchedContext())).toEqual([]);
			expect(await listing(), state).toEqual({});
		}
	});

	it('replaces an older one, and leaves the newer in place when that run is undone', async () => {
		const {host, place} = await throwaway();
		const older = `${folder}/0.0.1`;
		await place(`${older}/bin/kata-setup.cjs`, 'old');
		await place(script, uninstallScript({version: '0.0.1', program: older, node: '/usr/bin/node'}));
		const later = {...args, replaces: '0.0.1'};
		const inverse = await step.prepare(host, later);
		expect(inverse).toMatchObject({version, before: '0.0.1', made: []});
		await step.perform(host, later, watchedContext());
		await step.verify(host, later);
		expect(await host.files.list(folder)).toEqual([version]);
		expect(await step.undo(host, later, inverse, watchedContext())).toEqual([]);
		await step.verify(host, later);
	});

	it('mends its own version, and a run that is cut short leaves the damaged or the whole one, never none', async () => {
		const bundle = `${program}/dist/kata-setup.mjs`;
		for (const cut of [null, 'aside', 'in place'] as const) {
			const {host, listing} = await throwaway();
			await step.perform(host, args, watchedContext());
			const whole = await listing();
			await host.files.write(bundle, 'cut off');
			const mending = {...args, replaces: version};
			const inverse = await step.prepare(host, mending);
			if (cut === null) await step.perform(host, mending, watchedContext());
			else await host.files.rename(program, `${program}.going`);
			if (cut === 'in place')
				await step
					.perform({...host, files: {...host.files, write: cutAtScript(host)}}, mending, watchedContext())
					.catch(() => undefined);
			expect(await step.undo(host, mending, inverse, watchedContext()), cut ?? 'through').toEqual([]);
			if (cut === 'aside') expect(await host.files.readText(bundle)).toBe('cut off');
			else expect(await listing()).toEqual(whole);
		}
	});

	it('leaves the older one in place when the new one was not whole yet', async () => {
		const {host, place} = await throwaway();
		const older = `${folder}/0.0.1`;
		const text = uninstallScript({version: '0.0.1', program: older, node: '/usr/bin/node'});
		await place(`${older}/bin/kata-setup.cjs`, 'old');
		await place(script, text);
		const inverse = await step.prepare(host, {...args, replaces: '0.0.1'});
		await place(`${program}.part/bin/x`, 'x');
		await place(`${program}/bin/x`, 'x');
		await step.undo(host, {...args, replaces: '0.0.1'}, inverse, watchedContext());
		expect(await host.files.list(folder)).toEqual(['0.0.1']);
		expect(await host.files.readText(script)).toBe(text);
	});

	it('leaves alone what is not ours: a file in its place, and a script that was changed', async () => {
		const {host, place} = await throwaway();
		await place(script, '#!/bin/sh\necho mine\n');
		expect((await reportOf(step.prepare(host, args))).remedy.join()).toContain(`mv ${script}`);
		const left = await step.undo(host, args, {version, before: null, made: ['/opt/kata-setup']}, watchedContext());
		expect(left[0]).toContain('stays');
		expect(await host.files.readText(script)).toContain('mine');
	});

	it('sees a script that leads to nothing', async () => {
		const {host} = await throwaway();
		await step.perform(host, args, watchedContext());
		await host.files.remove(`${program}/dist/kata-setup.mjs`);
		expect((await reportOf(step.verify(host, args))).why).toContain('dist/kata-setup.mjs');
	});
});
