/** A release from local archives: what fits this host and pair, and what does not. */
import {createHash} from 'node:crypto';
import * as fs from 'node:fs/promises';
import {basename} from 'node:path';
import {beforeEach, describe, expect, it} from 'vitest';
import {assetPath} from '../../src/assets.ts';
import {faultFromEnvironment, faultyHost} from '../../src/host/fault.ts';
import {type LocalRelease, releaseFromFiles} from '../../src/release/files.ts';
import {elfFor, realArchives, type TestMember, tarOf, zstdOf} from '../support/archives.ts';
import {reportOf, type Throwaway, throwaway} from '../support/throwaway.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const zst = realArchives.zst;
const digest = sha256(zst);

let there: Throwaway;
beforeEach(async () => {
	there = await throwaway();
});

const resolve = async (files: Record<string, Uint8Array>, over: Partial<LocalRelease> = {}) => {
	for (const [path, content] of Object.entries(files)) await there.place(path, content);
	return releaseFromFiles({
		host: there.host,
		runtime: 'rust',
		hypervisor: 'qemu',
		architecture: 'x86_64',
		files: Object.keys(files),
		sha256: [],
		...over,
	});
};

const rust = '/srv/kata-static-4.1.0-amd64.tar.zst';
const go = '/srv/kata-go-static-4.1.0-amd64.tar.zst';

describe('local archives', () => {
	it('are understood by their names, and measured where no digest is given', async () => {
		expect(await resolve({[rust]: zst})).toEqual({
			version: '4.1.0',
			architecture: 'x86_64',
			archives: [
				{
					name: basename(rust),
					url: null,
					file: rust,
					size: zst.length,
					sha256: digest,
					digestSource: 'none',
					compression: 'zst',
					carries: ['rust'],
				},
			],
		});
	});

	it('are to be compared with the digest that is given, as it is given', async () => {
		const given = 'AB'.repeat(32);
		const {archives} = await resolve({[rust]: zst}, {sha256: [given]});
		expect(archives).toMatchObject([{sha256: given.toLowerCase(), digestSource: 'flag'}]);
	});

	it('of both runtimes are used as far as the pair needs them, each with its own digest', async () => {
		const both = {[rust]: zst, [go]: realArchives.zst};
		const digests = ['1'.repeat(64), '2'.repeat(64)];
		const name = async (runtime: 'rust' | 'go') =>
			(await resolve(both, {runtime, sha256: digests})).archives.map(item => [item.name, item.sha256]);
		expect(await name('rust')).toEqual([[basename(rust), digests[0]]]);
		expect(await name('go')).toEqual([[basename(go), digests[1]]]);
	});

	it('up to 4.0 carry both runtimes; what counts for the compression are the bytes', async () => {
		const {archives} = await resolve({'/srv/kata-static-3.20.0-amd64.tar.zst': realArchives.xz}, {runtime: 'go'});
		expect(archives).toMatchObject([{compression: 'xz', carries: ['rust', 'go']}]);
	});

	it('of the rehearsal are understood', async () => {
		const name = 'kata-go-static-4.1.999-arm64.tar.zst';
		const bytes = await fs.readFile(assetPath(`rehearsal/${name}`));
		const found = await resolve({[`/srv/${name}`]: bytes}, {runtime: 'go', architecture: 'aarch64'});
		expect(found).toMatchObject({version: '4.1.999', architecture: 'aarch64', archives: [{carries: ['go']}]});
	});

	it('must be of one release', async () => {
		const report = await reportOf(resolve({[rust]: zst, '/srv/kata-static-4.0.0-amd64.tar.zst': zst}));
		expect(report.why).toContain('is of Kata 4.1.0');
		expect(report.why).toContain('of 4.0.0');
	});

	it('must be for this machine', async () => {
		const report = await reportOf(resolve({'/srv/kata-static-4.1.0-arm64.tar.zst': zst}));
		expect(report.why).toBe('It is for aarch64, this host is x86_64.');
		expect(report.remedy).toEqual(['rust-qemu needs kata-static-4.1.0-amd64.tar.zst here.']);
	});

	it('must carry the runtime', async () => {
		const firecracker = {runtime: 'go', hypervisor: 'firecracker'} as const;
		const report = await reportOf(resolve({[rust]: zst}, firecracker));
		expect(report.message).toBe('kata-static-4.1.0-amd64.tar.zst has no go runtime.');
		expect(report.remedy[0]).toBe('go-firecracker needs kata-go-static-4.1.0-amd64.tar.zst.');
	});

	it('must be there, and be files', async () => {
		const missing = await reportOf(resolve({}, {files: ['/srv/absent.tar.zst']}));
		expect(missing).toMatchObject({exit: 'usage', message: 'There is no file /srv/absent.tar.zst.'});
		await there.place('/srv/folder/x', 'x');
		expect((await reportOf(resolve({}, {files: ['/srv/folder']}))).message).toContain('is a directory');
		expect((await reportOf(resolve({}))).exit).toBe('usage');
	});

	it('must not lie where the person may not look', async () => {
		const {host} = faultyHost(there.host, faultFromEnvironment('realPath:1:EACCES'));
		const closed = await reportOf(resolve({}, {host, files: ['/root/kata-static-4.1.0-amd64.tar.zst']}));
		expect(closed).toMatchObject({exit: 'usage', evidence: [expect.stringContaining('EACCES')]});
	});

	it('must be compressed as archives of Kata are', async () => {
		const page = Buffer.from('<html>404</html>');
		expect((await reportOf(resolve({[rust]: page}))).why).toContain('error page');
		expect((await reportOf(resolve({[rust]: Buffer.alloc(0)}))).exit).toBe('release');
	});

	it('have no more digests than there are files, and digests that are some', async () => {
		const two = ['1'.repeat(64), '2'.repeat(64)];
		expect((await reportOf(resolve({[rust]: zst}, {sha256: two}))).exit).toBe('usage');
		expect((await reportOf(resolve({[rust]: zst}, {sha256: ['123']}))).message).toBe('123 is no SHA-256.');
	});
});

describe('an archive under another name', () => {
	const shims = {
		rust: './opt/kata/runtime-rs/bin/containerd-shim-kata-v2',
		go: './opt/kata/bin/containerd-shim-kata-v2',
	};
	const version: TestMember = {name: './opt/kata/VERSION', content: '4.1.0\n'};
	const shim = (runtime: 'rust' | 'go', machine = 62): TestMember => ({name: shims[runtime], content: elfFor(machine)});
	const file = '/srv/kata.tar.zst';
	const holding = async (...members: TestMember[]) => ({[file]: zstdOf(await tarOf(members))});

	it('is understood by its content', async () => {
		const found = await resolve(await holding({name: './opt/kata/x', content: 'x'}, shim('rust'), version));
		expect(found).toMatchObject({version: '4.1.0', archives: [{name: 'kata.tar.zst', carries: ['rust']}]});
		const both = await resolve(await holding(version, shim('go'), shim('rust')), {runtime: 'go'});
		expect(both.archives[0]?.carries).toEqual(['go', 'rust']);
	});

	it('is for the machine that its shim is for', async () => {
		expect((await reportOf(resolve(await holding(version, shim('rust', 183))))).why).toContain('It is for aarch64');
	});

	it.each<[string, TestMember[]]>([
		['No shim', [version]],
		['VERSION', [shim('rust')]],
		['VERSION', [{name: './opt/kata/VERSION', content: '../../etc\n'}, shim('rust')]],
		['no program for a machine', [version, {name: shims.rust, content: '#!/bin/sh\n'}]],
		['no program for a machine', [version, shim('rust', 40)]],
	])('is refused for want of what tells it: %s', async (why, members) => {
		expect((await reportOf(resolve(await holding(...members)))).why).toContain(why);
	});

	it('is refused if it is cut off', async () => {
		expect((await reportOf(resolve({[file]: zst.subarray(0, 100)}))).why).toContain('content cannot be read');
	});
});
