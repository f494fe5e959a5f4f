/**
 * Runs the smoke test. A verdict that proves nothing is no error of the step: what was installed stays, and the run ends as
 * unproven; unless the plan says that it must prove, because there is a state to go back to. In a rehearsal nothing is run and nothing is claimed.
 */
import {KataSetupError} from '../errors.ts';
import type {Host} from '../host/host.ts';
import {containerdNamespace, sandboxFolders} from '../layout.ts';
import type {SmokeTestArguments} from '../plan/plan.ts';
import {cleanUp} from '../smoke/clean-up.ts';
import {idPrefix} from '../smoke/container.ts';
import {runSmokeTest} from '../smoke/run.ts';
import type {SmokeVerdict} from '../smoke/verdict.ts';
import type {StepContext, StepKindOf} from './step-kind.ts';

/** What may stand if the test is cut short: everything in this namespace of containerd whose name begins so. */
export interface SmokeInverse {
	namespace: string;
	idPrefix: string;
}

const rehearsed: SmokeVerdict = {
	outcome: 'rehearsed',
	sentence: 'This is a rehearsal: no container was run, and nothing was proven.',
	evidence: [],
	control: {outcome: 'not-run', detail: 'this is a rehearsal'},
	cause: null,
	log: [],
	remedy: [],
	startMs: null,
};

/** The runtimes leave their folders behind when a sandbox ends: those that were not there before, and are empty, go again. */
async function runAndTidy(host: Host, args: SmokeTestArguments, context: StepContext): Promise<SmokeVerdict> {
	const found = await Promise.all(sandboxFolders.map(folder => host.files.stat(folder)));
	const verdict = await runSmokeTest(host, args, context);
	for (const folder of sandboxFolders.filter((_, index) => found[index] === null))
		await host.files.removeDirectory(folder);
	return verdict;
}

export const smokeTestStep: StepKindOf<'smoke-test', SmokeInverse> = {
	kind: 'smoke-test',
	async prepare() {
		return {namespace: containerdNamespace, idPrefix};
	},
	async perform(host, args, context) {
		const verdict = host.kind === 'rehearsal' ? rehearsed : await runAndTidy(host, args, context);
		context.verdict(verdict);
		if (args.mustProve && verdict.outcome !== 'vm' && verdict.outcome !== 'rehearsed')
			throw new KataSetupError('unproven', verdict.sentence, {
				why: verdict.cause ?? 'Nothing proves that the container ran in a VM of this pair.',
				remedy: verdict.remedy,
				evidence: verdict.log,
			});
	},
	// It leaves nothing behind that could be looked at; what it could not take away stands in the verdict.
	async verify() {},
	async undo(host, args) {
		return host.kind === 'rehearsal' ? [] : cleanUp(host, args);
	},
};
