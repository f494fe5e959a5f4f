/** Advanced: the variants for special hosts, and what nobody has described yet. They can be read here, not chosen. */
import {undescribedHere, variantName} from '../src/catalogue/variants.ts';
import {type VariantHere, variantsHere} from '../src/catalogue/variants-here.ts';
import {Writer} from './doc.ts';
import {type Journey, versionIn} from './journey-state.ts';
import type {Look} from './look.ts';
import type {ScreenView} from './view.ts';

/** @param top the first visible line */
export function advancedView(state: Journey, top: number, look: Look): ScreenView {
	const writer = new Writer(look);
	const {facts, findings, runtime} = state;
	if (facts) {
		const variants = variantsHere(facts, runtime, versionIn(state), findings);
		for (const variant of variants) variantRows(writer, variant);
		const undescribed = undescribedHere(facts, versionIn(state)).filter(one => one.runtime === runtime);
		if (undescribed.length > 0) {
			writer.heading('In the installed release, not described yet');
			for (const {file} of undescribed) writer.text(file);
			writer.text('Not installed by this version either: what they need is not known to it.', 'dim').blank();
		}
	}
	writer.text('The same for both runtimes, to print or as JSON: kata-setup list --advanced', 'dim');
	return {
		title: 'Advanced: for special hosts',
		aside: `runtime ${runtime}`,
		body: {kind: 'page', doc: writer.doc(), top},
	};
}

function variantRows(writer: Writer, variant: VariantHere): void {
	const {title, summary, needs, reason, remedy} = variant;
	writer.text(`${variantName(variant)}: ${title}`, 'strong');
	writer.rows(
		[
			{label: 'What', value: summary},
			...(needs.length > 0 ? [{label: 'Needs', value: needs.join(', ')}] : []),
			{label: 'Here', value: reason ?? `can be chosen: --runtime ${variant.runtime} --hypervisor ${variant.name}`},
			...(remedy === null ? [] : [{label: 'To get it', value: remedy}]),
			{label: 'More', value: `kata-setup explain ${variantName(variant)}`},
		],
		2,
	);
	writer.blank();
}
