/** The part of the journey that leads over Advanced: where its cursor starts, and what is taken there. Pure. */
import {type Runtime, runtimes} from '../src/catalogue/catalogue.ts';
import {pairOfVariant} from '../src/catalogue/variants.ts';
import {advancedEntries, type Journey, pairOf} from './journey-state.ts';

/** To Advanced, at the variant that was asked for or taken last. */
export function toAdvanced(state: Journey): Journey {
	const at = advancedEntries(state).findIndex(
		one => one.entry === 'variant' && one.variant.name === pairOf(state).variant,
	);
	return {...state, screen: 'advanced', advancedCursor: Math.max(0, at)};
}

/** With the highlighted variant as the answer; null: it can be read and not chosen. */
export function takenVariant(state: Journey): Journey | null {
	const chosen = advancedEntries(state)[state.advancedCursor];
	if (chosen?.entry !== 'variant' || !chosen.variant.available) return null;
	const pair = pairOfVariant(chosen.variant);
	return pair && {...state, hypervisor: pair.hypervisor, variant: chosen.variant.name};
}

/** Where a variant was asked for: the runtime that can have it here; null where none can, or none was asked for. */
export const runtimeOfVariant = (known: Journey): Runtime | null =>
	runtimes.find(runtime =>
		advancedEntries({...known, runtime}).some(
			one => one.entry === 'variant' && one.variant.available && one.variant.name === known.preset.variant,
		),
	) ?? null;
