import {expect, it} from 'vitest';
import {blockToolsProbe} from '../../../src/facts/machine/block-tools.ts';
import {readPaths} from '../../../src/facts/paths.ts';
import {poolData, scratchFile} from '../../../src/layout.ts';
import {probedHost} from '../../support/probed-host.ts';

it('tells what the file of an earlier run measures, where there is one', async () => {
	expect(await blockToolsProbe.read(await probedHost({files: {[scratchFile]: 'abc'}}))).toMatchObject({
		scratchBytes: 3,
	});
	expect(await blockToolsProbe.read(await probedHost({}))).not.toHaveProperty('scratchBytes');
});

it('tells what a thin pool is made with, and how one of ours is', async () => {
	const files = {
		'/sbin/dmsetup': '',
		'/usr/sbin/losetup': '',
		'/proc/sys/kernel/osrelease': '6.12.0\n',
		'/lib/modules/6.12.0/modules.dep': 'kernel/drivers/md/dm-thin-pool.ko.xz: kernel/drivers/md/dm-mod.ko.xz\n',
	};
	const tools = {dmsetup: '/sbin/dmsetup', losetup: '/usr/sbin/losetup', blkdiscard: null, module: 'loadable'};
	expect((await blockToolsProbe.read(await probedHost({files}))).thinPool).toEqual(tools);
	const commands = {
		'systemctl show kata-setup-devmapper.service --no-pager --property=ActiveState': 'ActiveState=failed\n',
	};
	const ours = await probedHost({files: {...files, [poolData]: 'abcd'}, commands});
	expect((await blockToolsProbe.read(ours)).thinPool).toEqual({...tools, dataBytes: 4, unit: 'failed'});
});

it('reads none of the bytes that containers have there: a GiB takes a slow server minutes', async () => {
	const paths = await readPaths(await probedHost({files: {[scratchFile]: 'abc', [poolData]: 'abcd'}}), []);
	expect(Object.keys(paths)).not.toContain(scratchFile);
	expect(Object.keys(paths)).not.toContain(poolData);
});
