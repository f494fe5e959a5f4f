/** The module facts of a server with nothing in the way of its modules. */
import type {ModuleFacts} from '../../../../src/facts/facts.ts';

export const modules = (changes: Partial<ModuleFacts> = {}): ModuleFacts => ({
	supported: true,
	releases: ['6.1.0-40-amd64'],
	running: true,
	loadingDisabled: false,
	permitted: true,
	signedOnly: null,
	rivals: [],
	rules: [],
	atBoot: [],
	...changes,
});
