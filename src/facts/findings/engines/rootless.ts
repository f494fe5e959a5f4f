/** Rootless engines: Kata needs rights that they do not have. */

import {finding, type Judgement} from '../judgement.ts';
import {engineTitles, listed} from './engine-words.ts';

export const judgeRootless: Judgement = ({rootless = []}) => {
	if (rootless.length === 0) return [];
	const names = [...new Set(rootless.map(({engine}) => engineTitles[engine]))];
	return [
		finding({
			id: 'rootless',
			label: 'Rootless',
			severity: 'note',
			summary: `the rootless ${listed(names)} here cannot run Kata`,
			detail: [
				'A rootless engine may neither open /dev/kvm and the vhost devices for a VM of its own user nor make its network: containers fail with `operation not permitted` or `could not create VMM user`.',
				'Kata is registered with the containerd that root runs.',
			],
			sources: rootless.map(({evidence}) => evidence),
			remedy: [
				"Start containers that should be in a VM through the system's containerd, for example with `sudo nerdctl`.",
			],
		}),
	];
};
