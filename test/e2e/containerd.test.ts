/**
 * The containerd probe, the edit and its step, on real daemons of every containerd that can be had here.
 *
 * Needs root and containerd. A stand-in answers for systemctl, since the daemons of this test are not systemd's. A daemon
 * without a main file is met in journey.test.ts: only the default path may be missing.
 */
// needs: engines
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {checkPreconditions} from '../../src/apply/preconditions.ts';
import {compareDumps, foreignDifferences} from '../../src/engines/config-diff.ts';
import {dumpConfig, pluginStates} from '../../src/engines/containerd-daemon.ts';
import {readDump} from '../../src/engines/containerd-dump.ts';
import {planContainerdEdit} from '../../src/engines/containerd-edit.ts';
import {emulatedDump} from '../../src/engines/emulated-dump.ts';
import {sectionsOf} from '../../src/engines/snapshotter-edit.ts';
import {KataSetupError} from '../../src/errors.ts';
import type {ContainerdFacts} from '../../src/facts/facts.ts';
import type {ContainerdConfigArguments} from '../../src/plan/plan.ts';
import {cleanUp} from '../../src/smoke/clean-up.ts';
import {newId, runContainer} from '../../src/smoke/container.ts';
import {ctrOn} from '../../src/smoke/ctr.ts';
import {imageArchive} from '../../src/smoke/image.ts';
import {containerdConfigStep as step} from '../../src/steps/containerd-config.ts';
import {mendScratchStep} from '../../src/steps/mend-scratch.ts';
import {scratchFileStep} from '../../src/steps/scratch-file.ts';
import {version2Texts, version3Texts} from '../engines/configs.ts';
import {reportOf} from '../support/throwaway.ts';
import {BareContainerd, unit} from './support/bare-containerd.ts';
import {containerdEngines} from './support/engines.ts';

const paths = {runtimePath: '/etc/kata/shim', configPath: '/etc/kata/configuration.toml'};
const context = {signal: new AbortController().signal, progress: () => {}, log: () => {}, verdict: () => {}};

function argumentsFor(containerd: ContainerdFacts): ContainerdConfigArguments {
	const {binary, address, ctr, version} = containerd;
	const {edits, handler} = planContainerdEdit(containerd, paths);
	return {binary, address, ctr, version, config: containerd.config.path, edits, handler, runtime: paths, restart: unit};
}

/** All files below the configuration's folder, with their bytes. */
async function snapshot(folder: string): Promise<Record<string, string>> {
	const names = (await fs.readdir(folder, {recursive: true})).sort();
	const entries = names.map(async name => {
		const stat = await fs.lstat(join(folder, name));
		return [name, stat.isFile() ? await fs.readFile(join(folder, name), 'base64') : `mode ${stat.mode}`];
	});
	return Object.fromEntries(await Promise.all(entries));
}

const builtIn: Record<string, string> = {...version2Texts};

describe.each(await containerdEngines())('containerd $version', ({binary, version}) => {
	const isOld = version.startsWith('1.');
	let folder: string;
	let server: BareContainerd;

	beforeEach(async () => {
		folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-e2e-'));
		await fs.mkdir(join(folder, 'etc'));
		server = new BareContainerd(folder, binary);
	});
	afterEach(async () => {
		await server.stop();
		await fs.rm(folder, {recursive: true, force: true});
	});

	const place = (text: string): Promise<void> => fs.writeFile(server.config, text);
	const highest = isOld
		? 2
		: version.startsWith('2.0') || version.startsWith('2.1') || version.startsWith('2.2')
			? 3
			: 4;
	const readable = Object.entries(isOld ? builtIn : version3Texts).filter(([, text]) => {
		const declared = /version"? = (\d)/.exec(text)?.[1];
		return declared === undefined || Number(declared) <= highest;
	});
	// A file with imports of its own needs those files.
	const plain = readable.filter(([, text]) => !/imports'? = \[[^\]]*\.toml/s.test(text));

	it('is found from its process, with everything that a plan needs', async () => {
		await place('version = 2\n');
		await server.start();
		const containerd = await server.found();
		expect(containerd).toMatchObject({binary, version, ownedBy: null});
		expect(containerd.snapshotters?.overlayfs).toBe('ok');
		expect(containerd.config).toMatchObject({
			path: server.config,
			text: 'version = 2\n',
			version: 2,
			criDisabled: false,
			defaultRuntime: 'runc',
			dumpError: null,
		});
		expect(containerd.config.runtimes?.runc?.runtime_type).toBe('io.containerd.runc.v2');
	});

	it.each(plain)('gets the handler, keeps everything else, and gives every byte back: %s', async (_name, text) => {
		await place(text);
		await server.start();
		const before = {files: await snapshot(join(folder, 'etc')), dump: await server.dump()};
		const args = argumentsFor(await server.found());
		const inverse = await step.prepare(server.host, args);
		await step.perform(server.host, args, context);
		await step.verify(server.host, args);
		const after = await server.dump();
		expect(foreignDifferences(compareDumps(before.dump.parsed, after.parsed), 'kata')).toEqual([]);
		expect(after.runtimes.kata).toMatchObject({
			runtime_path: paths.runtimePath,
			privileged_without_host_devices: true,
			options: {ConfigPath: paths.configPath},
		});
		expect(after.runtimes.runc).toMatchObject({runtime_type: 'io.containerd.runc.v2'});
		expect(after.defaultRuntime).toBe('runc');
		expect((await pluginStates(server.host, args))?.['io.containerd.grpc.v1 cri']).toBe('ok');
		expect(await step.undo(server.host, args, inverse, context)).toEqual([]);
		expect(await snapshot(join(folder, 'etc'))).toEqual(before.files);
		expect(compareDumps(before.dump.parsed, (await server.dump()).parsed)).toEqual([]);
		expect((await pluginStates(server.host, args))?.['io.containerd.grpc.v1 cri']).toBe('ok');
	});

	it('takes its own block out of a file that was changed since, and the daemon starts with the rest', async () => {
		await place(version2Texts['Debian 12'] ?? '');
		await server.start();
		const args = argumentsFor(await server.found());
		const inverse = await step.prepare(server.host, args);
		await step.perform(server.host, args, context);
		const crun = `[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun]\n  runtime_type = "io.containerd.runc.v2"\n`;
		await fs.appendFile(server.config, crun);
		const left = await step.undo(server.host, args, inverse, context);
		expect(left[0]).toContain('was changed since');
		expect(Object.keys((await server.dump()).runtimes).sort()).toEqual(['crun', 'runc']);
		expect((await pluginStates(server.host, args))?.['io.containerd.grpc.v1 cri']).toBe('ok');
		expect(await fs.readFile(server.config, 'utf8')).not.toContain('kata');
	});

	it('gives every byte back through the programs and the socket that it has now, not those of the install', async () => {
		const tarball = join(folder, 'local');
		await fs.mkdir(tarball);
		for (const name of ['containerd', 'ctr'])
			await fs.copyFile(binary.replace(/containerd$/, name), join(tarball, name));
		server.binary = join(tarball, 'containerd');
		await place(version2Texts['Debian 12'] ?? '');
		await server.start();
		const before = await snapshot(join(folder, 'etc'));
		const args = argumentsFor(await server.found());
		expect(args).toMatchObject({binary: join(tarball, 'containerd'), ctr: join(tarball, 'ctr')});
		const inverse = await step.prepare(server.host, args);
		await step.perform(server.host, args, context);
		await server.stop();
		await fs.rm(tarball, {recursive: true});
		server.binary = binary;
		server.socket = 'other.sock';
		await server.start();
		const {pid} = await server.found();
		expect(await step.undo(server.host, args, inverse, context)).toEqual([]);
		expect(await snapshot(join(folder, 'etc'))).toEqual(before);
		const restarted = await server.found();
		expect(restarted.pid).not.toBe(pid);
		expect(restarted.config.runtimes).not.toHaveProperty('kata');
		expect((await pluginStates(server.host, restarted))?.['io.containerd.grpc.v1 cri']).toBe('ok');
	});

	it('says whose files are in a snapshotter, and a pool stays while it runs and does not say', async () => {
		await place('version = 2\n');
		await server.start();
		const {ctr, address} = await server.found();
		const asked = {kind: 'no-snapshots', ctr: ctr ?? '', address} as const;
		const check = (snapshotter: string) => checkPreconditions(server.host, [{...asked, snapshotter}]);
		const prepare = ['-a', address, '-n', 'web', 'snapshots', '--snapshotter', 'native', 'prepare', 'c1'];
		expect((await server.host.run(ctr ?? '', prepare)).code).toBe(0);
		expect(await reportOf(check('native'))).toMatchObject({exit: 'sandboxes', evidence: ['c1 (namespace web)']});
		// It has none of that name: so have no containers.
		await check('devmapper');
		server.pause();
		expect(await reportOf(check('native'))).toMatchObject({
			exit: 'host',
			message: expect.stringContaining('could not be told'),
		});
		server.goOn();
		expect((await reportOf(check('native'))).exit).toBe('sandboxes');
		await server.stop();
		await check('native');
	});

	it('does not restart a daemon that would not read what remains, and says what it does not like', async () => {
		await place(version2Texts['Debian 12'] ?? '');
		await server.start();
		const args = argumentsFor(await server.found());
		const inverse = await step.prepare(server.host, args);
		await step.perform(server.host, args, context);
		await fs.appendFile(server.config, '[grpc]\n  max_recv_message_size = "a lot"\n');
		const {pid} = await server.found();
		const error = await step.undo(server.host, args, inverse, context).then(
			() => null,
			(thrown: unknown) => thrown,
		);
		expect(error).toBeInstanceOf(KataSetupError);
		expect((error as KataSetupError).report).toMatchObject({exit: 'incomplete'});
		expect((error as KataSetupError).report.why).toMatch(/max_recv_message_size|MaxRecvMsgSize|string/);
		expect((await server.found()).pid).toBe(pid);
		expect((await pluginStates(server.host, args))?.['io.containerd.grpc.v1 cri']).toBe('ok');
		expect(await fs.readFile(server.config, 'utf8')).not.toContain('kata');
	});

	it('refuses before the restart what would keep the daemon from starting', async () => {
		await place('version = 2\n');
		await server.start();
		const args = argumentsFor(await server.found());
		const spoilt = args.edits.map(edit => ({...edit, after: `${edit.after}[broken\n`}));
		const pid = (await server.found()).pid;
		await expect(step.perform(server.host, {...args, edits: spoilt}, context)).rejects.toThrow(KataSetupError);
		expect((await server.found()).pid).toBe(pid);
		expect(await fs.readFile(server.config, 'utf8')).toBe('version = 2\n');
	});

	it('refuses a drop-in that would cost the user’s settings', async () => {
		const kept = version2Texts['a Kubernetes node with mirrors, comments at the end and no last line break'] ?? '';
		await place(kept.replace('root = "/data/containerd"\n', ''));
		await server.start();
		const args = argumentsFor(await server.found());
		// What the other method would write: on 1.x an import, on 2.x keys of another version than the main file's.
		const table = isOld ? 'io.containerd.grpc.v1.cri' : 'io.containerd.cri.v1.runtime';
		const bad = {
			path: join(folder, 'etc/conf.d/kata-setup.toml'),
			before: null,
			after: `version = ${isOld ? 2 : 3}\n[plugins."${table}".containerd.runtimes.kata]\nruntime_type = "io.containerd.kata.v2"\nruntime_path = "${paths.runtimePath}"\n[plugins."${table}".containerd.runtimes.kata.options]\nConfigPath = "${paths.configPath}"\n`,
			mode: 0o644,
			what: 'bad',
		};
		const error = await step.perform(server.host, {...args, edits: [bad]}, context).then(
			() => null,
			(thrown: unknown) => thrown,
		);
		expect(error).toBeInstanceOf(KataSetupError);
		expect((error as KataSetupError).report.evidence.join('\n')).toContain('SystemdCgroup');
	});

	// 1.6 has no such snapshotter.
	if (!version.startsWith('1.6'))
		it('sets up blockfile for the handler alone, runs a container with it, and takes it away again', async () => {
			// `config default` of 1.7 prints the section with empty values, which cannot be written twice.
			const empty = `version = 2\n[plugins."io.containerd.snapshotter.v1.blockfile"]\n  root_path = ""\n  scratch_file = ""\n`;
			for (const text of isOld ? ['version = 2\n', empty] : ['version = 3\n']) {
				await place(text);
				await server.start();
				const before = {files: await snapshot(join(folder, 'etc')), dump: await server.dump()};
				const setUp = {rootPath: join(folder, 'blockfile'), scratchFile: join(folder, 'scratch.ext4')};
				const file = {path: setUp.scratchFile, bytes: 64 * 2 ** 20, mkfs: '/usr/sbin/mkfs.ext4', root: setUp.rootPath};
				const made = await scratchFileStep.prepare(server.host, file);
				await scratchFileStep.perform(server.host, file, context);
				await scratchFileStep.verify(server.host, file);
				const snapshotter = {name: 'blockfile', setUp};
				const containerd = await server.found();
				const {edits, handler} = planContainerdEdit(containerd, {...paths, snapshotter});
				const args = {...argumentsFor(containerd), edits, handler, snapshotter};
				const inverse = await step.prepare(server.host, args);
				await step.perform(server.host, args, context);
				await step.verify(server.host, args);
				const after = await server.dump();
				expect(foreignDifferences(compareDumps(before.dump.parsed, after.parsed), 'kata', [sectionsOf(setUp)])).toEqual(
					[],
				);
				expect(after.runtimes.kata?.snapshotter).toBe('blockfile');
				expect(after.runtimes.runc?.snapshotter ?? '').toBe('');
				expect((await pluginStates(server.host, args))?.['io.containerd.snapshotter.v1 blockfile']).toBe('ok');
				const archive = imageArchive((await server.host.run('uname', ['-m'])).stdout.trim());
				const ctr = ctrOn(server.host, {ctr: binary.replace(/containerd$/, 'ctr'), address: server.address});
				expect((await ctr(['images', 'import', archive ?? ''])).code).toBe(0);
				const runc = {runtime: 'io.containerd.runc.v2', configuration: null, snapshotter: 'blockfile'};
				const run = await runContainer(
					server.host,
					ctr,
					{id: newId(), ...runc, timeoutMs: 60_000, signal: context.signal},
					async () => fs.readFile('/proc/mounts', 'utf8'),
				);
				expect(run.answer, run.result.stderr).not.toBeNull();
				expect(run.seen).toContain('ext4');
				const own = {...args, ctr: args.ctr ?? '', shim: '/x', tree: '/x', snapshotter: 'blockfile'};
				expect(await cleanUp(server.host, own)).toEqual([]);
				// Cut off, it is made anew, and containerd copies it where its own copy is gone.
				const mend = {...file, kept: `${file.path}.replaced`};
				await fs.truncate(file.path, 3);
				const mended = await mendScratchStep.prepare(server.host, mend);
				await mendScratchStep.perform(server.host, mend, context);
				await mendScratchStep.verify(server.host, mend);
				await fs.rm(mend.kept);
				await server.stop();
				await fs.rm(join(setUp.rootPath, 'scratch'));
				await server.start();
				expect((await ctr(['images', 'import', archive ?? ''])).code).toBe(0);
				const again = await runContainer(
					server.host,
					ctr,
					{id: newId(), ...runc, timeoutMs: 60_000, signal: context.signal},
					async () => {
						await expect(mendScratchStep.prepare(server.host, mend)).rejects.toThrow('in use since');
						return 'seen';
					},
				);
				expect(again.answer, again.result.stderr).not.toBeNull();
				expect(again.seen).toBe('seen');
				expect(await cleanUp(server.host, own)).toEqual([]);
				expect(mended).toEqual({before: true});
				expect(await step.undo(server.host, args, inverse, context)).toEqual([]);
				expect(await scratchFileStep.undo(server.host, file, made, context)).toEqual([]);
				expect(await snapshot(join(folder, 'etc'))).toEqual(before.files);
				expect((await fs.readdir(folder)).filter(name => /blockfile|scratch/.test(name))).toEqual([]);
				await server.stop();
			}
		}, 120_000);

	// 1.x is not emulated: its drop-ins are never written.
	if (isOld) return;
	it('merges runtimes as our emulation of it does', async () => {
		for (const [, text] of plain) {
			await place(text);
			await fs.mkdir(join(folder, 'etc/conf.d'), {recursive: true});
			await fs.rm(join(folder, 'etc/conf.d/kata-setup.toml'), {force: true});
			const config = {...(await probeWithoutDaemon(server, binary, version))};
			for (const {path, after} of planContainerdEdit(config, paths).edits) await fs.writeFile(path, after);
			const real = await server.dump();
			const played = readDump(await emulatedDump(server.host.files, server.config));
			expect(Object.keys(played.runtimes).sort()).toEqual(Object.keys(real.runtimes).sort());
			for (const [name, table] of Object.entries(played.runtimes)) expect(real.runtimes[name]).toMatchObject(table);
		}
	});
});

async function probeWithoutDaemon(server: BareContainerd, binary: string, version: string): Promise<ContainerdFacts> {
	const {readContainerdConfig} = await import('../../src/facts/engines/containerd-config.ts');
	const dump = await dumpConfig(server.host, binary, server.config);
	const {config} = await readContainerdConfig(server.host, server.config, version, dump);
	return {
		name: 'containerd',
		pid: 1,
		binary,
		ctr: null,
		version,
		address: server.address,
		unit,
		ownedBy: null,
		snapshotters: null,
		config,
	};
}
