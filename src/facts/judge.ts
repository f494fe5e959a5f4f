/** Facts → findings. Pure: the same facts give the same findings, on this host and in a recording. */
import type {Facts} from './facts.ts';
import {judgeBoard} from './findings/board.ts';
import {judgeCgroup} from './findings/cgroup.ts';
import {judgeContainer} from './findings/container.ts';
import {judgeCpu} from './findings/cpu.ts';
import {judgeCrio} from './findings/crio.ts';
import {judgeDevices} from './findings/devices.ts';
import {judgeDocker} from './findings/docker.ts';
import {judgeEngine} from './findings/engine.ts';
import {judgeEngineConfig} from './findings/engine-config.ts';
import {judgeExistingKata} from './findings/existing-kata.ts';
import type {Judgement} from './findings/judgement.ts';
import {judgeKataConfiguration} from './findings/kata-configuration.ts';
import {judgeKataHandlers} from './findings/kata-handlers.ts';
import {judgeKataProcesses} from './findings/kata-processes.ts';
import {judgeKataPrograms} from './findings/kata-programs.ts';
import {judgeKubernetes} from './findings/kubernetes.ts';
import {judgeKvm} from './findings/kvm.ts';
import {judgeLiveContainers} from './findings/live-containers.ts';
import {judgeKernel, judgeMachine} from './findings/machine.ts';
import {judgeMemory, judgeShm} from './findings/memory.ts';
import {judgeModules} from './findings/modules.ts';
import {judgeNetwork} from './findings/network.ts';
import {judgeOtherEngines} from './findings/other-engines.ts';
import {judgeOtherKata} from './findings/other-kata.ts';
import {judgePrivileges} from './findings/privileges.ts';
import {judgeProxy} from './findings/proxy.ts';
import {judgeRootless} from './findings/rootless.ts';
import {judgeSecurity} from './findings/security.ts';
import {judgeIoUring, judgePmu} from './findings/settings.ts';
import {judgeSpace} from './findings/space.ts';
import {judgeVirt} from './findings/virt.ts';
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
