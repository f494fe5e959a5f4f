/** Whether a pool may go: only when no container has its files in it, which the containerd that has it must have said. */
import {containerSnapshots, unitProperties} from '../engines/containerd-daemon.ts';
import {KataSetupError} from '../errors.ts';
import {readContainerd} from '../facts/engines/engines.ts';
import type {Host} from '../host/host.ts';
import type {Precondition} from '../plan/plan.ts';

type Asked = Extract<Precondition, {kind: 'no-snapshots'}>;

/**
 * @throws KataSetupError (`sandboxes`) if a container, running or not, has its files in a pool that goes; (`host`) if a
 * containerd runs that did not say
 */
export async function refuseSnapshots(host: Host, asked: Asked): Promise<void> {
	const {snapshotter} = asked;
	const answer = await containerSnapshots(host, asked, snapshotter);
	if ('error' in answer) {
		// Where none runs nobody can say, and an uninstall must be possible all the same.
		if (await runs(host, asked)) throw untold(asked, answer.error);
		return;
	}
	const {snapshots: found} = answer;
	if (found.length === 0) return;
	const many = found.length === 1 ? '1 container has' : `${found.length} containers have`;
	throw new KataSetupError('sandboxes', `${many} files in the pool that would be removed; nothing was done.`, {
		why: `Firecracker's containers, and others with \`--snapshotter ${snapshotter}\`, have what they wrote in it, also when they do not run.`,
		evidence: found.map(({namespace, key}) => `${key} (namespace ${namespace})`),
		remedy: `Remove them first, for example: ctr --namespace ${found[0]?.namespace} containers rm ${found[0]?.key}`,
	});
}

/** By its process or, between two of these, by its unit: what starts or stops may have containers as well. */
async function runs(host: Host, {address, unit = null}: Asked): Promise<boolean> {
	if ((await readContainerd(host)).some(found => found.address === address)) return true;
	const state = unit === null ? null : (await unitProperties(host, unit, ['ActiveState']))?.ActiveState;
	return ['active', 'activating', 'reloading', 'deactivating'].includes(state ?? '');
}

const untold = ({ctr, address, snapshotter, unit}: Asked, error: string): KataSetupError =>
	new KataSetupError(
		'host',
		'Whether containers have files in the pool that would be removed could not be told; nothing was done.',
		{
			why: `containerd runs and was asked what is in the pool of its snapshotter ${snapshotter}. ${error}`,
			remedy: [
				`See whether it answers, then try again: ${ctr} --address ${address} namespaces ls`,
				...(unit ? [`What is the matter with it may stand in: systemctl status ${unit}`] : []),
				'Or stop containerd first: then the pool goes, and with it what stopped containers wrote into it',
			],
		},
	);
