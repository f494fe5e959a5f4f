import {build} from 'esbuild';

/**
 * Bundles an entry that shows screens, as the published program is bundled: Ink's devtools are stubbed.
 * @param {string} entry
 * @param {string} outfile
 */
export async function bundleScreens(entry, outfile) {
	await build({
		entryPoints: [entry],
		outfile,
		bundle: true,
		platform: 'node',
		format: 'esm',
		target: 'node20',
		jsx: 'automatic',
		logLevel: 'error',
		define: {'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"'},
		banner: {js: "import {createRequire} from 'node:module'; const require = createRequire(import.meta.url);"},
		plugins: [
			{
				name: 'no-devtools',
				setup(builder) {
					builder.onResolve({filter: /^react-devtools-core$/}, ({path}) => ({path, namespace: 'stub'}));
					builder.onLoad({filter: /.*/, namespace: 'stub'}, () => ({contents: 'export default {}'}));
				},
			},
		],
	});
}
