/** What `kata-setup check --json` prints. Its JSON Schema is made from this type: see scripts/build-schemas.mjs. */
import type {Facts} from './facts.ts';
import type {Finding} from './findings.ts';
import type {PairOutlook, Recommendation} from './outlook.ts';

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
