import {Box} from 'ink';
import type {ReactNode} from 'react';
import {type Doc, type Line, pinnedIn, span, split, topFor} from '../doc.ts';
import type {Look} from '../look.ts';
import {layoutOf} from '../table.ts';
import type {Body as BodyView} from '../view.ts';
import {Lines} from './lines.tsx';
import {Select} from './select.tsx';

export interface BodyProps {
	readonly body: BodyView;
	readonly look: Look;
	readonly rows: number;
	readonly panelWidth: number;
	readonly onHighlight: (index: number) => void;
}

/** The middle of a screen, in exactly the rows there are. */
export function Body({body, look, rows, panelWidth, onHighlight}: BodyProps): ReactNode {
	switch (body.kind) {
		case 'page':
			return (
				<Scrolled
					doc={body.doc}
					top={Math.min(body.top, Math.max(0, body.doc.lines.length - rows))}
					rows={rows}
					look={look}
				/>
			);
		case 'table':
			return <Lines lines={layoutOf(body.table, body, rows).lines} rows={rows} />;
		case 'list': {
			const line = body.doc.entries[body.cursor] ?? 0;
			const [head, rest] = split(body.doc, pinnedIn(body.doc, body.pinned ?? 0, rows));
			const left = rows - head.lines.length;
			const top = topFor(Math.max(0, line - head.lines.length), rest.lines.length, left);
			return (
				<Box flexDirection="column">
					<Lines lines={head.lines} rows={head.lines.length} />
					<Scrolled doc={rest} top={top} rows={left} look={look} cursorLine={line - head.lines.length} />
				</Box>
			);
		}
		case 'choice': {
			const listWidth = look.wide ? look.width - panelWidth - 3 : look.width;
			const gap = look.compact ? 0 : 1;
			const most = look.wide ? rows : rows - gap - (body.panelRows ?? 0);
			const listed = body.panelRows === undefined ? body.items.length : Math.min(body.items.length, Math.max(3, most));
			const select = (
				<Select
					limit={listed}
					items={body.items}
					index={body.index}
					width={listWidth}
					glyphs={look.glyphs}
					onHighlight={onHighlight}
				/>
			);
			const below = body.below.lines.length > 0 ? [[], ...body.below.lines] : [];
			const now = body.now?.lines ?? [];
			if (look.wide)
				return (
					<Box>
						<Box flexDirection="column" width={listWidth + 3} flexShrink={0}>
							{select}
							<Lines lines={cut(below, rows - listed, look)} rows={rows - listed} />
						</Box>
						<Lines lines={cut(joined(body.panel.lines, now), rows, look)} rows={rows} />
					</Box>
				);
			const left = rows - listed - gap;
			const under = [...body.panel.lines, ...below];
			const room = left - under.length - 1;
			const above = room > 0 ? cut(now, room, look) : [];
			return (
				<Box flexDirection="column">
					{select}
					<Box height={gap} flexShrink={0} />
					<Lines lines={cut(joined(above, under), left, look)} rows={left} />
				</Box>
			);
		}
	}
}

/** Both, with a blank line between them where there are both. */
const joined = (first: readonly Line[], second: readonly Line[]): readonly Line[] =>
	first.length > 0 && second.length > 0 ? [...first, [], ...second] : [...first, ...second];

/** Lines that do not all fit end with a mark: there is more, one key away. */
function cut(lines: readonly Line[], rows: number, look: Look): readonly Line[] {
	if (lines.length <= rows || rows < 1) return lines;
	return [...lines.slice(0, rows - 1), [span(look.glyphs.more, 'dim')]];
}

interface ScrolledProps {
	readonly doc: Doc;
	readonly top: number;
	readonly rows: number;
	readonly look: Look;
	/** The line that must be seen whatever happens. */
	readonly cursorLine?: number;
}

/** A part of a document; its first and last line say how much is above and below. */
function Scrolled({doc, top, rows, look, cursorLine = -1}: ScrolledProps): ReactNode {
	const total = doc.lines.length;
	const shown = [...doc.lines.slice(top, top + rows)];
	const dots = look.glyphs.more;
	// The line with the cursor is never given up for a mark.
	if (top > 0 && shown.length > 2 && top !== cursorLine) shown[0] = [span(`${dots} ${top + 1} more above`, 'dim')];
	const below = total - top - rows;
	if (below > 0 && shown.length > 2) shown[shown.length - 1] = [span(`${dots} ${below + 1} more below`, 'dim')];
	return <Lines lines={shown} rows={rows} />;
}
