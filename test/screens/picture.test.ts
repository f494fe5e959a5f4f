import xterm from '@xterm/headless';
import {describe, expect, it} from 'vitest';

// A script of plain JavaScript, without types.
const script = new URL('../../scripts/terminal-svg.mjs', import.meta.url);
const {terminalSvg} = (await import(script.href)) as {terminalSvg: (terminal: unknown, title: string) => string};

async function pictureOf(text: string): Promise<string> {
	const terminal = new xterm.Terminal({cols: 20, rows: 2, allowProposedApi: true});
	await new Promise<void>(resolve => terminal.write(text, resolve));
	return terminalSvg(terminal, 'a <test>');
}

describe('the picture of a terminal', () => {
	it('has every cell where it stands', async () => {
		const svg = await pictureOf('  a & b\r\n\u001b[1;36mnext\u001b[0m  end');
		// The margin is 14, a column 8.4, a line 18, and letters stand 13.5 below their line's top.
		expect(svg).toContain(
			'<text x="30.8" y="27.5" textLength="42" lengthAdjust="spacingAndGlyphs" fill="#d7dae0">a &amp; b</text>',
		);
		expect(svg).toContain(
			'<text x="14" y="45.5" textLength="33.6" lengthAdjust="spacingAndGlyphs" fill="#56b6c2" font-weight="bold">next</text>',
		);
		expect(svg).toContain('<text x="64.4" y="45.5"');
		expect(svg).toContain('<title>a &lt;test&gt;</title>');
	});

	it('shows what is inverse, and what is dim', async () => {
		const svg = await pictureOf('\u001b[7m MARK \u001b[0m\u001b[2mdim\u001b[0m');
		expect(svg).toContain('<rect x="14" y="14" width="50.4" height="18" fill="#d7dae0"/>');
		expect(svg).toContain('fill="#16181d">MARK</text>');
		expect(svg).toContain('opacity="0.65">dim</text>');
	});

	it('is the same for the same screen', async () => {
		expect(await pictureOf('twice')).toBe(await pictureOf('twice'));
	});
});
