import {describe, expect, it} from 'vitest';
import {ProgressMeter} from '../../src/apply/progress.ts';

const progress = (done: number, step = 's') =>
	({event: 'step-progress', step, done, total: 1000, unit: 'bytes', rate: null, eta: null}) as const;

describe('ProgressMeter', () => {
	it('lets at most four a second through, and the end always', () => {
		let now = 0;
		const meter = new ProgressMeter(() => now);
		let passed = 0;
		for (; now < 1000; now += 10) if (meter.measure(progress(now / 2))) passed += 1;
		expect(passed).toBe(4);
		expect(meter.measure(progress(1000))).not.toBeNull();
	});

	it('tells rate and time left from the last seconds', () => {
		let now = 0;
		const meter = new ProgressMeter(() => now);
		expect(meter.measure(progress(0))).toMatchObject({rate: null, eta: null});
		now = 1000;
		expect(meter.measure(progress(100))).toMatchObject({rate: 100, eta: 9});
		now = 20_000;
		meter.measure(progress(200));
		now = 21_000;
		// The slow stretch before the window no longer counts: 300 in one second.
		expect(meter.measure(progress(500))?.rate).toBeCloseTo(300, 0);
	});

	it('starts anew with each step', () => {
		let now = 0;
		const meter = new ProgressMeter(() => now);
		meter.measure(progress(900, 'a'));
		now = 10;
		expect(meter.measure(progress(1, 'b'))).toMatchObject({step: 'b', rate: null});
	});
});
