/**
 * The settings of ours that one host needs, as a drop-in beside the managed copy.
 *
 * Both runtimes merge `config.d/*.toml` in the folder of the resolved configuration, in the order of the names; scalars
 * and arrays replace (src/runtime/README.md, src/libs/kata-types/src/config/mod.rs of Kata 4.1.0).
 */
import {stringify} from '@iarna/toml';
import type {Facts} from '../facts/facts.ts';
import type {Choice} from '../plan/choice.ts';

/**
 * How long the shim waits for the agent on a host that is itself a VM. The rust runtime ships 3 s (with a floor of 10 s
 * in its code), the go one 45 s; nested guests have been seen to take up to a minute.
 */
const nestedAgentTimeout = {rustMilliseconds: 60_000, goSeconds: 120};

/** A drop-in's text and the reason for it; null if the packaged values suit this host. */
export function settingsDropIn(facts: Facts, choice: Choice): {content: string; why: string} | null {
	if (facts.virt.isGuest !== true) return null;
	const agent: Record<string, number> =
		choice.runtime === 'rust'
			? {reconnect_timeout_ms: nestedAgentTimeout.rustMilliseconds}
			: {dial_timeout: nestedAgentTimeout.goSeconds};
	return {
		content: [
			'# Written by kata-setup for this host. It is replaced when kata-setup changes the installation:',
			'# put settings of your own into a file of your own beside it, for example 50-mine.toml.',
			'#',
			'# This host is itself a virtual machine, where a guest starts slowly: wait longer for its agent.',
			'',
			`${stringify({agent: {kata: agent}})
				.replaceAll(/(\d)_(\d)/g, '$1$2')
				.trim()}`,
			'',
		].join('\n'),
		why: 'This host is itself a VM: the guest starts slowly, and the packaged time-out for its agent is too short.',
	};
}
