import {describe, expect, it} from 'vitest';
import {ourPrefix, treesFolder} from '../../src/layout.ts';
import {planChange} from '../../src/plan/change.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Step} from '../../src/plan/plan.ts';
import {planUndo} from '../../src/plan/undo.ts';
import {planUninstall} from '../../src/plan/uninstall.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {PlayedHost} from '../support/played-host.ts';

const rehearsal = false;
const verb = 'switch';
const qemu = sampleChoice({runtime: 'rust', hypervisor: 'qemu'});
const dragonball = sampleChoice({runtime: 'rust', hypervisor: 'dragonball'});

const installed = (): PlayedHost => {
	const devices = sampleFacts().devices.map(device => ({...device, state: 'ok', moduleState: 'loaded'}) as const);
	const host = new PlayedHost(sampleFacts({kataSetup: '0.2.0', devices}));
	host.apply(planInstall(host.facts, qemu, {rehearsal}));
	return host;
};
/** The steps about the kept program. */
const keeping = (steps: readonly Step[]): Step[] =>
	steps.filter(step => step.kind === 'keep-program' || (step.kind === 'undo' && step.args.of === 'keep-program'));

describe('the kept kata-setup', () => {
	it('comes first in an install, and goes last in its uninstall and in its undoing', () => {
		const host = installed();
		const install = planInstall(sampleFacts(), qemu, {rehearsal});
		expect(install.steps[0]).toMatchObject({kind: 'keep-program', args: {replaces: null}});
		expect(host.facts.installation?.keptProgram).toBe('0.2.0');
		expect(planUninstall(host.facts, host.receipt, {rehearsal}).steps.at(-1)).toMatchObject({
			kind: 'undo',
			args: {of: 'keep-program'},
		});
		const cut = new PlayedHost(sampleFacts());
		cut.applyPart(install, 6);
		expect(planUndo(cut.facts, cut.receipt, {rehearsal}).steps.at(-1)).toMatchObject({args: {of: 'keep-program'}});
	});

	it('is replaced by the first change that a newer one makes, once, and never by an older one', () => {
		const host = installed();
		const changeWith = (kataSetup: string) => planChange({...host.facts, kataSetup}, dragonball, {verb, rehearsal});
		for (const kataSetup of ['0.2.0', '0.1.9', '0.2.0-rc1']) expect(keeping(changeWith(kataSetup).steps)).toEqual([]);
		const newer = changeWith('0.10.0');
		expect(newer.steps[0]).toMatchObject({kind: 'keep-program', args: {replaces: '0.2.0'}});
		const later = installed();
		later.setKataSetup('0.10.0');
		later.apply(newer);
		expect(later.facts.installation?.keptProgram).toBe('0.10.0');
		expect(keeping(planChange(later.facts, qemu, {verb, rehearsal}).steps)).toEqual([]);
		const removal = keeping(planUninstall(later.facts, later.receipt, {rehearsal}).steps);
		expect(removal).toMatchObject([{args: {inverse: {version: '0.10.0', before: null}}}]);
	});

	it('is not written where nothing else is to be done', () => {
		const host = installed();
		expect(planChange({...host.facts, kataSetup: '9.0.0'}, qemu, {verb, rehearsal}).steps).toEqual([]);
	});

	it('goes before the folder that it lies in, where an older kata-setup made that', () => {
		const host = new PlayedHost(sampleFacts({kataSetup: '0.2.0'}));
		const {steps, ...plan} = planInstall(host.facts, qemu, {rehearsal});
		host.apply({...plan, steps: steps.filter(({kind}) => kind !== 'keep-program')});
		host.apply(planChange(host.facts, dragonball, {verb, rehearsal}));
		const isTrees = (id: string): boolean => id === `make-directory:${treesFolder}`;
		const standing = host.receipt.standing.map(made =>
			isTrees(made.step) ? {...made, inverse: {made: [ourPrefix, treesFolder]}} : made,
		);
		const removal = planUninstall(host.facts, {...host.receipt, standing}, {rehearsal}).steps;
		const at = removal.findIndex(step => step.kind === 'undo' && step.args.of === 'keep-program');
		expect(removal[at + 1]).toMatchObject({args: {step: `make-directory:${treesFolder}`}});
		expect(removal.at(-1)).not.toBe(removal[at]);
	});
});
