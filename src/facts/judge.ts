/** Facts → findings. Pure: the same facts give the same findings, on this host and in a recording. */
import type {Facts} from './facts.ts';
import {judgeCrio} from './findings/engines/crio.ts';
import {judgeDocker} from './findings/engines/docker.ts';
import {judgeEngine} from './findings/engines/engine.ts';
import {judgeEngineConfig} from './findings/engines/engine-config.ts';
import {judgeKubernetes} from './findings/engines/kubernetes.ts';
import {judgeLiveContainers} from './findings/engines/live-containers.ts';
import {judgeOtherEngines} from './findings/engines/other-engines.ts';
import {judgeRootless} from './findings/engines/rootless.ts';
import type {Judgement} from './findings/judgement.ts';
import {judgeDrift} from './findings/kata/drift.ts';
import {judgeExistingKata} from './findings/kata/existing-kata.ts';
import {judgeKataConfiguration} from './findings/kata/kata-configuration.ts';
import {judgeKataHandlers} from './findings/kata/kata-handlers.ts';
import {judgeKataProcesses} from './findings/kata/kata-processes.ts';
import {judgeKataPrograms} from './findings/kata/kata-programs.ts';
import {judgeOtherKata} from './findings/kata/other-kata.ts';
import {judgeBoard} from './findings/machine/board.ts';
import {judgeCgroup} from './findings/machine/cgroup.ts';
import {judgeContainer} from './findings/machine/container.ts';
import {judgeCpu} from './findings/machine/cpu.ts';
import {judgeDevices} from './findings/machine/devices.ts';
import {judgeKvm} from './findings/machine/kvm.ts';
import {judgeKernel, judgeMachine} from './findings/machine/machine.ts';
import {judgeMemory, judgeShm} from './findings/machine/memory.ts';
import {judgeModules} from './findings/machine/modules.ts';
import {judgePrivileges} from './findings/machine/privileges.ts';
import {judgeSecurity} from './findings/machine/security.ts';
import {judgeIoUring, judgePmu} from './findings/machine/settings.ts';
import {judgeSpace} from './findings/machine/space.ts';
import {judgeVirt} from './findings/machine/virt.ts';
import {judgeNetwork} from './findings/network/network.ts';
import {judgeProxy} from './findings/network/proxy.ts';
import type {Finding, Severity} from './findings.ts';

/** In the order in which a person asks: can it run, on what, may we, does it fit. */
const judgements: readonly Judgement[] = [
	judgeMachine,
	judgeKernel,
	judgeCpu,
	judgeKvm,
	judgeVirt,
	judgeContainer,
	judgeBoard,
	judgeCgroup,
	judgeSecurity,
	judgeIoUring,
	judgePmu,
	judgeEngine,
	judgeEngineConfig,
	judgeLiveContainers,
	judgeOtherEngines,
	judgeDocker,
	judgeCrio,
	judgeRootless,
	judgeKubernetes,
	judgePrivileges,
	judgeExistingKata,
	judgeDrift,
	judgeOtherKata,
	judgeKataHandlers,
	judgeKataPrograms,
	judgeKataConfiguration,
	judgeKataProcesses,
	judgeNetwork,
	judgeProxy,
	judgeSpace,
	judgeMemory,
	judgeShm,
	judgeModules,
	judgeDevices,
];

const ranks: Record<Severity, number> = {blocker: 0, warning: 1, unknown: 2, note: 3, ok: 3};

/** The findings: what is in the way first, then warnings, then what could not be told, then the rest as it was asked. */
export const judge = (facts: Facts): Finding[] => sorted(judgements.flatMap(judgement => judgement(facts)));

/**
 * The findings of facts that are not all there yet: only those that rest on nothing that is still being read, so that
 * what is shown early is never taken back.
 * @param pending the fields that hold their unknown value still, as `gatherFacts` tells them
 */
export function judgeSettled(facts: Facts, pending: ReadonlySet<keyof Facts>): Finding[] {
	return sorted(
		judgements.flatMap(judgement => {
			let waits = false;
			const watched = new Proxy(facts, {
				get(target, field: keyof Facts) {
					waits ||= pending.has(field);
					return target[field];
				},
			});
			const found = judgement(watched);
			return waits ? [] : found;
		}),
	);
}

const sorted = (findings: Finding[]): Finding[] => findings.sort((a, b) => rankOf(a) - rankOf(b));

/** A blocker of some pairs leaves the others: it stands with the warnings. */
const rankOf = ({severity, affects}: Finding): number =>
	severity === 'blocker' && affects !== 'all' ? ranks.warning : ranks[severity];

/** Whether nothing stands in the way of every pair. Single pairs may still be blocked. */
export const canInstall = (findings: readonly Finding[]): boolean =>
	!findings.some(({severity, affects}) => severity === 'blocker' && affects === 'all');

/** The gravest severity among the findings; `ok` if there are none. */
export const worst = (findings: readonly Finding[]): Severity =>
	(['blocker', 'warning', 'unknown', 'note'] as const).find(severity =>
		findings.some(finding => finding.severity === severity),
	) ?? 'ok';

/** Blockers that a person may go on in spite of: the others leave nothing that a plan could be made for. */
const doubtful: readonly string[] = ['kernel', 'kvm', 'vhost-vsock', 'shm', 'space', 'gic', 'smt', 'cgroup'];

/** Whether `--ignore` with the finding's name helps. */
export const mayBeIgnored = ({severity, id}: Finding): boolean => severity === 'blocker' && doubtful.includes(id);
