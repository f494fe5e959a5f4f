/** Taking the managed copy of a configuration back: what a person wrote into it stays, whatever became of its release. */
import {createHash} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import type {StepArguments} from '../../src/plan/plan.ts';
import {kataConfigStep as step, type WrittenCopy} from '../../src/steps/kata-config.ts';
import {type Throwaway, throwaway, watchedContext} from '../support/throwaway.ts';

const tree = '/opt/kata-setup/trees/4.1.0';
const args: StepArguments['kata-config'] = {
	pair: {runtime: 'rust', hypervisor: 'qemu'},
	tree,
	from: `${tree}/share/defaults/kata-containers/configuration-qemu.toml`,
	to: '/etc/kata/rust-qemu/4.1.0/configuration.toml',
};
const packaged = '[hypervisor.qemu]\npath = "/opt/kata/bin/qemu"\n';

/** A host where the copy was written; `before`: what stood in its place. */
async function written(before: string | null = null) {
	const made = await throwaway();
	await made.place(args.from, packaged);
	await made.place('/etc/kata/rust-qemu/4.1.0/.keep', '');
	await made.place(`${tree}/bin/qemu`, '');
	if (before !== null) await made.place(args.to, before);
	const inverse = await step.prepare(made.host, args);
	await step.perform(made.host, args, watchedContext());
	await step.verify(made.host, args);
	return {...made, inverse, copy: (await made.host.files.readText(args.to)) ?? ''};
}

const undo = ({host}: Throwaway, inverse: unknown) => step.undo(host, args, inverse as WrittenCopy, watchedContext());
const edited = `${args.to} stays: it was changed since kata-setup wrote it.`;

describe.each([
	['is there', false],
	['is gone', true],
])('a copy whose release %s', (_what, isGone) => {
	const made = async (before: string | null = null) => {
		const here = await written(before);
		if (isGone) await here.host.files.removeTree(tree);
		return here;
	};

	it('goes, and what it replaced comes back', async () => {
		const here = await made();
		expect(await undo(here, here.inverse)).toEqual([]);
		expect(await here.host.files.stat(args.to)).toBeNull();
		expect(await undo(here, here.inverse)).toEqual([]);
		const over = await made('somebody’s\n');
		expect(await undo(over, over.inverse)).toEqual([]);
		expect(await over.host.files.readText(args.to)).toBe('somebody’s\n');
		expect(await undo(over, over.inverse)).toEqual([]);
	});

	it('stays, and is named, where somebody edited it', async () => {
		const here = await made();
		const text = here.copy.replace('[hypervisor.qemu]\n', '[hypervisor.qemu]\ndefault_vcpus = 7\n');
		await here.place(args.to, text);
		expect(await undo(here, here.inverse)).toEqual([edited]);
		expect(await here.host.files.readText(args.to)).toBe(text);
	});
});

describe('a copy that an older kata-setup wrote, whose digest is not in the journal', () => {
	const old = {before: null};

	it('goes by its release while that is there', async () => {
		const here = await written();
		expect(await undo(here, old)).toEqual([]);
		expect(await here.host.files.stat(args.to)).toBeNull();
		await here.place(args.to, `${here.copy}x = 1\n`);
		expect(await undo(here, old)).toEqual([edited]);
	});

	it('goes by its first line where the release is gone, and that is said', async () => {
		const here = await written();
		await here.host.files.removeTree(tree);
		// Without that line it is no copy of ours any more, nor with another release's.
		for (const text of [packaged, here.copy.replace('4.1.0', '4.0.0')]) {
			await here.place(args.to, text);
			expect(await undo(here, old)).toEqual([edited]);
		}
		await here.place(args.to, here.copy);
		const context = watchedContext();
		expect(await step.undo(here.host, args, old, context)).toEqual([]);
		expect(await here.host.files.stat(args.to)).toBeNull();
		expect(context.lines).toEqual([expect.stringContaining(args.to)]);
	});
});

describe('the journal', () => {
	it('has the digest of the copy before it is written', async () => {
		const {inverse, copy} = await written();
		expect(inverse).toEqual({before: null, wrote: createHash('sha256').update(copy).digest('hex')});
	});
});
