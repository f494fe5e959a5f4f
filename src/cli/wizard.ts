/** The wizard's Session over a real host, or over a rehearsal's throwaway root. */
import {runWizard} from '../../screens/render.tsx';
import type {PlanHooks, PlanRequest, RunHandle, Session, TerminalLease} from '../../screens/session.ts';
import {attach} from '../apply/client.ts';
import {refuseSandboxes} from '../apply/preconditions.ts';
import {allAvailability} from '../catalogue/availability.ts';
import type {Runtime} from '../catalogue/catalogue.ts';
import {exitCodes, KataSetupError} from '../errors.ts';
import type {Facts} from '../facts/facts.ts';
import type {Plan} from '../plan/plan.ts';
import {makeAdoptPlan} from './adopt.ts';
import {makeChangePlan} from './change.ts';
import {type Context, makeContext} from './context.ts';
import type {Lend} from './escalation.ts';
import {gather, hypervisorFromFlags, judgeFor} from './looking.ts';
import {makeFixPlan, makeInstallPlan, makeTestPlan, makeUninstallPlan, optionsFromFlags, start} from './operations.ts';
import {makeRepairPlan} from './repair.ts';
import {makeUndoPlan, readRest} from './unfinished.ts';

/** Runs the wizard on this terminal, to its exit code. It prints its summary itself when its screen has closed. */
export async function runWizardCommand(context: Context): Promise<number> {
	const result = await runWizard(sessionFor(context), {stdin: process.stdin, stdout: process.stdout});
	return exitCodes[result.exit].code;
}

function sessionFor(context: Context): Session {
	/** The facts that the last plan was made from: applying needs to know how root is had. */
	let planned: Facts | null = null;
	const {flags, rehearsalRoot} = context;
	const named = hypervisorFromFlags(context);
	return {
		version: context.version,
		rehearsal: rehearsalRoot === null ? null : {root: rehearsalRoot},
		preset: {
			...(flags.runtime === undefined ? {} : {runtime: flags.runtime as Runtime}),
			...named,
			...(flags.version === undefined ? {} : {version: flags.version}),
			options: optionsFromFlags(flags),
		},
		attach: (): Promise<RunHandle | null> => attach(context.host),
		gather: onEarly => gather(context, onEarly, true),
		pairs: facts => allAvailability(facts, flags.version ?? null, judgeFor(context, facts)),
		async plan(request: PlanRequest, hooks: PlanHooks): Promise<Plan> {
			planned = request.facts;
			if (request.verb === 'install')
				return makeInstallPlan(context, request.facts, request.pair, hooks, request.options);
			if (request.verb === 'switch')
				return makeChangePlan(context, request.facts, 'switch', request.pair, hooks, request.options);
			if (request.verb === 'upgrade' || request.verb === 'rollback')
				return makeChangePlan(context, request.facts, request.verb, null, hooks);
			if (request.verb === 'adopt') return makeAdoptPlan(context, request.facts);
			if (request.verb === 'test') return makeTestPlan(context, request.facts);
			if (request.verb === 'fix') return makeFixPlan(context, request.facts);
			const lent: Lend = work => hooks.terminal.lend(work);
			if (request.verb === 'repair') return makeRepairPlan(context, request.facts, lent, hooks);
			const made = await (request.verb === 'undo' ? makeUndoPlan : makeUninstallPlan)(context, request.facts, lent);
			await refuseSandboxes(context.host, made.steps);
			return made;
		},
		rest(facts, {terminal}) {
			planned = facts;
			return readRest(context, facts, work => terminal.lend(work));
		},
		apply(plan: Plan, terminal: TerminalLease, finish: string | null = null): Promise<RunHandle> {
			if (!planned) throw new KataSetupError('bug', 'A plan was applied before one was made.');
			return start(context, planned, plan, work => terminal.lend(work), finish);
		},
		rehearse: async () => sessionFor(await makeContext({...flags, root: undefined}, process.env, true)),
	};
}
