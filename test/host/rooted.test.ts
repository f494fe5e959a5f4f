import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {Host} from '../../src/host/host.ts';
import {createRootedHost} from '../../src/host/rooted.ts';

let root: string;
let host: Host;

beforeEach(async () => {
	root = await fs.mkdtemp(join(tmpdir(), 'kata-setup-rooted-'));
	host = createRootedHost({root, kind: 'rehearsal', run: () => Promise.reject(new Error('no commands'))});
});
afterEach(() => fs.rm(root, {recursive: true}));

describe('a rooted host', () => {
	it('resolves absolute links inside its root', async () => {
		await fs.mkdir(join(root, 'etc'));
		await host.files.link('/etc/outside', '/etc/hostname');
		await host.files.write('/etc/outside', 'inside\n');
		expect(await fs.readFile(join(root, 'etc/hostname'), 'utf8')).toBe('inside\n');
		expect(await host.files.realPath('/etc/outside')).toBe('/etc/hostname');
		expect(await host.files.readLink('/etc/outside')).toBe('/etc/hostname');
	});

	it('does not leave its root by dots or by linked folders', async () => {
		await fs.mkdir(join(root, 'opt'));
		await fs.symlink('../../../../../etc', join(root, 'opt/etc'));
		expect(host.files.physical('/opt/etc/passwd')).toBe(join(root, 'etc/passwd'));
		expect(host.files.physical('/../../etc/passwd')).toBe(join(root, 'etc/passwd'));
	});

	it('appends all or nothing', async () => {
		await host.files.append('/log', 'first\n');
		const path = join(root, 'log');
		const probe = await fs.open(path);
		const prototype = Object.getPrototypeOf(probe) as {writeFile: (content: string) => Promise<void>};
		await probe.close();
		const whole = prototype.writeFile;
		prototype.writeFile = async function (this: fs.FileHandle, content: string) {
			await whole.call(this, content.slice(0, 3));
			throw Object.assign(new Error('ENOSPC'), {code: 'ENOSPC'});
		};
		try {
			await expect(host.files.append('/log', 'second\n')).rejects.toThrow('ENOSPC');
		} finally {
			prototype.writeFile = whole;
		}
		await host.files.append('/log', 'third\n');
		expect(await fs.readFile(path, 'utf8')).toBe('first\nthird\n');
	});

	it('sweeps away what a killed write or link left beside a path, and nothing else', async () => {
		const left = ['.a.kata-setup-4711-1', '.a.kata-setup-12-30'];
		const others = ['.a.kata-setup-notes', '.ab.kata-setup-4711-1', 'a', '.a'];
		for (const name of [...left, ...others]) await fs.writeFile(join(root, name), '');
		await fs.mkdir(join(root, 'real'));
		await fs.symlink('/real/target', join(root, 'linked'));
		await fs.writeFile(join(root, 'real/.target.kata-setup-1-1'), '');
		await host.files.sweep('/a');
		await host.files.sweep('/linked');
		await host.files.sweep('/no/such/folder');
		expect(await host.files.list('/')).toEqual([...others, 'linked', 'real'].sort());
		expect(await host.files.list('/real')).toEqual([]);
	});

	it('keeps mode and owner of a file that it replaces, and gives what was asked otherwise', async () => {
		await host.files.write('/a', '1', {mode: 0o640});
		await host.files.write('/a', '2');
		expect((await host.files.stat('/a'))?.mode).toBe(0o640);
		expect(await host.files.list('/')).toEqual(['a']);
	});

	it('tells absent from empty and from forbidden', async () => {
		expect(await host.files.stat('/none')).toBeNull();
		expect(await host.files.readText('/none')).toBeNull();
		expect(await host.files.list('/none')).toBeNull();
		expect(await host.files.openReadWrite('/none')).toBe('ENOENT');
		await host.files.write('/file', '');
		await expect(host.files.readText('/')).rejects.toThrow('EISDIR');
		expect(await host.files.readText('/file')).toBe('');
		expect(await host.files.removeDirectory('/none')).toBe(false);
	});
});
