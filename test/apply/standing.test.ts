/** Two runs' steps about the same thing, merged: what an uninstall gives back after people edited the engine's main file between. */
import {describe, expect, it} from 'vitest';
import type {StandingStep} from '../../src/apply/receipt.ts';
import {merged} from '../../src/apply/standing.ts';
import type {ContainerdConfigArguments, FileEdit} from '../../src/plan/plan.ts';
import type {ContainerdInverse} from '../../src/steps/containerd-config.ts';
import type {WrittenCopy} from '../../src/steps/kata-config.ts';

const main = '/etc/containerd/config.toml';
const dropIn = '/etc/containerd/conf.d/kata-setup.toml';
const block = '# BEGIN kata-setup (managed)\nimports = ["/etc/containerd/conf.d/kata-setup*.toml"]\n# END kata-setup\n';
const first = 'version = 3\n';
const mine = 'version = 3\noom_score = 7\n';

const edit = (path: string, before: string | null, after: string): FileEdit => ({
	path,
	before,
	after,
	mode: 0o644,
	what: '',
});
const bytes = (text: string) => ({base64: Buffer.from(text).toString('base64'), mode: 0o600});
function standing(edits: FileEdit[], mends: boolean): StandingStep {
	const files = edits.map(({path, before}) => ({path, before: before === null ? null : bytes(before)}));
	return {
		run: 'r',
		step: 's',
		kind: 'containerd-config',
		title: mends ? 'Put back' : 'Register',
		args: {config: main, edits, ...(mends ? {mends} : {})} as unknown as ContainerdConfigArguments,
		inverse: {files, folders: [], invocation: null, plugins: null} satisfies ContainerdInverse,
		done: true,
	};
}
const registered = standing([edit(dropIn, null, 'ours\n'), edit(main, first, first + block)], false);
const filesOf = ({inverse}: StandingStep) =>
	(inverse as ContainerdInverse).files.map(({path, before}) => [
		path,
		before && Buffer.from(before.base64, 'base64').toString(),
	]);

describe('a configuration that two runs copied', () => {
	const copied = (inverse: WrittenCopy): StandingStep => ({
		run: 'r',
		step: 's',
		kind: 'kata-config',
		title: 'Copy',
		args: {} as never,
		inverse,
		done: true,
	});

	it('is as the later one wrote it, and gives back what the earlier one found', () => {
		const earlier = copied({before: null, wrote: 'a'});
		const later = copied({before: bytes('drifted'), wrote: 'b'});
		expect(merged(earlier, later).inverse).toEqual({before: null, wrote: 'b'});
		// Written by a kata-setup that did not keep the digest: the earlier one's is another text's.
		expect(merged(earlier, copied({before: bytes('drifted')})).inverse).toEqual({before: null});
	});
});

describe('the engine’s edits of two runs', () => {
	it.each([true, false])('give back the main file as people left it, without our part (a repair: %s)', mends => {
		const step = merged(registered, standing([edit(main, mine, mine + block)], mends));
		expect(filesOf(step)).toEqual([
			[dropIn, null],
			[main, mine],
		]);
		expect((step.args as ContainerdConfigArguments).edits.map(({path, after}) => [path, after])).toEqual([
			[dropIn, 'ours\n'],
			[main, mine + block],
		]);
	});

	it('give back no drop-in of ours, whatever somebody had put into it', () => {
		const step = merged(registered, standing([edit(dropIn, '[no toml', 'ours\n')], true));
		expect(filesOf(step)).toEqual([
			[dropIn, null],
			[main, first],
		]);
		expect(step.title).toBe('Register');
		expect(step.args).not.toHaveProperty('mends');
	});

	it('take our part out of what a run found there still', () => {
		const step = merged(registered, standing([edit(main, mine + block, mine + block)], false));
		expect(filesOf(step)[1]).toEqual([main, mine]);
	});
});
