import {describe, expect, it} from 'vitest';
import {catalogue, runtimes} from '../../src/catalogue/catalogue.ts';
import {knownSizes} from '../../src/catalogue/sizes.ts';
import {compareVersions} from '../../src/catalogue/version.ts';

describe('the known size of an archive', () => {
	it('is that of the newest release it is known of, and says which', () => {
		for (const runtime of runtimes) {
			const {download} = knownSizes(runtime, 'x86_64');
			const releases = catalogue.runtimes[runtime].sizes
				.filter(({architecture}) => architecture === 'x86_64')
				.map(({release}) => release);
			expect(download?.release).toBe(releases.sort(compareVersions).at(-1));
		}
	});

	it('may be known unpacked of an older release than packed', () => {
		const {download, unpacked} = knownSizes('rust', 'x86_64');
		expect(download).toMatchObject({release: '4.2.0', downloadBytes: 996_647_537, unpackedBytes: null});
		expect(unpacked).toMatchObject({release: '4.1.0', unpackedBytes: 2_500_000_000});
	});

	it('is not made up for an architecture that nothing is known of', () => {
		expect(knownSizes('rust', 's390x')).toEqual({download: null, unpacked: null});
		expect(knownSizes('go', 'aarch64')).toEqual({download: null, unpacked: null});
		expect(knownSizes('rust', 'aarch64')).toMatchObject({download: {downloadBytes: 653_631_272}, unpacked: null});
	});
});
