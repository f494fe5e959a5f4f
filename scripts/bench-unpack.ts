/** For bench.mjs: unpacks one archive with the step that an install uses. Arguments: the archive, a new folder. */
import {createRealHost} from '../src/host/real.ts';
import {unpackTreeStep} from '../src/steps/unpack-tree.ts';

const [path = '', folder = ''] = process.argv.slice(2);
const args = {
	archives: [{path, name: 'archive', sha256: null, compression: 'zst' as const}],
	staging: `${folder}/staging/tree`,
	tree: `${folder}/trees/tree`,
	expect: ['VERSION'],
	version: '0.0.0',
	runtime: 'rust' as const,
};
const host = createRealHost();
await unpackTreeStep.prepare(host, args);
await unpackTreeStep.perform(host, args, {
	signal: new AbortController().signal,
	progress: () => undefined,
	log: () => undefined,
	verdict: () => undefined,
});
await unpackTreeStep.verify(host, args);
