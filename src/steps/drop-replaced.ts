/** Removes what `mend-tree`, `record-tree` or `mend-scratch` replaced and kept, at the end of a run that went well. It was broken, so nothing brings it back. */
import {KataSetupError} from '../errors.ts';
import type {StepKindOf} from './step-kind.ts';

export const dropReplacedStep: StepKindOf<'drop-replaced', null> = {
	kind: 'drop-replaced',
	prepare: async () => null,
	perform: (host, {path}) => host.files.removeTree(path),
	async verify(host, {path}) {
		if ((await host.files.stat(path)) !== null)
			throw new KataSetupError('undone', `${path} could not be removed.`, {remedy: `Remove it: rm -r ${path}`});
	},
	undo: async () => [],
};
