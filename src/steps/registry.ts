/** All kinds of steps. The executor finds the one behind a step here and knows none of them by name. */
import type {StepKind} from '../plan/plan.ts';
import {adoptTreeStep} from './adopt-tree.ts';
import {containerdConfigStep} from './containerd-config.ts';
import {dropDownloadStep} from './drop-download.ts';
import {dropReplacedStep} from './drop-replaced.ts';
import {fetchArchiveStep} from './fetch-archive.ts';
import {kataConfigStep} from './kata-config.ts';
import {keepProgramStep} from './keep-program.ts';
import {linkStep} from './link.ts';
import {loadModuleStep} from './load-module.ts';
import {makeDirectoryStep} from './make-directory.ts';
import {mendScratchStep} from './mend-scratch.ts';
import {mendTreeStep} from './mend-tree.ts';
import {proveHostStep} from './prove-host.ts';
import {recordTreeStep} from './record-tree.ts';
import {scratchFileStep} from './scratch-file.ts';
import {setAccessStep} from './set-access.ts';
import {smokeTestStep} from './smoke-test.ts';
import {startUnitStep} from './start-unit.ts';
import type {StepKindOf} from './step-kind.ts';
import {thinPoolStep} from './thin-pool.ts';
import {unpackTreeStep} from './unpack-tree.ts';
import {writeFileStep} from './write-file.ts';

type AnyStepKind = StepKindOf<StepKind, unknown>;

const kinds = [
	makeDirectoryStep,
	keepProgramStep,
	fetchArchiveStep,
	unpackTreeStep,
	adoptTreeStep,
	dropDownloadStep,
	linkStep,
	writeFileStep,
	kataConfigStep,
	loadModuleStep,
	proveHostStep,
	scratchFileStep,
	thinPoolStep,
	startUnitStep,
	containerdConfigStep,
	smokeTestStep,
	setAccessStep,
	mendTreeStep,
	mendScratchStep,
	recordTreeStep,
	dropReplacedStep,
] as unknown as AnyStepKind[];

/** The handler of a kind of step. `undo` has none: the executor carries it out with the handler of what it undoes. */
export function stepKind(kind: StepKind): AnyStepKind {
	const found = kinds.find(candidate => candidate.kind === kind);
	if (!found) throw new Error(`there is no step kind ${kind}`);
	return found;
}
