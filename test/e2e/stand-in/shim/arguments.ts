/** The command line on which containerd starts a shim: Go's flags, then the action. */
import {createHash} from 'node:crypto';

export interface ShimArguments {
	namespace: string;
	/** Of containerd's main socket. */
	address: string;
	publishBinary: string;
	id: string;
	bundle: string;
	action: string;
}

const switches = ['debug', 'info'];

/** @throws Error on a flag without its value or an action too many */
export function readArguments(words: string[]): ShimArguments {
	const flags: Record<string, string> = {};
	const actions: string[] = [];
	for (let at = 0; at < words.length; at++) {
		const flag = /^--?([a-z-]+)(?:=(.*))?$/s.exec(words[at] ?? '');
		if (!flag?.[1]) actions.push(words[at] ?? '');
		else if (flag[1] === 'v' || flag[1] === 'version') actions.unshift('version');
		else if (!switches.includes(flag[1])) flags[flag[1]] = flag[2] ?? words[++at] ?? '';
	}
	return {
		namespace: flags.namespace ?? '',
		address: flags.address ?? '',
		publishBinary: flags['publish-binary'] ?? 'containerd',
		id: flags.id ?? '',
		bundle: flags.bundle ?? '',
		action: actions[0] ?? '',
	};
}

/** The folder that containerd's own shims use: a socket's path in a bundle would be too long. */
export const socketFolder = '/run/containerd/s';

/** Where a sandbox's shim listens. */
export const socketPath = ({namespace, address, id}: Pick<ShimArguments, 'namespace' | 'address' | 'id'>): string =>
	`${socketFolder}/${createHash('sha256').update([address, namespace, id].join('\0')).digest('hex')}`;
