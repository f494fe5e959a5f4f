import {defineConfig} from 'vitest/config';

/** Real engines, real guests: slow, and few at a time. `npm run e2e` says before what this machine misses. */
export default defineConfig({
	test: {
		dir: import.meta.dirname,
		include: ['**/*.test.ts'],
		env: {NODE_ENV: 'test'},
		testTimeout: 120_000,
		hookTimeout: 120_000,
		teardownTimeout: 30_000,
		// Two emulated guests at once make each other miss their limits on a machine of two processors.
		fileParallelism: false,
	},
});
