/** What becomes of a person's own settings: before and after the change, in a table that scrolls both ways. */
import {pairName} from '../src/catalogue/catalogue.ts';
import type {CarriedSetting} from '../src/kataconfig/carry-over.ts';
import {fateWords, settingsWords} from '../src/kataconfig/setting-words.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import type {Cell, Table} from './table.ts';
import type {Tone} from './theme.ts';
import type {ScreenView} from './view.ts';

/** @param at the first visible row and column */
export function settingsView(state: Journey, at: {top: number; left: number}, look: Look): ScreenView {
	const settings = state.planning.plan?.settings ?? [];
	return {
		title: 'Your own settings',
		aside: settingsWords(settings),
		body: {kind: 'table', table: tableOf(state, settings, look), top: at.top, left: at.left},
	};
}

function tableOf({facts, planning}: Journey, settings: readonly CarriedSetting[], look: Look): Table {
	const {installation} = facts ?? {};
	const choice = planning.plan?.choice;
	const names = [
		installation ? `${installation.runtime}-${installation.variant ?? installation.hypervisor}` : '',
		choice ? pairName(choice) : '',
		'Why',
	];
	return {
		look,
		names: names.map(text => ({text, tone: 'strong'})),
		rows: settings.map(setting => ({
			label: setting.from.option,
			cells: [
				cell(`${setting.from.value} in [${setting.from.table}]`),
				cell(fateWords(setting), tones[setting.fate]),
				cell(setting.why ?? '', 'dim'),
			],
		})),
	};
}

const cell = (text: string, tone: Tone = 'plain'): Cell => ({text, tone});

const tones: Record<CarriedSetting['fate'], Tone> = {same: 'dim', changed: 'good', dropped: 'warn'};
