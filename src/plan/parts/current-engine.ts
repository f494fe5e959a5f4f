/** The containerd that an earlier run's edit is of, as it is reached now: its programs and its socket may have moved since. Pure. */
import type {ContainerdFacts} from '../../facts/facts.ts';
import type {ContainerdConfigArguments} from '../plan.ts';

/** The running containerd that reads the edited configuration or, where none does, that the edit's unit runs. */
export function runningOf(
	{config, address, restart}: ContainerdConfigArguments,
	containerd: readonly ContainerdFacts[],
): ContainerdFacts | null {
	const readers = containerd.filter(found => found.config.path === config);
	const reader = readers.find(found => found.address === address) ?? readers[0];
	return reader ?? containerd.find(({unit}) => unit !== null && unit === restart) ?? null;
}

/** The arguments with what reaches it now; `version` stays that of the one which was edited. */
export const current = (
	args: ContainerdConfigArguments,
	found: Pick<ContainerdFacts, 'binary' | 'ctr' | 'address'> | null,
): ContainerdConfigArguments =>
	found === null ? args : {...args, binary: found.binary, ctr: found.ctr, address: found.address};
