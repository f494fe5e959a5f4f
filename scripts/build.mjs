/** Builds dist/kata-setup.mjs: one bundled, unminified ESM file. A tool that runs as root should be readable. */
import {chmod, rm} from 'node:fs/promises';
import {build} from 'esbuild';

/** Ink loads its devtools only with DEV=true, which the defines below rule out; the package is not even installed. */
const withoutDevtools = {
	name: 'without-devtools',
	setup(bundle) {
		bundle.onResolve({filter: /^(react-devtools-core|osx-temperature-sensor)$/}, ({path}) => ({
			path,
			namespace: 'stub',
		}));
		bundle.onLoad({filter: /.*/, namespace: 'stub'}, () => ({contents: 'export default undefined;', loader: 'js'}));
	},
};

await rm('dist', {recursive: true, force: true});
await build({
	entryPoints: ['src/cli/main.ts'],
	outfile: 'dist/kata-setup.mjs',
	bundle: true,
	platform: 'node',
	format: 'esm',
	target: 'node20',
	jsx: 'automatic',
	charset: 'utf8',
	define: {'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"'},
	// CommonJS packages inside an ES module call require() for Node's own modules.
	banner: {
		js: "import {createRequire as kataSetupRequire} from 'node:module';\nconst require = kataSetupRequire(import.meta.url);",
	},
	plugins: [withoutDevtools],
	logLevel: 'warning',
});
await chmod('dist/kata-setup.mjs', 0o755);
