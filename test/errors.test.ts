import {describe, expect, it} from 'vitest';
import {KataSetupError, reportOf} from '../src/errors.ts';

describe('reportOf', () => {
	it('keeps what an error of ours says', () => {
		const error = new KataSetupError('release', 'No archive.', {why: 'w', remedy: 'r', evidence: ['e']});
		expect(reportOf(error)).toEqual({
			exit: 'release',
			message: 'No archive.',
			why: 'w',
			remedy: ['r'],
			evidence: ['e'],
		});
		expect(KataSetupError.from(error.report).report).toEqual(error.report);
	});

	it('makes everything else a bug, with the place where it was thrown and no stack', () => {
		const report = reportOf(new TypeError('x is undefined'));
		expect(report).toMatchObject({exit: 'bug', message: 'kata-setup failed unexpectedly: x is undefined'});
		expect(report.evidence).toHaveLength(1);
		expect(report.evidence[0]).toMatch(/^thrown at errors\.test\.ts:\d+:\d+$/);
		expect(reportOf('only words').message).toContain('only words');
	});
});
