/** How one thing of ours is compared with what it should be, for the probe of what drifted. */
import type {FileStat, Host} from '../../host/host.ts';
import {workerOwner} from '../../host/owner.ts';
import type {DriftItem} from '../drift-facts.ts';

export type Difference = Pick<DriftItem, 'kind' | 'expected' | 'found'>;

/** @param mode permission bits; null: the mode is not ours, and neither is the owner, but of a link of ours */
export function accessDrift(host: Host, stat: FileStat, mode: number | null): Difference | null {
	if (mode !== null && stat.mode !== mode)
		return {kind: 'mode', expected: mode.toString(8), found: stat.mode.toString(8)};
	if ((mode !== null || stat.type === 'link') && stat.uid !== workerOwner(host).uid)
		return {kind: 'owner', expected: String(workerOwner(host).uid), found: String(stat.uid)};
	return null;
}
