/** What of ours changed behind our back, and how it is made right. */
import {driftCount, driftLines} from '../../drift-words.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';

const common = {id: 'drift', label: 'Drift'};

/** As many as a person reads; `status` lists all. */
const shown = 20;

export const judgeDrift: Judgement = facts => {
	const {drift, installation} = facts;
	const why = unreadWhy(facts, 'drift');
	if (why && installation) return [unreadFinding(common.id, common.label, 'What changed of kata-setup', why)];
	if (!drift || drift.items.length === 0) return [];
	const lines = driftLines(drift);
	const more = lines.length - shown;
	return [
		finding({
			...common,
			severity: 'warning',
			summary: `${driftCount(drift)} changed behind its back`,
			detail: [
				...lines.slice(0, shown).map(line => `${line}.`),
				...(more > 0 ? [`And ${more} more: kata-setup status`] : []),
				'Someone else changed it, or the disk lost it. Sandboxes may not start, or not as they were chosen.',
			],
			sources: drift.items.slice(0, shown).map(({path}) => path),
			remedy: ['kata-setup repair makes right what changed, and nothing else; it shows everything before.'],
			command: 'kata-setup repair',
		}),
	];
};
