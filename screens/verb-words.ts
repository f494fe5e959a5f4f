/** What each verb of a plan is called: the key that begins it, what goes on meanwhile, and the name of its stage. */
import {kataPrefix} from '../src/layout.ts';
import type {Verb} from '../src/plan/plan.ts';

export interface VerbWords {
	readonly act: string;
	readonly doing: string;
	readonly stage: string;
	/** The title of a result that was done; what a smoke test proved is said after it. */
	readonly done: string;
	/** How it is taken back, on Review; absent: that is said otherwise, or nothing of it stays. */
	readonly undo?: string;
}

const byRollback = 'kata-setup rollback goes back; a failure goes back by itself';

export const verbWords: Record<Verb, VerbWords> = {
	install: {
		act: 'install now',
		doing: 'Installing',
		stage: 'Install',
		done: 'Installed',
		undo: 'kata-setup uninstall puts every file back, byte for byte',
	},
	switch: {act: 'switch now', doing: 'Switching', stage: 'Switch', done: 'Switched', undo: byRollback},
	upgrade: {act: 'upgrade now', doing: 'Upgrading', stage: 'Upgrade', done: 'Upgraded', undo: byRollback},
	rollback: {act: 'roll back now', doing: 'Rolling back', stage: 'Roll back', done: 'Rolled back', undo: byRollback},
	repair: {
		act: 'repair now',
		doing: 'Repairing',
		stage: 'Repair',
		done: 'Repaired',
		undo: 'a failure puts back what was found',
	},
	adopt: {
		act: 'adopt now',
		doing: 'Adopting',
		stage: 'Adopt',
		done: 'Adopted',
		undo: `kata-setup uninstall moves it back to ${kataPrefix}; a failure goes back by itself`,
	},
	undo: {act: 'undo now', doing: 'Undoing', stage: 'Undo', done: 'Undone: this host is as it was before that run'},
	uninstall: {
		act: 'uninstall now',
		doing: 'Uninstalling',
		stage: 'Uninstall',
		done: 'Uninstalled: this host is as it was before',
	},
	test: {act: 'test now', doing: 'Testing', stage: 'Smoke test', done: 'The test is over'},
	fix: {
		act: 'fix now',
		doing: 'Fixing',
		stage: 'Fix',
		done: 'Fixed: the kernel modules are loaded, now and at every boot',
	},
};
