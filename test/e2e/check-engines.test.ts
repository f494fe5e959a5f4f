/**
 * `kata-setup check --json` beside real engines that are well, hang, have lost their socket or cannot start again: containerd
 * of every line that can be had here, and Docker 26. Each in a private host, at the engines' own paths.
 */
// needs: engines
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import type {Facts} from '../../src/facts/facts.ts';
import type {Finding} from '../../src/facts/findings.ts';
import {type ContainerdEngine, containerdEngines, engineFolder} from './support/engines.ts';
import {unpackProject} from './support/package.ts';
import {openPrivateHost, type PrivateHost} from './support/private-host.ts';

interface Check {
	facts: Facts;
	findings: Finding[];
	/** Milliseconds from the start of the process to its end. */
	took: number;
}

const engines = await containerdEngines();
const config = '/etc/containerd/config.toml';
const socket = '/run/containerd/containerd.sock';
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** A check that waits for one daemon that hangs waits for nothing else: one limit, and not the sum of several. */
const oneLimit = 15_000;
const duplicate = `version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n[plugins."io.containerd.grpc.v1.cri"]\n`;

let folder: string;
let program: string;
let host: PrivateHost;

beforeAll(async () => {
	folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-check-'));
	await fs.chmod(folder, 0o755);
	program = await unpackProject(folder);
});
afterAll(() => fs.rm(folder, {recursive: true}));
beforeEach(async () => {
	host = await openPrivateHost();
});
afterEach(() => host.close());

async function must(script: string, ...words: string[]): Promise<string> {
	const {code, stdout, stderr} = await host.run('bash', ['-c', `set -e\n${script}`, 'script', ...words]);
	if (code !== 0) throw new Error(`This ended with ${code}: ${script}\n${stdout}${stderr}`);
	return stdout.trim();
}

/** @param under a program that starts the check, with its arguments */
async function check(...under: string[]): Promise<Check> {
	// An archive that is not there says that no index is needed.
	const words = [...under, process.execPath, program, 'check', '--json', '--archive', '/none.tar.zst'];
	const begun = performance.now();
	const [file = '', ...args] = words;
	const env = {PATH: path, HOME: '/root', LANG: 'C.UTF-8'};
	const {code, stdout, stderr} = await host.run(file, args, {env, timeout: 60_000});
	const took = performance.now() - begun;
	if (!stdout.startsWith('{')) throw new Error(`The check ended with ${code}:\n${stdout}${stderr}`);
	return {...(JSON.parse(stdout) as {facts: Facts; findings: Finding[]}), took};
}

/** The finding of that name; `all` is the whole of it as text. */
function find({findings}: Check, id: string, severity?: Finding['severity']): Finding & {all: string} {
	const found = findings.find(finding => finding.id === id && (severity ?? finding.severity) === finding.severity);
	if (!found) throw new Error(`There is no finding ${id} among ${findings.map(finding => finding.id)}`);
	return {...found, all: JSON.stringify(found)};
}

/** Starts a daemon and waits for its socket. Gives its process id inside. */
const startDaemon = (binary: string, args: string, awaited: string): Promise<string> =>
	must(
		`cd /
log=$2/$(basename $1).log
env PATH=$(dirname $1):${path} setsid "$1" ${args} >>$log 2>&1 </dev/null &
until [ -S $3 ]; do kill -0 $! || { tail -5 $log; exit 1; }; sleep 0.05; done
echo $!`,
		binary,
		host.folder,
		awaited,
	);

/** A containerd at the default paths. @param mainFile null: it has no file */
async function startContainerd({binary}: ContainerdEngine, mainFile: string | null = 'version = 2\n'): Promise<string> {
	if (mainFile !== null) await must(`mkdir -p ${dirname(config)} && printf %s "$1" >${config}`, mainFile);
	const pid = await startDaemon(binary, '', socket);
	await must(`${join(dirname(binary), 'ctr')} version`);
	return pid;
}

describe.each(engines)('containerd $version', engine => {
	it('that is well is told with its server’s version, socket, file and containers, and has nothing against it', async () => {
		await startContainerd(engine);
		// A container of busybox alone, as an engine's user would have it: no image is needed.
		await must(
			`mkdir -p $1/root/bin && cp $(command -v busybox) $1/root/bin/
${join(dirname(engine.binary), 'ctr')} -n mine run -d --rootfs $1/root sleeper /bin/busybox sleep 1000`,
			host.folder,
		);
		const checked = await check();
		expect(checked.facts.containerd).toMatchObject([
			{
				binary: engine.binary,
				version: engine.version,
				binaryVersion: null,
				address: socket,
				socket: {state: 'answers'},
				ownedBy: null,
				containers: {mine: 1},
				config: {path: config, version: 2, dumpError: null},
			},
		]);
		// Its start and the change of its file were both some seconds ago, by two clocks.
		expect(Math.abs((checked.facts.containerd[0]?.startedMs ?? 0) - Date.now())).toBeLessThan(60_000);
		expect(checked.facts.idleContainerd).toBeNull();
		expect(checked.findings.map(({id}) => id)).not.toContain('engine-restart');
		expect(checked.findings.map(({id}) => id)).not.toContain('engine-schema');
		expect(find(checked, 'live-containers').summary).toBe('1 container running; containerd is not restarted');
		await must(`${join(dirname(engine.binary), 'ctr')} -n mine tasks kill -s KILL sleeper`);
	});

	it('whose file was changed since runs with the old one, and with a broken one would not start again', async () => {
		await startContainerd(engine);
		await must(`touch -d '+1 hour' ${config}`);
		expect(find(await check(), 'engine-restart').summary).toContain(config);
		await must(`printf %s "$1" >${config}`, duplicate);
		const found = find(await check(), 'engine', 'blocker');
		expect(found.summary).toBe(`the configuration of containerd ${engine.version} is broken already`);
		expect(found.detail[0]).toMatch(/duplicated tables|already (exists|defined)/);
	});

	it('that hangs is said not to answer, and delays nothing but itself', async () => {
		const pid = await startContainerd(engine);
		await must(`kill -STOP ${pid}`);
		const checked = await check();
		await must(`kill -CONT ${pid}`);
		expect(find(checked, 'engine', 'blocker').summary).toContain('does not answer on its socket');
		expect(checked.facts.containerd).toMatchObject([{socket: {state: 'silent'}, containers: null}]);
		expect(checked.facts.unread).toEqual([]);
		expect(checked.took).toBeLessThan(oneLimit);
	});

	it('whose socket was replaced by one that nobody listens on is said to be dead', async () => {
		await startContainerd(engine);
		await must(
			`rm ${socket}
"$1" -e 'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))' ${socket} || [ -S ${socket} ]`,
			process.execPath,
		);
		const checked = await check();
		expect(checked.facts.containerd).toMatchObject([{socket: {state: 'refused'}}]);
		expect(find(checked, 'engine', 'blocker').summary).toContain('nobody listens');
	});
});

describe('several containerds', () => {
	it('are named with their versions, and one that hangs does not hide the other', async () => {
		const [first, second] = [engines[0], engines.at(-1)];
		if (!first || !second || first === second) throw new Error('two lines of containerd are needed');
		await startContainerd(first);
		await must('mkdir -p /run/second && printf %s "$1" >/run/second/c.toml', 'version = 2\n');
		const args = '-c /run/second/c.toml --root /run/second/root --state /run/second/state --address /run/second/c.sock';
		const pid = await startDaemon(second.binary, args, '/run/second/c.sock');
		const checked = await check();
		expect(checked.facts.containerd.map(({version, address}) => [version, address])).toEqual([
			[first.version, socket],
			[second.version, '/run/second/c.sock'],
		]);
		expect(find(checked, 'engine', 'blocker').all).toContain('nothing says which one is meant');
		await must(`kill -STOP ${pid}`);
		const hung = await check();
		await must(`kill -CONT ${pid}`);
		expect(hung.facts.containerd.map(({socket: said}) => said?.state)).toEqual(['answers', 'silent']);
		expect(hung.took).toBeLessThan(oneLimit);
	});
});

describe('a containerd that is installed and does not run', () => {
	it('is told with what its file would make of it, and with the socket that lies about', async () => {
		await must(`mkdir -p ${dirname(config)} ${dirname(socket)} && printf %s "$1" >${config}`, duplicate);
		// A network namespace of its own: the kernel's table of sockets is not that of other hosts on this machine then.
		await must(
			`unshare --net "$1" -e 'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))' ${socket} || [ -S ${socket} ]`,
			process.execPath,
		);
		const checked = await check('unshare', '--net');
		expect(checked.facts.idleContainerd).toMatchObject({binary: '/usr/bin/containerd', socket: 'stale'});
		const found = find(checked, 'engine', 'blocker');
		expect(found.summary).toContain('is stopped, and its configuration is broken');
		expect(found.detail[0]).toMatch(/duplicated tables|already (exists|defined)/);
		expect(found.all).toContain('nobody listens on it');
	});
});

describe('Docker 26', () => {
	const folderOfDocker = engineFolder('trixie');
	const opened = '/opt/engines';
	const dockerd = `${opened}/trixie/usr/sbin/dockerd`;
	const flags = `--userland-proxy=false --bridge=none --iptables=false --containerd=${socket} --pidfile /run/docker.pid`;
	const api = '/run/docker.sock';

	/** With its client where clients are; a daemon.json if there is to be one. */
	async function startDocker(daemonJson: string | null = null): Promise<string> {
		const engine = engines.find(({binary}) => binary.startsWith(folderOfDocker));
		if (!engine) throw new Error('containerd 1.7 is needed');
		// The cache may lie in a home that is closed to others, where no engine would.
		await must(`mkdir -p ${opened} && mount --bind ${join(folderOfDocker, '../../..')} ${opened}`);
		await startContainerd({...engine, binary: `${opened}/trixie/usr/bin/containerd`});
		await must(
			`ln -s ${opened}/trixie/usr/bin/docker /usr/local/bin/docker
[ -z "$1" ] || { mkdir -p /etc/docker && printf %s "$1" >/etc/docker/daemon.json; }`,
			daemonJson ?? '',
		);
		const pid = await startDaemon(dockerd, flags, api);
		await must('docker version');
		return pid;
	}

	it('beside containerd is named with its version and its containers, which are counted in both', async () => {
		await startDocker();
		await must(
			`mkdir -p $1/image/bin && cp $(command -v busybox) $1/image/bin/
tar -C $1/image -c . | docker import - b
docker run -d --name sleeper --network none b /bin/busybox sleep 1000`,
			host.folder,
		);
		const checked = await check();
		expect(checked.facts.docker).toMatchObject({
			socket: {path: api, listening: true},
			info: {running: 1, liveRestore: false, rootless: false, defaultRuntime: 'runc'},
			error: null,
			config: {exists: false},
		});
		expect(checked.facts.docker?.info?.version).toMatch(/^26\./);
		expect(checked.facts.docker?.flags).toContain('bridge');
		expect(checked.facts.containerd[0]?.containers).toEqual({moby: 1});
		expect(find(checked, 'docker', 'note').summary).toMatch(/^Docker 26\..* answers; 1 container running$/);
		expect(find(checked, 'other-engines').summary).toBe('Docker runs here too, and is left as found');
		await must('docker rm -f sleeper');
	});

	it('that hangs is a warning, and nothing else waits for it or is missing', async () => {
		const pid = await startDocker();
		const well = await check();
		await must(`kill -STOP ${pid}`);
		const checked = await check();
		await must(`kill -CONT ${pid}`);
		expect(find(checked, 'docker', 'warning').summary).toBe('dockerd runs, but does not answer');
		expect(checked.facts).toMatchObject({docker: {info: null}, containerd: well.facts.containerd, unread: []});
		expect(checked.facts.docker?.error).toContain('did not end in time');
		expect(checked.facts.otherEngines).toEqual(well.facts.otherEngines);
		expect(checked.took).toBeLessThan(oneLimit);
	});

	it('whose file was broken since, or says what a flag says, would not start again: dockerd agrees', async () => {
		await startDocker('{"debug": true}');
		await must(`printf %s "$1" >/etc/docker/daemon.json`, '{"debug": true,');
		expect(find(await check(), 'docker', 'warning').summary).toBe('/etc/docker/daemon.json is broken');
		const validate = `${dockerd} ${flags} --validate 2>&1 && exit 1 || true`;
		expect(await must(validate)).toContain('unable to configure the Docker daemon');
		await must(`printf %s "$1" >/etc/docker/daemon.json`, '{"bridge": "none"}');
		expect(find(await check(), 'docker', 'warning').summary).toContain('is told bridge twice');
		expect(await must(validate)).toContain('bridge: (from flag: none, from file: none)');
	});

	it('says little to one who is neither root nor in its group, and nothing false', async () => {
		await startDocker();
		const checked = await check('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups');
		expect(checked.facts.privileges.uid).toBe(65534);
		expect(find(checked, 'docker', 'note').summary).toContain('says more to root');
		expect(checked.facts.containerd).toMatchObject([{socket: {state: 'denied'}, containers: null}]);
		expect(find(checked, 'engine').severity).not.toBe('blocker');
	});
});
