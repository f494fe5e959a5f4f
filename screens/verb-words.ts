/** What each verb of a plan is called: the key that begins it, what goes on meanwhile, and the name of its stage. */
import type {Verb} from '../src/plan/plan.ts';

export interface VerbWords {
	readonly act: string;
	readonly doing: string;
	readonly stage: string;
	/** The title of a result that was done; what a smoke test proved is said after it. */
	readonly done: string;
}

export const verbWords: Record<Verb, VerbWords> = {
	install: {act: 'install now', doing: 'Installing', stage: 'Install', done: 'Installed'},
	switch: {act: 'switch now', doing: 'Switching', stage: 'Switch', done: 'Switched'},
	upgrade: {act: 'upgrade now', doing: 'Upgrading', stage: 'Upgrade', done: 'Upgraded'},
	rollback: {act: 'roll back now', doing: 'Rolling back', stage: 'Roll back', done: 'Rolled back'},
	repair: {act: 'repair now', doing: 'Repairing', stage: 'Repair', done: 'Repaired'},
	adopt: {act: 'adopt now', doing: 'Adopting', stage: 'Adopt', done: 'Adopted'},
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
