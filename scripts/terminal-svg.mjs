/** A terminal's screen as a picture: every cell where it stands, in SVG that any browser shows and any diff can read. */

const cell = {width: 8.4, height: 18};
const fontSize = 14;
const margin = 14;
/** Where a line's letters stand, from the top of its cells. */
const baseline = 13.5;

const ground = '#16181d';
const ink = '#d7dae0';
/** The sixteen colours; the screens use red, green, yellow and cyan. */
const palette = [
	...['#16181d', '#e06c75', '#8cc570', '#e0b35f', '#6aa5e8', '#c08ad8', '#56b6c2', '#c3c7cf'],
	...['#6b7280', '#e88089', '#a1d588', '#ecc57d', '#85b8f0', '#d0a2e4', '#74ccd6', '#ffffff'],
];

const escapeXml = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * @param {import('@xterm/headless').Terminal} terminal with everything written that is to be seen
 * @param {string} title what the picture shows, for those who do not see it
 * @returns {string} the visible screen as an SVG document; the same screen gives the same bytes
 */
export function terminalSvg(terminal, title) {
	const {cols, rows} = terminal;
	const width = round(cols * cell.width + 2 * margin);
	const height = round(rows * cell.height + 2 * margin);
	const drawn = [];
	for (let y = 0; y < rows; y += 1)
		for (const run of runsOf(terminal.buffer.active.getLine(terminal.buffer.active.baseY + y), cols))
			drawn.push(...drawRun(run, y));
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
		`<title>${escapeXml(title)}</title>`,
		`<rect width="${width}" height="${height}" rx="8" fill="${ground}"/>`,
		`<g font-family="ui-monospace,'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,monospace" font-size="${fontSize}" xml:space="preserve">`,
		...drawn,
		'</g>',
		'</svg>',
		'',
	].join('\n');
}

const round = number => Math.round(number * 10) / 10;

/** The line's cells, those of one look together; blanks at its end are left out. */
function runsOf(line, cols) {
	const runs = [];
	for (let x = 0; line && x < cols; x += 1) {
		const at = line.getCell(x);
		if (!at || at.getWidth() === 0) continue;
		const look = lookOf(at);
		const last = runs.at(-1);
		const text = at.getChars() || ' ';
		if (last && last.key === JSON.stringify(look)) {
			last.text += text;
			last.cells += at.getWidth();
		} else runs.push({x, text, cells: at.getWidth(), look, key: JSON.stringify(look)});
	}
	return runs.filter(({text, look}) => text.trim() !== '' || look.background);
}

function lookOf(at) {
	const front = at.isFgDefault() ? ink : colourOf(at.isFgRGB(), at.getFgColor());
	const back = at.isBgDefault() ? null : colourOf(at.isBgRGB(), at.getBgColor());
	const inverse = at.isInverse() !== 0;
	return {
		colour: inverse ? (back ?? ground) : front,
		background: inverse ? front : back,
		bold: at.isBold() !== 0,
		dim: at.isDim() !== 0,
	};
}

const colourOf = (isRgb, number) =>
	isRgb ? `#${number.toString(16).padStart(6, '0')}` : (palette[number] ?? palette[7]);

function drawRun({x, text, cells, look}, y) {
	const left = round(margin + x * cell.width);
	const top = round(margin + y * cell.height);
	const width = round(cells * cell.width);
	const box = look.background
		? [`<rect x="${left}" y="${top}" width="${width}" height="${cell.height}" fill="${look.background}"/>`]
		: [];
	if (text.trim() === '') return box;
	// Blanks at the ends are given by the place instead: not every program keeps them.
	const lead = text.length - text.trimStart().length;
	const shown = text.trim();
	const shownCells = cells - lead - (text.length - text.trimEnd().length);
	const attributes = [
		`x="${round(left + lead * cell.width)}"`,
		`y="${round(top + baseline)}"`,
		// Columns line up, whatever font there is.
		`textLength="${round(shownCells * cell.width)}" lengthAdjust="spacingAndGlyphs"`,
		`fill="${look.colour}"`,
		...(look.bold ? ['font-weight="bold"'] : []),
		...(look.dim ? ['opacity="0.65"'] : []),
	];
	return [...box, `<text ${attributes.join(' ')}>${escapeXml(shown)}</text>`];
}
