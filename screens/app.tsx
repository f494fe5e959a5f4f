/** The wizard: one reducer, one owner of the keys, one way out. */
import {Box, useApp, useInput, usePaste, useWindowSize} from 'ink';
import {type ReactNode, useEffect, useReducer, useState} from 'react';
import {bindingsOf} from './bindings.ts';
import {Body} from './components/body.tsx';
import {Lines} from './components/lines.tsx';
import {span} from './doc.ts';
import {useEffects} from './effects.ts';
import {footerLines, headerLines} from './frame.ts';
import {journey} from './journey/journey.ts';
import {type Journey, startOf} from './journey/state.ts';
import {capOf, commandFor} from './keys.ts';
import {lookFor, smallest} from './look.ts';
import {panelWidthOf, viewOf} from './screen-of.ts';
import type {Session} from './session.ts';
import {wrap} from './text.ts';
import type {GlyphSet} from './theme.ts';
import {extentOf} from './view.ts';

export interface AppProps {
	readonly session: Session;
	readonly glyphs: GlyphSet;
	/** Calls back when the process is told to end; gives the function that stops listening. */
	readonly onSignal: (listener: () => void) => () => void;
}

/** The root. A rehearsal is a journey of its own, from its first screen. */
export function App({session, glyphs, onSignal}: AppProps): ReactNode {
	const [current, setCurrent] = useState(session);
	return (
		<Wizard
			key={current.rehearsal?.root ?? 'real'}
			session={current}
			glyphs={glyphs}
			onSignal={onSignal}
			onRehearse={setCurrent}
		/>
	);
}

function Wizard({
	session,
	glyphs,
	onSignal,
	onRehearse,
}: AppProps & {onRehearse: (session: Session) => void}): ReactNode {
	const [state, dispatch] = useReducer(journey, null, () => startOf(session.preset, session.rehearsal));
	const {exit} = useApp();
	const look = lookFor(useWindowSize(), glyphs);
	useEffects(session, state, dispatch, onRehearse);
	useEffect(() => onSignal(() => dispatch({type: 'signal'})), [onSignal]);
	useEffect(() => {
		if (state.end) exit(state satisfies Journey);
	}, [state, exit]);

	const bindings = bindingsOf(state);
	const view = viewOf(state, look);
	const header = headerLines(state, view, look);
	const gap = look.compact ? 0 : 1;
	const rowsWith = (footer: unknown[]) => Math.max(1, look.rows - header.length - footer.length - gap);
	const allKeys = footerLines(bindings, look);
	const {maxTop, maxLeft = 0} = extentOf(state, view, rowsWith(allKeys));
	// Keys that would move nothing are not listed.
	const idle = (label: string | null): boolean =>
		(maxTop === 0 && (label === 'scroll' || label === 'rows')) || (maxLeft === 0 && label === 'columns');
	const footer = footerLines(
		bindings.filter(({label}) => !idle(label)),
		look,
	);
	const rows = rowsWith(footer);

	useInput((input, key) => {
		const command = commandFor(
			bindings.map(binding => binding.command),
			input,
			key,
		);
		if (command) dispatch({type: 'command', command, extent: extentOf(state, view, rows)});
	});
	// Pasted text is no keys: it must not press "install".
	usePaste(() => {});

	if (look.tooSmall) {
		const words = `Too small: needs ${smallest.columns} x ${smallest.rows}. ${capOf('interrupt', look.glyphs)} leaves.`;
		return <Lines lines={wrap(words, look.columns).map(part => [span(part)])} rows={look.rows} />;
	}
	return (
		<Box flexDirection="column" height={look.rows} width={look.columns} paddingX={1} overflow="hidden">
			<Lines lines={header} rows={header.length} />
			<Box flexGrow={1} flexShrink={1} overflow="hidden">
				<Body
					body={view.body}
					look={look}
					rows={rows}
					panelWidth={panelWidthOf(look)}
					onHighlight={index => dispatch({type: 'highlight', index})}
				/>
			</Box>
			<Box height={gap} flexShrink={0} />
			<Lines lines={footer} rows={footer.length} />
		</Box>
	);
}
