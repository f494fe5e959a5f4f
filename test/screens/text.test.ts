import {describe, expect, it} from 'vitest';
import {Writer} from '../../screens/doc.ts';
import {lookFor} from '../../screens/look.ts';
import {chop, clean, shorten, widthOf, wrap, wrapCommand} from '../../screens/text.ts';
import {glyphSetFor, glyphSets} from '../../screens/theme.ts';
import {diffLines, hunks} from '../../src/line-diff.ts';

describe('text that fits', () => {
	it('wraps at blanks, and breaks only a word that is wider than the line', () => {
		expect(wrap('a container in a virtual machine', 12)).toEqual(['a container', 'in a virtual', 'machine']);
		expect(wrap('/opt/kata-setup/trees/4.1.0/bin/qemu', 20)).toEqual(['/opt/kata-setup/', 'trees/4.1.0/bin/qemu']);
		expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
		expect(wrap('', 4)).toEqual(['']);
	});

	it('says where it was cut', () => {
		expect(shorten('containerd-shim-kata-v2', 10, glyphSets.unicode)).toBe('container…');
		expect(shorten('containerd-shim-kata-v2', 10, glyphSets.ascii, 'middle')).toBe('conta~a-v2');
		expect(shorten('fits', 4, glyphSets.unicode)).toBe('fits');
	});

	it('counts columns, not characters', () => {
		expect(widthOf('容器')).toBe(4);
		expect(wrap('容器 容器', 5)).toEqual(['容器', '容器']);
		expect(chop('容器容器', 5)).toEqual(['容器', '容器']);
	});

	it('continues a command so that a shell reads it on', () => {
		const command = 'sudo ctr run --rm -t --runtime io.containerd.kata.v2 docker.io/library/busybox:latest hello';
		const lines = wrapCommand(command, 50);
		expect(lines.every(line => line.length <= 50)).toBe(true);
		expect(lines.length).toBeGreaterThan(1);
		// As a shell joins them.
		expect(lines.join('\n').replaceAll(/\\\n */g, '')).toBe(command);
		expect(wrapCommand('ctr version', 50)).toEqual(['ctr version']);
	});

	it('takes escapes and controls out of the words of others', () => {
		expect(clean('\u001b[31mred\u001b[0m\tand\u0007 done', glyphSets.unicode)).toBe('red    and done');
		expect(clean('“quoted” … 容', glyphSets.ascii)).toBe('"quoted" ... ?');
	});
});

describe('which glyphs', () => {
	it.each([
		[{LANG: 'de_DE.UTF-8'}, 'unicode'],
		[{LANG: 'C.utf8'}, 'unicode'],
		[{LANG: 'C'}, 'ascii'],
		[{}, 'ascii'],
		[{LANG: 'de_DE.UTF-8', LC_ALL: 'C'}, 'ascii'],
		[{LANG: 'de_DE.UTF-8', TERM: 'linux'}, 'ascii'],
	] as const)('%o: %s', (env, wanted) => expect(glyphSetFor(env)).toBe(wanted));

	it('are one column wide, apart from the names of keys', () => {
		for (const set of Object.values(glyphSets))
			for (const [name, glyph] of Object.entries(set))
				if (!['name', 'upDown', 'leftRight', 'enter'].includes(name)) expect(widthOf(glyph), name).toBe(1);
	});
});

describe('the writer', () => {
	const writer = () => new Writer(lookFor({columns: 42, rows: 24}, 'unicode'));
	const textOf = (made: Writer) => made.lines.map(line => line.map(({text}) => text).join(''));

	it('marks where a line of a file goes on, and loses nothing of it', () => {
		const line = '+   runtime_path = "/etc/kata-containers/kata-setup/active/containerd-shim-kata-v2"';
		const lines = textOf(writer().verbatim(line));
		expect(lines.every(text => text.length <= 40)).toBe(true);
		expect(lines.slice(1).every(text => text.startsWith('  … '))).toBe(true);
		expect(lines.map((text, index) => text.slice(index === 0 ? 2 : 4)).join('')).toBe(line);
	});

	it('sets values below their words where it is narrow', () => {
		const rows = [{label: 'hypervisor process', value: 'qemu-system-x86_64'}];
		expect(textOf(new Writer(lookFor({columns: 40, rows: 24}, 'unicode'), 30).rows(rows))).toEqual([
			'hypervisor process',
			'  qemu-system-x86_64',
		]);
	});
});

describe('the difference of two texts', () => {
	it('is what was added and taken away, with lines around it', () => {
		const before = 'a\nb\nc\nd\ne\nf\n';
		const after = 'a\nb\nc\nd\nE\nf\ng\n';
		expect(hunks(diffLines(before, after), 1).map(line => (line ? line.mark + line.text : '…'))).toEqual([
			'…',
			' d',
			'-e',
			'+E',
			' f',
			'+g',
		]);
	});
});
