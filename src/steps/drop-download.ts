/** Removes a download that has been unpacked. It can be had again, so there is nothing to undo. */
import {KataSetupError} from '../errors.ts';
import type {StepKindOf} from './step-kind.ts';

export const dropDownloadStep: StepKindOf<'drop-download', null> = {
	kind: 'drop-download',
	prepare: async () => null,
	perform: (host, {path}) => host.files.remove(path),
	async verify(host, {path}) {
		if ((await host.files.stat(path)) !== null)
			throw new KataSetupError('undone', `${path} could not be removed.`, {remedy: `Remove it: rm ${path}`});
	},
	undo: async () => [],
};
