/** What a screen shows, as data: the frame around it and the keys below it are the same everywhere. */
import type {Doc} from './doc.ts';
import {choiceIn} from './journey/entries.ts';
import type {Extent, Journey} from './journey/state.ts';
import {layoutOf, type Table} from './table.ts';
import type {Tone} from './theme.ts';

export interface ChoiceItem {
	readonly value: string;
	readonly label: string;
	/** A short word beside it: `recommended`, or why it cannot be chosen. */
	readonly tag: string;
	readonly tagTone: Tone;
	/** Can be looked at but not chosen. */
	readonly disabled: boolean;
}

export type Body =
	/** A list with a cursor; the document's entries are what the cursor moves over. Its first `pinned` lines stay. */
	| {readonly kind: 'list'; readonly doc: Doc; readonly cursor: number; readonly pinned?: number}
	/** Something to read. */
	| {readonly kind: 'page'; readonly doc: Doc; readonly top: number}
	/** Something to compare: `top` and `left` are its first visible row and column. */
	| {readonly kind: 'table'; readonly table: Table; readonly top: number; readonly left: number}
	/** A choice on the left, and what the highlighted item means on the right (below, where it is narrow). */
	| {
			readonly kind: 'choice';
			readonly items: readonly ChoiceItem[];
			readonly index: number;
			readonly panel: Doc;
			/** How things stand now: after the panel, or above it where it stands below, as far as there is room beside it. */
			readonly now?: Doc;
			/** The rows that the panel keeps below a long list, which then scrolls; absent: the list is seen whole. */
			readonly panelRows?: number;
			readonly below: Doc;
	  };

export interface ScreenView {
	readonly title: string;
	readonly aside: string;
	readonly body: Body;
}

/** How far the screen's list or page goes in `rows` lines. */
export function extentOf(state: Journey, view: ScreenView, rows: number): Extent {
	const {body} = view;
	if (body.kind === 'choice') return {entries: choiceIn(state)?.count ?? 0, maxTop: 0, rows};
	if (body.kind === 'table') {
		const {maxTop, maxLeft, seen} = layoutOf(body.table, body, rows);
		// A page further is what comes below the rows that are seen whole.
		return {entries: 0, maxTop, maxLeft, rows: seen + 1};
	}
	const maxTop = Math.max(0, body.doc.lines.length - rows);
	// The marks of what is above and below stand in for a line each: a page further begins before the lower one.
	return {entries: body.doc.entries.length, maxTop, rows: body.kind === 'page' ? rows - 1 : rows};
}
