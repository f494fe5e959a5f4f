/** The drop-ins of people in the config.d of our pairs. */
import {describe, expect, it} from 'vitest';
import {dropInsProbe} from '../../../src/facts/kata/drop-ins.ts';
import {configurationFolder} from '../../../src/layout.ts';
import {probedHost} from '../../support/probed-host.ts';

const at = (pair: string, name: string): string => `${configurationFolder}/${pair}/config.d/${name}`;

describe('the drop-ins of people', () => {
	it('are those of every pair, byte for byte, without ours and without what is none', async () => {
		const text = '\uFEFF# mine\r\n[runtime]\r\nenable_debug = true';
		const host = await probedHost({
			files: {
				[at('rust-qemu', '10-kata-setup.toml')]: '[runtime]\n',
				[at('rust-qemu', '50-mine.toml')]: text,
				[at('rust-qemu', 'notes.txt')]: 'x',
				[at('go-qemu', '20-team.toml')]: '# nothing\n',
				[`${configurationFolder}/active`]: 'link:rust-qemu',
				[`${configurationFolder}/rust-qemu/configuration.toml`]: '[runtime]\n',
			},
		});
		expect(await dropInsProbe.read(host)).toEqual([
			{path: at('go-qemu', '20-team.toml'), pair: 'go-qemu', mode: 0o644, text: '# nothing\n'},
			{path: at('rust-qemu', '50-mine.toml'), pair: 'rust-qemu', mode: 0o644, text},
		]);
	});

	it('are named without a text where they are links, too large, or no UTF-8', async () => {
		const host = await probedHost({
			files: {
				[at('rust-qemu', '50-link.toml')]: 'link:/srv/mine.toml',
				[at('rust-qemu', '60-large.toml')]: '#'.repeat(64 * 1024 + 1),
				[at('rust-qemu', '61-fits.toml')]: '#'.repeat(64 * 1024),
				[at('rust-qemu', '70-latin.toml')]: '',
			},
		});
		await host.files.write(at('rust-qemu', '70-latin.toml'), Buffer.from([0x23, 0xe4]), {mode: 0o600});
		const found = await dropInsProbe.read(host);
		expect(found.map(({path, text}) => [path.slice(path.lastIndexOf('/') + 1), text?.length ?? null])).toEqual([
			['50-link.toml', null],
			['60-large.toml', null],
			['61-fits.toml', 64 * 1024],
			['70-latin.toml', null],
		]);
		expect(found.at(-1)?.mode).toBe(0o600);
	});

	it('are none where nothing of ours is', async () => {
		expect(await dropInsProbe.read(await probedHost({files: {}}))).toEqual([]);
	});
});
