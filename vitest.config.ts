import {defineConfig} from 'vitest/config';

export default defineConfig({
	test: {
		include: ['test/**/*.test.{ts,tsx}'],
		exclude: ['test/e2e/**', 'node_modules/**'],
		env: {NODE_ENV: 'test'},
		// No test is about time, and machines are shared: a limit is for what never ends.
		testTimeout: 60_000,
		hookTimeout: 60_000,
	},
});
