/** How long the shim waits for the agent in the guest. */
import type {SettingRule} from '../setting.ts';

/**
 * On a host that is itself a VM. The rust runtime ships 3 s (with a floor of 10 s in its code), the go one 45 s; nested
 * guests have been seen to take up to a minute.
 */
const nested = {rustMilliseconds: 60_000, goSeconds: 120};

export const agentTimeout: SettingRule = ({virt}, {runtime}) => {
	if (virt.isGuest !== true) return null;
	return {
		table: ['agent', 'kata'],
		...(runtime === 'rust'
			? {key: 'reconnect_timeout_ms', value: nested.rustMilliseconds}
			: {key: 'dial_timeout', value: nested.goSeconds}),
		why: 'This host is itself a virtual machine, where a guest starts slowly: wait longer for its agent.',
		change: 'waits longer for the agent in its guests',
	};
};
