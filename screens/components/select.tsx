import {Box, Text} from 'ink';
import SelectInput from 'ink-select-input';
import {createContext, type ReactNode, useContext} from 'react';
import {pad, shorten, widthOf} from '../text.ts';
import {type Glyphs, glyphSets, tones} from '../theme.ts';
import type {ChoiceItem} from '../view.ts';

export interface SelectProps {
	readonly items: readonly ChoiceItem[];
	/** Which item is highlighted when the list appears. */
	readonly index: number;
	/** How many of them are seen at once; the list scrolls with the cursor. */
	readonly limit: number;
	readonly width: number;
	readonly glyphs: Glyphs;
	readonly onHighlight: (index: number) => void;
}

/** What the library's two inner components need beyond what it hands them. */
const Around = createContext<Pick<SelectProps, 'items' | 'width' | 'glyphs'>>({
	items: [],
	width: 0,
	glyphs: glyphSets.unicode,
});

/**
 * A list to choose from. The only file that knows ink-select-input, which moves the cursor and draws the list.
 *
 * It is not asked what was chosen: its digits would choose at once, it would choose what is greyed, and its answer
 * may be one key late. Enter is the journey's, and the journey knows which item is highlighted. Every key must come
 * through a PacedStdin, or the cursor of a burst is wrong.
 */
export function Select({items, index, limit, width, glyphs, onHighlight}: SelectProps): ReactNode {
	return (
		<Around.Provider value={{items, width, glyphs}}>
			<SelectInput
				// A new list of items is a new component: the library would go to its first item and tell nobody.
				key={`${limit} ${items.map(({value}) => value).join()}`}
				items={items.map((item, at) => ({key: item.value, value: at, label: item.value}))}
				initialIndex={index}
				limit={limit}
				indicatorComponent={Indicator}
				itemComponent={Item}
				onHighlight={item => onHighlight(item.value)}
			/>
		</Around.Provider>
	);
}

function Indicator({isSelected = false}: {isSelected?: boolean}): ReactNode {
	const {glyphs} = useContext(Around);
	return <Text {...tones.accent}>{isSelected ? `${glyphs.cursor} ` : '  '}</Text>;
}

/** @param label the item's value: the library hands on nothing else that tells items apart */
function Item({isSelected = false, label: value}: {isSelected?: boolean; label: string}): ReactNode {
	const {items, width, glyphs} = useContext(Around);
	const item = items.find(candidate => candidate.value === value);
	if (!item) return null;
	const labelWidth = Math.min(Math.max(...items.map(({label}) => widthOf(label))), Math.max(8, width - 4));
	const tagRoom = width - 2 - labelWidth - 2;
	const tone = item.disabled ? 'dim' : isSelected ? 'accent' : 'plain';
	return (
		<Box>
			<Text {...tones[tone]}>{pad(shorten(item.label, labelWidth, glyphs), labelWidth)}</Text>
			{item.tag !== '' && tagRoom > 3 ? (
				<Text {...tones[item.tagTone]}>{`  ${shorten(item.tag, tagRoom, glyphs)}`}</Text>
			) : null}
		</Box>
	);
}
