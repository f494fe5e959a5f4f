import {expect, it} from 'vitest';
import {endsAnswer, readProbe} from '../../src/smoke/probe-output.ts';

const lines = [
	'kata-smoke=1',
	'release=6.18.35',
	'version=#1 SMP',
	'machine=x86_64',
	'boot_id=9c0d9f5e-5b0a-4b8e-a1c1-6f6d3c9a7e10',
	'uptime=1.25 0.80',
	'cmdline=quiet agent.log=info root=/dev/pmem0p1',
	'memory=MemTotal:        2036044 kB',
	'end=1',
];

it('reads a whole answer, also through a terminal and with noise around it', () => {
	const expected = {
		release: '6.18.35',
		machine: 'x86_64',
		bootId: '9c0d9f5e-5b0a-4b8e-a1c1-6f6d3c9a7e10',
		cmdline: 'quiet agent.log=info root=/dev/pmem0p1',
		uptime: 1.25,
		memoryKib: 2_036_044,
	};
	expect(readProbe(`${lines.join('\n')}\n`)).toEqual(expected);
	expect(readProbe(`warning\r\n${lines.join('\r\n')}\r\nmore\r\n`)).toEqual(expected);
});

it('takes no answer that lacks a line', () => {
	for (const [index] of lines.entries()) {
		const cut = lines.filter((_, at) => at !== index).join('\n');
		expect([lines[index], readProbe(cut)]).toEqual([lines[index], null]);
	}
	expect(readProbe('')).toBeNull();
	expect(readProbe(lines.toReversed().join('\n'))).toBeNull();
});

it('keeps what could not be read apart from what was not said', () => {
	const bare = lines.map(line => (line.startsWith('end') || line.startsWith('kata') ? line : `${line.split('=')[0]}=`));
	expect(readProbe(bare.join('\n'))).toMatchObject({release: '', bootId: '', uptime: null, memoryKib: null});
});

it('knows the last line', () => {
	expect(['end=1', 'end=1\r', 'end=12', 'x end=1'].map(endsAnswer)).toEqual([true, true, false, false]);
});
