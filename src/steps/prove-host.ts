/**
 * Proves, before the first byte is downloaded, that what the plan puts on this host can work there: a program of ours is
 * written where Kata will lie and executed there, and starts a VM on /dev/kvm. It is removed at once.
 */
import {createHash} from 'node:crypto';
import {dirname} from 'node:path';
import {readAsset} from '../assets.ts';
import {KataSetupError} from '../errors.ts';
import type {KvmProof} from '../facts/facts.ts';
import {proofWords} from '../facts/findings/machine/kvm-proof.ts';
import {kvmAsset, kvmLimitMs, readProof} from '../facts/machine/kvm-proof.ts';
import {pathState} from '../facts/path-state.ts';
import {diskError} from '../host/disk-errors.ts';
import type {StepKindOf} from './step-kind.ts';

/** The SHA-256 of what is written: only that is ever removed again. */
interface ProveHostInverse {
	sha256: string;
}

export const proveHostStep: StepKindOf<'prove-host', ProveHostInverse> = {
	kind: 'prove-host',
	async prepare(host, {program, machine}) {
		const sha256 = createHash('sha256')
			.update(await readAsset(kvmAsset(machine)))
			.digest('hex');
		const found = await pathState(host, program);
		if (found !== 'absent' && found !== `file:${sha256}`)
			throw new KataSetupError('undone', `${program} is already there and is left as it is.`, {
				why: 'It is not the program that kata-setup would write there for a moment.',
				remedy: `If you are sure that nothing uses it: rm ${program}`,
			});
		return {sha256};
	},
	async perform(host, {program, machine, kvm}, context) {
		const bytes = await readAsset(kvmAsset(machine));
		try {
			await host.files.write(program, bytes, {mode: 0o755});
			const proof = readProof(await host.run(program, [], {timeoutMs: kvmLimitMs, signal: context.signal}));
			context.signal.throwIfAborted();
			if (proof.state === 'not-run') throw notExecuted(program, proof);
			context.log(`${dirname(program)} takes programs, and they can be executed there`);
			if (proof.state === 'failed' && kvm === 'required') throw noVm(proof);
			context.log(proof.state === 'failed' ? `${proofWords(proof)}; gone on with, as asked` : proofWords(proof));
		} catch (error) {
			throw diskError(error, dirname(program), 'undone');
		} finally {
			await host.files.remove(program);
		}
	},
	async verify(host, {program}) {
		if ((await host.files.stat(program)) !== null)
			throw new KataSetupError('undone', `${program} could not be removed.`, {remedy: `Remove it: rm ${program}`});
	},
	async undo(host, {program}, {sha256}) {
		await host.files.sweep(program);
		const found = await pathState(host, program);
		if (found === 'absent') return [];
		if (found !== `file:${sha256}`) return [`${program} stays: it is not what kata-setup wrote.`];
		await host.files.remove(program);
		return [];
	},
};

const notExecuted = (program: string, {error, why}: KvmProof): KataSetupError => {
	const folder = dirname(program);
	return new KataSetupError(
		'undone',
		`A program in ${folder} cannot be executed, and Kata's programs would lie there.`,
		{
			why:
				error === 'EACCES' || error === 'EPERM'
					? 'Its file system is mounted noexec, or a security module (SELinux, AppArmor, fapolicyd) forbids it.'
					: (why ?? 'It gave no answer.'),
			remedy: [
				`Look at how it is mounted: findmnt -T ${folder}`,
				'If noexec stands there: sudo mount -o remount,exec TARGET, and take noexec out of /etc/fstab.',
				'If not, the refusal is logged: sudo ausearch -m AVC,FANOTIFY -ts recent',
			],
			evidence: `${program}: ${error ?? why ?? 'no answer'}`,
		},
	);
};

const noVm = (proof: KvmProof): KataSetupError =>
	new KataSetupError('undone', 'No VM can be started on this host.', {
		why: `${proofWords(proof)}.`,
		remedy: [
			'The check, run as root, tells the cause and what to do: kata-setup check',
			'To go on all the same: --ignore kvm',
		],
		evidence: `kvm-probe /dev/kvm: ${[proof.step, proof.error].filter(Boolean).join(' ')}`,
	});
