import {Box, Text} from 'ink';
import type {ReactNode} from 'react';
import type {Line} from '../doc.ts';
import {tones} from '../theme.ts';

export interface LinesProps {
	readonly lines: readonly Line[];
	/** How many lines there is room for; what is below is cut. */
	readonly rows: number;
	/** The first line shown. @default 0 */
	readonly top?: number;
}

/** Lines that were laid out already: each takes exactly one row. */
export function Lines({lines, rows, top = 0}: LinesProps): ReactNode {
	return (
		<Box flexDirection="column" flexShrink={0}>
			{lines.slice(top, top + Math.max(0, rows)).map((line, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a line is its place; there is nothing else to tell it by
				<Text key={index} wrap="truncate">
					{line.length === 0
						? ' '
						: line.map(({text, tone}, at) => (
								// biome-ignore lint/suspicious/noArrayIndexKey: as above
								<Text key={at} {...tones[tone]}>
									{text}
								</Text>
							))}
				</Text>
			))}
		</Box>
	);
}
