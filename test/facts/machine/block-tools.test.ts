import {expect, it} from 'vitest';
import {blockToolsProbe} from '../../../src/facts/machine/block-tools.ts';
import {scratchFile} from '../../../src/layout.ts';
import {probedHost} from '../../support/probed-host.ts';

it('tells what the file of an earlier run measures, where there is one', async () => {
	expect(await blockToolsProbe.read(await probedHost({files: {[scratchFile]: 'abc'}}))).toMatchObject({
		scratchBytes: 3,
	});
	expect(await blockToolsProbe.read(await probedHost({}))).not.toHaveProperty('scratchBytes');
});
