/** What `list`, `explain` and `recommend` print. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, it, onTestFinished} from 'vitest';
import vocabulary from '../../assets/vocabulary.json' with {type: 'json'};
import {catalogue, pairName} from '../../src/catalogue/catalogue.ts';
import {type Matrix, matrixOfHost, matrixOfRelease} from '../../src/catalogue/matrix.ts';
import {storyNames, storyOf} from '../../src/catalogue/story.ts';
import {optionLines, storyLines} from '../../src/cli/explain.ts';
import {markdownLines, matrixLines} from '../../src/cli/list.ts';
import {ascii} from '../../src/columns.ts';
import {architectures, type Facts} from '../../src/facts/facts.ts';
import {judge} from '../../src/facts/judge.ts';
import {optionStory} from '../../src/kataconfig/option-story.ts';
import {tarOf, zstdOf} from '../support/archives.ts';
import {sampleFacts} from '../support/facts.ts';
import {faultsOf} from '../support/schema.ts';

const bundle = join(import.meta.dirname, '../../dist/kata-setup.mjs');
const limit = 60_000;

const kataSetup = (...args: string[]) =>
	execa(process.execPath, [bundle, ...args], {
		reject: false,
		stdin: 'ignore',
		env: {PATH: '/usr/bin:/bin'},
		extendEnv: false,
	});

/** The facts as a file that is removed after the test. */
async function fileOf(facts: Facts): Promise<string> {
	const folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-matrix-'));
	onTestFinished(() => fs.rm(folder, {recursive: true}));
	const path = join(folder, 'facts.json');
	await fs.writeFile(path, JSON.stringify(facts));
	return path;
}

const fits = (lines: readonly string[]): void => {
	for (const line of lines) {
		expect(line.length, line).toBeLessThanOrEqual(80);
		expect(line).toMatch(/^[ -~]*$/);
	}
};

const rowIn = ({pairs}: Matrix, name: string) => {
	const found = pairs.find(row => row.name === name);
	if (!found) throw new Error(`no row of ${name}`);
	return found;
};

describe('the matrix', () => {
	it.each(architectures)('of a release for %s has every pair, in 80 columns of ASCII', architecture => {
		for (const release of ['3.3.0', '3.23.0', '3.29.0', '4.0.0', '4.1.0', '4.9.0']) {
			const matrix = matrixOfRelease(architecture, release);
			expect(matrix.pairs.map(({name}) => name)).toEqual(catalogue.pairs.map(pairName));
			fits(matrixLines(matrix));
			for (const {available, reason, file} of matrix.pairs) {
				expect(reason === null).toBe(available);
				expect(file !== null).toBe(available);
			}
		}
	});

	it('calls things as the release does', () => {
		expect(rowIn(matrixOfRelease('x86_64', '3.29.0'), 'rust-cloud-hypervisor')).toMatchObject({
			archive: 'kata-static',
			file: 'configuration-cloud-hypervisor.toml',
			table: 'hypervisor.cloud-hypervisor',
		});
		expect(rowIn(matrixOfRelease('x86_64', null), 'go-firecracker')).toMatchObject({
			available: true,
			archive: 'kata-go-static',
			deprecated: true,
			testedUpstream: false,
			needsBlockSnapshotter: true,
		});
		expect(rowIn(matrixOfRelease('x86_64', '3.32.0'), 'go-firecracker').deprecated).toBe(false);
	});

	it('says of StratoVirt that its binary is not shipped since 3.23.0', () => {
		expect(rowIn(matrixOfRelease('x86_64', '3.22.0'), 'go-stratovirt').available).toBe(true);
		expect(rowIn(matrixOfRelease('x86_64', '3.23.0'), 'go-stratovirt').reason).toContain('no release since 3.23.0');
	});

	it('of a host says why not and what helps, and recommends nothing while something is in the way of all', () => {
		const good = sampleFacts();
		const fine = matrixOfHost(good, judge(good), null);
		expect(fine.pairs.filter(({recommended}) => recommended).map(({name}) => name)).toEqual(['rust-qemu']);
		expect(rowIn(fine, 'go-firecracker')).toMatchObject({available: true, remedy: null});
		expect(rowIn(fine, 'rust-firecracker')).toMatchObject({available: false, reason: expect.any(String)});
		const bad = sampleFacts({kvm: {...good.kvm, state: 'missing', error: 'ENOENT'}});
		const blocked = matrixOfHost(bad, judge(bad), null);
		expect(blocked.blockers).not.toEqual([]);
		expect(blocked.pairs.filter(({recommended}) => recommended)).toEqual([]);
		expect(matrixLines(blocked).join('\n')).toContain('In the way of all of them: ');
		for (const matrix of [fine, blocked]) fits(matrixLines(matrix));
	});

	it('as Markdown has a row for each pair and each variant, with as many cells as its head', () => {
		const matrix = matrixOfRelease('x86_64', null);
		const rows = markdownLines(matrix).filter(line => line.startsWith('|'));
		expect(rows).toHaveLength(4 + matrix.pairs.length + matrix.advanced.length);
		const cells = (row: string): number => row.split('|').length;
		for (const row of rows.slice(0, 2 + matrix.pairs.length)) expect(cells(row)).toBe(cells(rows[0] ?? ''));
	});
});

describe('a story', () => {
	it.each(storyNames())('is told of %s in 80 columns of ASCII, with its source', name => {
		const story = storyOf(name.toUpperCase());
		if (!story) throw new Error(`no story of ${name}`);
		const lines = storyLines(story).map(ascii);
		fits(lines);
		expect(lines[0]).toContain(':');
		expect(lines.join('\n')).toMatch(/^ +source +\S/m);
	});

	it('is told of every option of Kata’s files', () => {
		for (const {tables} of vocabulary.files)
			for (const option of Object.values(tables as unknown as Record<string, string[]>).flat()) {
				const story = optionStory(option);
				if (!story) throw new Error(`no story of ${option}`);
				fits(optionLines(story).map(ascii));
			}
		// Thousands of stories: seconds of work, on a busy machine many.
	}, 60_000);

	it('of an option says where it stands and what the other runtime calls it', () => {
		const lines = optionLines(optionStory('dial_timeout') as NonNullable<ReturnType<typeof optionStory>>);
		expect(lines.join('\n')).toMatch(/reconnect_timeout_ms[\s\S]*rust: none[\s\S]*go {2}\[agent.kata\]/);
		expect(optionStory('no_such_option')).toBeNull();
	});
});

describe('the commands', {timeout: limit}, () => {
	it('list --arch looks at no host, and gives variants where they are asked for', async () => {
		const plain = JSON.parse((await kataSetup('list', '--arch', 's390x', '--json')).stdout) as Matrix;
		expect(plain).toMatchObject({schema: 1, architecture: 's390x', hostname: null, advanced: []});
		const {stdout} = await kataSetup('list', '--arch', 's390x', '--advanced', '--json');
		expect((JSON.parse(stdout) as Matrix).advanced.map(({name}) => name)).toContain('qemu-se');
	});

	it.each([
		[['list', '--arch', 'riscv64'], 'x86_64'],
		[['list', '--release', '3.2.0', '--arch', 'x86_64'], '3.3.0'],
		[['list', '--json', '--markdown', '--arch', 'x86_64'], 'either'],
		[['explain'], 'Which name?'],
		[['explain', 'snp'], 'qemu-snp'],
	])('%j is refused with exit code 2', async (args, words) => {
		const {exitCode, stdout, stderr} = await kataSetup(...args);
		expect(exitCode).toBe(2);
		expect(stdout + stderr).toContain(words);
	});

	it('explain --json gives the story as data', async () => {
		const {stdout} = await kataSetup('explain', 'clh', '--json');
		expect(JSON.parse(stdout)).toMatchObject({schema: 1, kind: 'hypervisor', name: 'cloud-hypervisor'});
	});

	const recommended = async (facts: Facts, ...args: string[]) => {
		const result = await kataSetup('recommend', '--json', '--facts', await fileOf(facts), ...args);
		expect(result.exitCode).toBe(0);
		expect(faultsOf('recommend.schema.json', JSON.parse(result.stdout))).toEqual([]);
		const {name, reasons} = JSON.parse(result.stdout) as {name: string; reasons: {id: string}[]};
		return [name, ...reasons.map(({id}) => id)];
	};

	it('recommend names the pair and why, by ids that stay', async () => {
		const good = sampleFacts({
			devices: sampleFacts().devices.map(device => ({...device, state: 'ok', moduleState: 'loaded'})),
		});
		expect(await recommended(good)).toEqual(['rust-qemu', 'default-of-release', 'nothing-to-change']);
		expect(await recommended(good, '--runtime', 'go')).toEqual([
			'go-qemu',
			'asked-for-runtime',
			'default-of-runtime',
			'nothing-to-change',
		]);
		expect(await recommended(good, '--release', '3.29.0')).toEqual([
			'go-qemu',
			'default-of-release',
			'nothing-to-change',
		]);
		const shm = {totalBytes: 64 * 1024 ** 2, freeBytes: 64 * 1024 ** 2};
		expect((await recommended(sampleFacts({...good, memory: {...good.memory, shm}}))).slice(0, 2)).toEqual([
			'rust-cloud-hypervisor',
			'passed-over',
		]);
	});

	it('recommend ends with 3 where nothing can be chosen, and says why of each', async () => {
		const result = await kataSetup('recommend', '--facts', await fileOf(sampleFacts({machine: 'riscv64'})));
		expect(result.exitCode).toBe(3);
		expect(result.stderr).toContain('rust-qemu: ');
	});

	it('recommend says that Docker needs QEMU where Docker is, and only there', async () => {
		const docker: NonNullable<Facts['docker']> = {
			pid: 700,
			socket: {path: '/run/docker.sock', listening: true},
			info: null,
			error: null,
			config: {
				path: '/etc/docker/daemon.json',
				exists: false,
				error: null,
				keys: [],
				runtimes: {},
				defaultRuntime: null,
			},
			flags: [],
		};
		expect(await recommended(sampleFacts({docker}))).toContain('docker-needs-qemu');
		expect(await recommended(sampleFacts({docker: null}))).not.toContain('docker-needs-qemu');
	});

	it('plan refuses an archive that has the configuration and not the binary, with exit code 7', async () => {
		const facts = await fileOf(sampleFacts());
		const archive = join(dirname(facts), 'kata-static-4.9.0-amd64.tar.zst');
		const file = './opt/kata/share/defaults/kata-containers/runtime-rs/configuration-qemu-runtime-rs.toml';
		const content = '[hypervisor.qemu]\npath = "/opt/kata/bin/qemu-system-x86_64"\n';
		const shim = {name: './opt/kata/runtime-rs/bin/containerd-shim-kata-v2', content: 'x'};
		await fs.writeFile(archive, zstdOf(await tarOf([shim, {name: file, content}])));
		const {exitCode, stderr} = await kataSetup('plan', '--facts', facts, '--archive', archive);
		expect(exitCode).toBe(7);
		expect(stderr).toContain('This release lacks bin/qemu-system-x86_64.');
	});
});
