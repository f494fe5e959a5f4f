/** Pages that lie over a screen, and movements within what is longer than it. Pure. */
import type {Command} from '../keys.ts';
import {begin} from './pending.ts';
import type {Extent, Journey, Page} from './state.ts';

/** A page that opens at its end; the view never goes further than there is. */
export const extentEnd = Number.MAX_SAFE_INTEGER;

/** Lays a page over the screen. */
export const open = (state: Journey, page: Page): Journey => ({...state, page});

/** A key pressed on a page: it moves, closes, or accepts what the page asks. */
export function pageCommand(state: Journey, page: Page, name: Command, extent: Extent): Journey {
	if (name === 'back' || name === 'quit') return {...state, page: null};
	if (name === 'accept') return {...state, page: null, starting: begin(state.starting)};
	const top = moved(Math.min(page.top, extent.maxTop), name, extent.maxTop, extent.rows);
	if (page.page !== 'compare' && page.page !== 'settings') return {...state, page: {...page, top}};
	const maxLeft = extent.maxLeft ?? 0;
	const by = name === 'left' ? -1 : name === 'right' ? 1 : 0;
	const left = Math.max(0, Math.min(maxLeft, Math.min(page.left, maxLeft) + by));
	return {...state, page: {...page, top, left}};
}

/** A position after a movement, within 0…max. */
export function moved(position: number, name: Command, max: number, rows: number): number {
	const by: Partial<Record<Command, number>> = {
		up: -1,
		down: 1,
		'page-up': -Math.max(1, rows - 1),
		'page-down': Math.max(1, rows - 1),
		first: -extentEnd,
		last: extentEnd,
	};
	return Math.max(0, Math.min(Math.max(0, max), position + (by[name] ?? 0)));
}
