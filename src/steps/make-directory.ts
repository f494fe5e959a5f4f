/** Makes a folder and the ones above it that are missing. */
import {KataSetupError} from '../errors.ts';
import {makeFolders, missingFolders, removeFolders} from '../host/folders.ts';
import type {StepKindOf} from './step-kind.ts';

export const makeDirectoryStep: StepKindOf<'make-directory', {made: string[]}> = {
	kind: 'make-directory',
	async prepare(host, {path}) {
		return {made: await missingFolders(host, path)};
	},
	async perform(host, {path, mode}) {
		await makeFolders(host, path, mode);
	},
	async verify(host, {path}) {
		if ((await host.files.list(path)) === null)
			throw new KataSetupError('undone', `${path} could not be made a folder.`, {why: 'Something else has that name.'});
	},
	undo: (host, _args, {made}) => removeFolders(host, made),
};
