/** The image that ships: it is what the manifest says, it is an image, and its program runs. */
import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmod, mkdtemp, open, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {machine, tmpdir} from 'node:os';
import {join} from 'node:path';
import {extract} from 'tar-stream';
import {describe, expect, it, onTestFinished} from 'vitest';
import {architectures} from '../../src/facts/facts.ts';
import {imageArchive, smokeImage} from '../../src/smoke/image.ts';
import {readProbe} from '../../src/smoke/probe-output.ts';

const folder = join(import.meta.dirname, '../../assets/smoke');
const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as {
	image: string;
	source: string;
	targets: Record<string, {architecture: string; probe: string; archive: string}>;
};

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

interface Member {
	type: string | null | undefined;
	mode: number | undefined;
	mtime: number | undefined;
	owner: string;
	content: Buffer;
}

async function membersOf(archive: Buffer): Promise<Record<string, Member>> {
	const members: Record<string, Member> = {};
	const reader = extract();
	reader.end(archive);
	for await (const entry of reader) {
		const chunks: Buffer[] = [];
		for await (const chunk of entry) chunks.push(chunk as Buffer);
		const {name, type, mode, mtime, uid, gid} = entry.header;
		members[name] = {
			type,
			mode,
			mtime: mtime?.getTime(),
			owner: `${uid}:${gid}`,
			content: Buffer.concat(chunks),
		};
	}
	return members;
}

const archiveOf = async (name: string): Promise<Buffer> => readFile(imageArchive(name) ?? '');

it('is what the manifest says, source and all', async () => {
	expect(manifest.image).toBe(smokeImage);
	expect(sha256(await readFile(join(folder, 'probe.c')))).toBe(manifest.source);
	expect(Object.keys(manifest.targets)).toEqual([...architectures]);
	for (const name of architectures) expect(sha256(await archiveOf(name))).toBe(manifest.targets[name]?.archive);
	expect((await readdir(folder)).sort()).toEqual(
		['manifest.json', 'probe.c', ...architectures.map(name => `kata-setup-smoke-${name}.tar`)].sort(),
	);
	expect(imageArchive('riscv64')).toBeNull();
});

describe.each([...architectures])('for %s', name => {
	it('is an OCI layout and a docker archive of one program', async () => {
		const target = manifest.targets[name];
		const members = await membersOf(await archiveOf(name));
		const json = (path: string) => JSON.parse(members[path]?.content.toString() ?? 'null');
		for (const [path, {mtime, owner, content}] of Object.entries(members)) {
			expect([path, mtime, owner]).toEqual([path, 0, '0:0']);
			if (/^blobs\/sha256\/./.test(path)) expect(path).toBe(`blobs/sha256/${sha256(content)}`);
		}
		expect(json('oci-layout')).toEqual({imageLayoutVersion: '1.0.0'});
		const [descriptor, ...others] = json('index.json').manifests;
		expect(others).toEqual([]);
		expect(descriptor.annotations).toEqual({
			'io.containerd.image.name': smokeImage,
			'org.opencontainers.image.ref.name': '1',
		});
		expect(descriptor.platform).toEqual({architecture: target?.architecture, os: 'linux'});
		const blob = ({digest, size}: {digest: string; size: number}): Buffer => {
			const found = members[`blobs/${digest.replace(':', '/')}`]?.content;
			if (found?.length !== size) throw new Error(`${digest} is not there in ${size} bytes`);
			return found;
		};
		const inner = JSON.parse(blob(descriptor).toString());
		const config = JSON.parse(blob(inner.config).toString());
		expect(config).toMatchObject({architecture: target?.architecture, os: 'linux', config: {Entrypoint: ['/probe']}});
		expect(inner.layers).toHaveLength(1);
		const layer = blob(inner.layers[0]);
		expect(config.rootfs.diff_ids).toEqual([`sha256:${sha256(layer)}`]);
		expect(json('manifest.json')).toEqual([
			{
				Config: `blobs/${inner.config.digest.replace(':', '/')}`,
				RepoTags: [smokeImage],
				Layers: [`blobs/sha256/${sha256(layer)}`],
			},
		]);
		// The manifest, the configuration, the layer, and nothing that none of them names.
		expect(Object.keys(members).filter(path => path.startsWith('blobs/sha256/'))).toHaveLength(4);

		const files = await membersOf(layer);
		expect(Object.keys(files)).toEqual(['probe']);
		expect(files.probe).toMatchObject({type: 'file', mode: 0o755, mtime: 0, owner: '0:0'});
		expect(sha256(files.probe?.content ?? Buffer.alloc(0))).toBe(target?.probe);
		expect(files.probe?.content.length).toBeLessThan(2048);
	});

	it('holds a static program for that machine', async () => {
		const elf = await probeOf(name);
		expect(elf.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
		const bigEndian = name === 's390x';
		const number = (at: number): number => (bigEndian ? elf.readUInt16BE(at) : elf.readUInt16LE(at));
		// EM_X86_64, EM_AARCH64, EM_S390, EM_PPC64; ET_EXEC.
		expect(number(18)).toBe({x86_64: 62, aarch64: 183, s390x: 22, ppc64le: 21}[name]);
		expect(number(16)).toBe(2);
		expect(elf[5]).toBe(bigEndian ? 2 : 1);
	});
});

async function probeOf(name: string): Promise<Buffer> {
	const members = await membersOf(await archiveOf(name));
	for (const {content} of Object.values(members)) {
		// The layer is the one member that is an archive itself.
		const probe = content.length > 1024 ? (await membersOf(content).catch(() => null))?.probe : null;
		if (probe) return probe.content;
	}
	throw new Error(`there is no program in the image for ${name}`);
}

const runnable = architectures.find(name => name === machine());

describe.skipIf(!runnable)('its program on this machine', () => {
	async function probe(): Promise<string> {
		const work = await mkdtemp(join(tmpdir(), 'kata-setup-probe-'));
		onTestFinished(() => rm(work, {recursive: true}));
		const path = join(work, 'probe');
		await writeFile(path, await probeOf(runnable ?? ''));
		await chmod(path, 0o755);
		return path;
	}

	async function started() {
		const child = spawn(await probe(), {stdio: ['ignore', 'pipe', 'inherit'], env: {}});
		onTestFinished(() => {
			child.kill('SIGKILL');
		});
		const ended = new Promise(resolve => child.once('close', (code, signal) => resolve(signal ?? code)));
		let output = '';
		const answered = new Promise<string>((resolve, reject) => {
			child.stdout.on('data', chunk => {
				output += chunk;
				if (output.endsWith('end=1\n')) resolve(output);
			});
			child.once('error', reject);
		});
		return {child, answered, ended};
	}

	it('tells of the kernel that it runs on, which is this one', async () => {
		const {answered} = await started();
		const answer = readProbe(await answered);
		const read = async (path: string): Promise<string> => (await readFile(path, 'utf8')).split('\n')[0] ?? '';
		expect(answer).toMatchObject({
			bootId: await read('/proc/sys/kernel/random/boot_id'),
			release: await read('/proc/sys/kernel/osrelease'),
			cmdline: await read('/proc/cmdline'),
			machine: runnable,
			memoryKib: Number(/\d+/.exec(await read('/proc/meminfo'))?.[0]),
		});
		expect(answer?.uptime).toBeGreaterThan(0);
	});

	it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)(
		'stays until it is told to go, and goes in peace: %s',
		async signal => {
			const {child, answered, ended} = await started();
			await answered;
			expect(child.exitCode).toBeNull();
			child.kill(signal);
			expect(await ended).toBe(0);
		},
	);

	it('does not stay when nobody takes what it says', async () => {
		const full = await open('/dev/full', 'w');
		onTestFinished(() => full.close());
		const child = spawn(await probe(), {stdio: ['ignore', full.fd, 'inherit'], env: {}});
		expect(await new Promise(resolve => child.once('close', resolve))).toBe(2);
	});
});
