/** What `kata-setup check --json` prints. Its JSON Schema is made from this type: see scripts/build-schemas.mjs. */
import type {Facts} from './facts.ts';
import type {Finding} from './findings.ts';
import type {Outlook, PairOutlook, Recommendation} from './outlook.ts';
import {withoutPasswords, withoutSecrets} from './secrets.ts';

export interface CheckDocument {
	/** Fields may be added to schema 1; none will be taken away or change its meaning. */
	schema: 1;
	/** What was read. `kata-setup check --facts FILE` judges it again. Secrets are left out: see `redacted`. */
	facts: Facts;
	/** What the facts mean: what is in the way first, then warnings, then what could not be told, then the rest. */
	findings: Finding[];
	/** Every runtime with every hypervisor. */
	pairs: PairOutlook[];
	/** The pair for a person without an opinion; null if none can run here. */
	recommendation: Recommendation | null;
}

/** For other people's eyes: without the secrets that were read. */
export const checkDocument = (facts: Facts, findings: readonly Finding[], outlook: Outlook): CheckDocument => ({
	schema: 1,
	facts: withoutSecrets(facts),
	// An engine's own words may quote its configuration.
	findings: withoutPasswords([...findings]),
	...outlook,
});
