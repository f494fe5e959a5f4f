/** Another Kata at the prefix: whether ours may go beside it, and what is said of that. Pure. */
import {kataPrefix} from '../../../layout.ts';
import type {Facts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';

/** Why not with kata-deploy: it writes the node's containerd configuration and restarts containerd from the cluster. */
export const whyNotBeside =
	'kata-deploy sets up this node from its cluster, containerd included: a second Kata is not put beside it.';

/** Whether the Kata at the prefix is one that another can be put beside; true where there is none. */
export const mayBeBeside = ({kata}: Pick<Facts, 'kata'>): boolean =>
	!kata.some(({path, owner}) => path === kataPrefix && owner === 'kata-deploy');

/** Whether a blocker is none with --beside. */
export const isKeptBeside = ({id}: Finding, facts: Facts): boolean => id === 'existing-kata' && mayBeBeside(facts);

/** The blocker as a warning: what is there stays, so nothing is to be done about it. */
export const keptBeside = (finding: Finding): Finding => ({
	...finding,
	severity: 'warning',
	detail: [...finding.detail, 'It was accepted by --beside: it stays, and ours has paths and a handler of its own.'],
	remedy: [],
	command: null,
});
