/** What QEMU's processor model is told to leave out. On arm64 both runtimes ship `pmu=off`. */
import {pmuAbsence} from '../../facts/findings/machine/pmu.ts';
import type {SettingRule} from '../setting.ts';

export const cpuFeatures: SettingRule = (facts, {hypervisor}) => {
	if (hypervisor !== 'qemu') return null;
	const absence = pmuAbsence(facts);
	if (absence === null) return null;
	return {
		table: ['hypervisor', 'qemu'],
		key: 'cpu_features',
		value: '',
		change: 'leaves the PMU out of its settings',
		why: `${absence}: do not ask QEMU to switch it off, which ends it at once.`,
	};
};
