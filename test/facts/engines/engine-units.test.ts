import {describe, expect, it} from 'vitest';
import {readEngineUnits} from '../../../src/facts/engines/engine-units.ts';
import type {CommandResult} from '../../../src/host/host.ts';
import {probedHost} from '../../support/probed-host.ts';

const block = (id: string, load: string, active: string, sub: string, result: string): string =>
	`Id=${id}\nLoadState=${load}\nActiveState=${active}\nSubState=${sub}\nResult=${result}\n`;

async function unitsOf(stdout: string, journal: string | Partial<CommandResult>) {
	const host = await probedHost({});
	const asked: string[] = [];
	const units = await readEngineUnits({
		...host,
		run: async (file, args) => {
			asked.push([file, ...args].join(' '));
			const ended = {command: '', code: 0, stdout: '', stderr: '', timedOut: false, notStarted: null};
			if (file === 'systemctl') return {...ended, stdout};
			return typeof journal === 'string' ? {...ended, stdout: journal} : {...ended, ...journal};
		},
	});
	return {units, asked};
}

describe('the units of engines', () => {
	it('are those that systemd knows, read with one question', async () => {
		const {units, asked} = await unitsOf(
			[
				block('containerd.service', 'loaded', 'active', 'running', 'success'),
				block('docker.service', 'not-found', 'inactive', 'dead', 'success'),
				block('kubelet.service', 'loaded', 'inactive', 'dead', 'success'),
			].join('\n'),
			'never asked\n',
		);
		expect(units.map(({unit, engine, lastLine}) => [unit, engine, lastLine])).toEqual([
			['containerd.service', 'containerd', null],
			['kubelet.service', 'kubelet', null],
		]);
		expect(asked).toHaveLength(1);
	});

	it.each([
		['failed', 'failed'],
		['activating', 'auto-restart'],
	])('that are %s (%s) bring their own last words along', async (active, sub) => {
		const text = block('docker.service', 'loaded', active, sub, 'exit-code');
		const {units, asked} = await unitsOf(text, 'unable to configure the Docker daemon\n');
		expect(units).toMatchObject([{result: 'exit-code', lastLine: 'unable to configure the Docker daemon'}]);
		expect(asked[1]).toContain('_SYSTEMD_UNIT=docker.service');
		// The journal may be closed to us.
		expect((await unitsOf(text, {code: 1})).units).toMatchObject([{lastLine: null}]);
		expect((await unitsOf(text, '')).units).toMatchObject([{lastLine: null}]);
	});

	it('are none without systemd', async () => {
		expect(await readEngineUnits(await probedHost({}))).toEqual([]);
	});
});
