/** What every plan has in common: the host's name, the program's version, the hash. */
import type {Facts} from '../facts/facts.ts';
import {hashOf} from './hash.ts';
import type {Plan} from './plan.ts';

/** The plan with its hash. The hash leaves out `kataSetup`, so that a plan of one patch release equals the next one's. */
export function finishPlan(facts: Facts, parts: Omit<Plan, 'schema' | 'kataSetup' | 'hostname' | 'hash'>): Plan {
	const hashed = {schema: 1 as const, hostname: facts.hostname, ...parts};
	return {...hashed, kataSetup: facts.kataSetup, hash: hashOf(hashed)};
}

/** Whether a plan read from a file is what it says: its hash is that of its content. */
export function hashHolds(plan: Plan): boolean {
	const {hash, kataSetup: _, ...hashed} = plan;
	return hashOf(hashed) === hash;
}
