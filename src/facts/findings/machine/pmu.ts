/** The performance monitoring unit of arm64, which the packaged configurations switch off for QEMU's guests. */
import type {Facts} from '../../facts.ts';
import {unreadWhy} from '../judgement.ts';

/**
 * Why QEMU's processor may have no `pmu` property on this host, so that `cpu_features = "pmu=off"` ends it at once
 * (`Property 'host-arm-cpu.pmu' not found`); null if it has one.
 */
export function pmuAbsence(facts: Facts): string | null {
	const {machine, virt, board} = facts;
	if (machine !== 'aarch64') return null;
	if (board?.pmu === false && !unreadWhy(facts, 'board')) return 'This kernel sees no performance monitoring unit';
	if (virt.isGuest === true)
		return 'This host is an arm64 virtual machine, whose guests may get no performance monitoring unit';
	return null;
}
