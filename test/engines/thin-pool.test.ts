import {execFileSync} from 'node:child_process';
import {describe, expect, it} from 'vitest';
import {planContainerdEdit} from '../../src/engines/containerd-edit.ts';
import {removeContainerdEdit} from '../../src/engines/containerd-removal.ts';
import {poolSectionText} from '../../src/engines/snapshotter-edit.ts';
import {poolScriptText, poolUnitText} from '../../src/engines/thin-pool.ts';
import {parseToml} from '../../src/engines/toml-text.ts';
import {devmapperRoot, poolImport, poolName, poolRunFolder} from '../../src/layout.ts';
import type {PoolSetUp} from '../../src/plan/plan.ts';
import {sampleContainerd} from '../support/facts.ts';

const setUp: PoolSetUp = {poolName, rootPath: devmapperRoot, baseImageSize: '10GiB', imports: poolImport};
const paths = {runtimePath: '/shim', configPath: '/configuration.toml', snapshotter: {name: 'devmapper', setUp}};
const withText = (version: string, text: string) => {
	const containerd = sampleContainerd({version});
	return {...containerd, config: {...containerd.config, text}};
};

describe('what makes the pool', () => {
	it('is a script that a shell understands', () => {
		expect(() => execFileSync('sh', ['-n'], {input: poolScriptText})).not.toThrow();
	});

	it('zeroes blocks before another container gets them, and fails at once when it is full', () => {
		expect(poolScriptText).toContain('1 error_if_no_space');
		expect(poolScriptText).not.toContain('skip_block_zeroing');
	});

	it('runs before containerd, which starts without it where it fails', () => {
		const unit = poolUnitText('k.service');
		expect(unit).toMatch(/^Before=k\.service$/m);
		expect(unit).toMatch(/^WantedBy=k\.service$/m);
		expect(unit).not.toMatch(/^Require(s|dBy)=/m);
		// systemd takes the folder away with the unit, and the section that lies in it.
		expect(`/run/${/^RuntimeDirectory=(.*)$/m.exec(unit)?.[1]}`).toBe(poolRunFolder);
		expect(poolScriptText).toContain(`${poolRunFolder}/pool.toml`);
	});
});

describe('the section of the pool', () => {
	it('is in no file that is in force without the pool', () => {
		for (const [version, text] of [
			['1.7.24', 'version = 2\n'],
			['2.1.9', 'version = 3\n'],
		] as const)
			for (const {after} of planContainerdEdit(withText(version, text), paths).edits)
				expect(after).not.toContain('pool_name');
		expect(parseToml(poolSectionText(3, setUp))).toEqual({
			version: 3,
			plugins: {
				'io.containerd.snapshotter.v1.devmapper': {
					pool_name: poolName,
					root_path: devmapperRoot,
					base_image_size: '10GiB',
					fs_type: 'ext4',
					discard_blocks: true,
				},
			},
		});
	});

	it.each([
		['2.1.9', 'version = 3\n'],
		['1.7.24', 'version = 2\n'],
		['1.7.24', 'version = 2\nimports = ["/etc/other/*.toml"]\n'],
		['1.7.24', ''],
	])('is imported by a glob, which a missing file does not break, and that goes with us: %s %j', (version, text) => {
		const {edits} = planContainerdEdit(withText(version, text), paths);
		const [first] = edits;
		expect(parseToml(first?.after ?? '').imports).toContain(poolImport);
		for (const {path, after} of edits)
			if (path === '/etc/containerd/config.toml') expect(removeContainerdEdit(after, {created: false}).text).toBe(text);
	});

	it('is not written over one that somebody made', () => {
		const text = 'version = 3\n[plugins."io.containerd.snapshotter.v1.devmapper"]\npool_name = "mine"\n';
		expect(() => planContainerdEdit(withText('2.1.9', text), paths)).toThrow('cannot be edited safely');
	});
});
