import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {listingCommand, parseListing} from '../lab/snapshot.ts';

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('a snapshot of files', () => {
	let root: string;
	beforeEach(() => {
		root = mkdtempSync(join(tmpdir(), 'kata-setup-snapshot-'));
	});
	afterEach(() => rmSync(root, {recursive: true}));
	const take = (...paths: string[]) =>
		parseListing(execFileSync('sh', ['-c', listingCommand(paths)], {encoding: 'utf8'}));

	it('has type, mode, owner, and content or target of each path', () => {
		const odd = join(root, "it's\nodd");
		mkdirSync(odd, {mode: 0o750});
		writeFileSync(join(odd, 'empty'), '', {mode: 0o640});
		symlinkSync('../nowhere', join(odd, 'link'));
		const owner = `${process.getuid?.()}:${process.getgid?.()}`;
		expect(take(odd, join(root, 'absent'))).toEqual({
			[odd]: `d 750 ${owner}`,
			[join(odd, 'empty')]: `f 640 ${owner} ${EMPTY}`,
			[join(odd, 'link')]: `l 777 ${owner} -> ../nowhere`,
		});
	});

	it('changes with a single byte', () => {
		writeFileSync(join(root, 'file'), 'a');
		const before = take(root);
		writeFileSync(join(root, 'file'), 'b');
		expect(take(root)).not.toEqual(before);
	});

	it('is empty where nothing exists', () => {
		expect(take(join(root, 'absent'))).toEqual({});
	});

	it('refuses half a listing', () => {
		expect(() => parseListing('/etc\0d 755 0:0\0')).toThrow('no second half');
		expect(() => parseListing('/etc\0d 755')).toThrow('middle of a record');
		expect(() => parseListing('/x\0f 644 0:0\0\0//\0')).toThrow('/x has no checksum');
	});
});
