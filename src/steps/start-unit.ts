/** Starts a systemd unit of ours, whose file an earlier step wrote; what it is wanted by has it started at every boot. */
import {lastWords, unitProperties} from '../engines/containerd-daemon.ts';
import {KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';
import type {StepKindOf} from './step-kind.ts';

/** systemd's own limit for a start is 90 s, for a stop as much again. */
const systemctlMs = 300_000;

export const startUnitStep: StepKindOf<'start-unit', {wasActive: boolean}> = {
	kind: 'start-unit',
	async prepare(host, {unit}) {
		return {wasActive: (await stateOf(host, unit)) === 'active'};
	},
	async perform(host, {unit}) {
		await reload(host);
		const started = await host.run('systemctl', ['start', unit], {timeoutMs: systemctlMs});
		if (started.code !== 0) throw await failed(host, unit, lastWords(started));
	},
	async verify(host, {unit}) {
		const state = await stateOf(host, unit);
		if (state !== 'active') throw await failed(host, unit, `systemd calls it ${state ?? 'unknown'}.`);
	},
	async undo(host, {unit}, {wasActive}) {
		if (wasActive) return [];
		const state = await stateOf(host, unit);
		// A unit that a killed run never came to tell systemd of has no state but this.
		if (state !== null && state !== 'inactive') await host.run('systemctl', ['stop', unit], {timeoutMs: systemctlMs});
		await host.run('systemctl', ['reset-failed', unit]);
		return [];
	},
};

/** ActiveState; null if systemd does not say. */
const stateOf = async (host: Host, unit: string): Promise<string | null> =>
	(await unitProperties(host, unit, ['ActiveState']))?.ActiveState || null;

async function reload(host: Host): Promise<void> {
	const result = await host.run('systemctl', ['daemon-reload'], {timeoutMs: systemctlMs});
	if (result.code !== 0)
		throw new KataSetupError('undone', 'systemd does not read its units again.', {
			why: lastWords(result),
			remedy: 'See what is wrong with systemd itself: systemctl status',
		});
}

async function failed(host: Host, unit: string, why: string): Promise<KataSetupError> {
	const log = await host.run('journalctl', ['-u', unit, '-n', '15', '--no-pager', '-o', 'cat']);
	return new KataSetupError('undone', `${unit} did not start.`, {
		why,
		evidence: log.stdout.split('\n').filter(line => line !== ''),
		remedy: `journalctl -u ${unit} tells more.`,
	});
}
