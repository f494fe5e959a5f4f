/** The systemd units of engines: what runs, what failed, and with which last words. */
import type {Host} from '../../host/host.ts';
import type {EngineUnitFacts} from '../facts.ts';
import type {Probe} from '../probe.ts';

/** Units by their engine, under the names that the packages and installers of each give them. */
const engineOfUnit: Record<string, EngineUnitFacts['engine']> = {
	'containerd.service': 'containerd',
	'docker.service': 'docker',
	'snap.docker.dockerd.service': 'docker',
	'crio.service': 'crio',
	'k3s.service': 'k3s',
	'k3s-agent.service': 'k3s',
	'rke2-server.service': 'rke2',
	'rke2-agent.service': 'rke2',
	'k0scontroller.service': 'k0s',
	'k0sworker.service': 'k0s',
	'snap.microk8s.daemon-containerd.service': 'microk8s',
	'kubelet.service': 'kubelet',
};

const properties = ['Id', 'LoadState', 'ActiveState', 'SubState', 'Result'];
const timeoutMs = 8000;

export const engineUnitsProbe: Probe<EngineUnitFacts[]> = {name: 'engine-units', unknown: [], read: readEngineUnits};

/** Every unit of those that systemd knows; none without systemd. */
export async function readEngineUnits(host: Host): Promise<EngineUnitFacts[]> {
	const args = ['show', ...Object.keys(engineOfUnit), '--no-pager', `--property=${properties.join(',')}`];
	const {code, stdout} = await host.run('systemctl', args, {timeoutMs});
	if (code !== 0) return [];
	const blocks = stdout.split(/\n\s*\n/).map(fieldsOfBlock);
	return Promise.all(
		blocks.flatMap(fields => {
			const unit = fields.get('Id') ?? '';
			const engine = engineOfUnit[unit];
			return engine === undefined || fields.get('LoadState') !== 'loaded' ? [] : [describe(host, unit, engine, fields)];
		}),
	);
}

const fieldsOfBlock = (block: string): Map<string, string> =>
	new Map(
		block.split('\n').flatMap(line => {
			const at = line.indexOf('=');
			return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
		}),
	);

async function describe(
	host: Host,
	unit: string,
	engine: EngineUnitFacts['engine'],
	fields: Map<string, string>,
): Promise<EngineUnitFacts> {
	const state = fields.get('ActiveState') ?? 'unknown';
	const subState = fields.get('SubState') ?? 'unknown';
	const found = {unit, engine, state, subState, result: fields.get('Result') ?? 'unknown'};
	return {...found, lastLine: hasFailed(found) ? await lastLine(host, unit) : null};
}

/** A unit that systemd has given up, or keeps starting in vain. */
export const hasFailed = ({state, subState}: Pick<EngineUnitFacts, 'state' | 'subState'>): boolean =>
	state === 'failed' || subState === 'auto-restart';

/** The last line of the service itself: systemd's own lines about it say only that it failed. */
async function lastLine(host: Host, unit: string): Promise<string | null> {
	const args = [`_SYSTEMD_UNIT=${unit}`, '-n', '1', '--no-pager', '-q', '-o', 'cat'];
	const {code, stdout} = await host.run('journalctl', args, {timeoutMs});
	return (code === 0 && stdout.trim().split('\n').at(-1)?.trim()) || null;
}
