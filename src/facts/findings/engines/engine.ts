/** The container engine that will start Kata. This version configures a plain containerd. */
import {atLeast} from '../../../catalogue/version.ts';
import type {ContainerdFacts, Facts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';
import {plainContainerds} from './engine-words.ts';
import {withoutContainerd} from './no-engine.ts';

/** The oldest containerd that Kata 4.1 is tested with (its versions.yaml and docs/prerequisites.md). */
const testedContainerd = '1.7.0';

const common = {id: 'engine', label: 'Engine'};

export const judgeEngine: Judgement = facts => {
	const why = unreadWhy(facts, 'containerd');
	if (why) return [unreadFinding('engine', 'Engine', 'The running containerd', why)];
	const [first, ...others] = plainContainerds(facts);
	if (!first) return [withoutContainerd(facts)];
	if (others.length > 0) return [several([first, ...others])];
	return [judgeContainerd(facts, first)];
};

const several = (found: ContainerdFacts[]): Finding =>
	finding({
		...common,
		severity: 'blocker',
		summary: `${found.length} containerds run here, and nothing says which one is meant`,
		detail: found.map(
			({pid, binary, version, unit, address, config}) =>
				`Process ${pid} is ${binary} ${version}${unit ? ` of ${unit}` : ''} with ${config.path}, on ${address}.`,
		),
		sources: found.map(({pid}) => `/proc/${pid}/cmdline`),
		remedy: ['Stop the one that should not get Kata, then check again.'],
	});

function judgeContainerd(facts: Facts, containerd: ContainerdFacts): Finding {
	const {version, config, address, binary, pid, unit} = containerd;
	const read = {
		detail: [
			`Process ${pid} is ${binary}; its configuration is ${config.path}${schemaOf(containerd)}, its socket ${address}.`,
			unit ? `systemd runs it as ${unit}.` : 'systemd does not run it, so it has to be restarted by hand.',
		],
		sources: [
			`/proc/${pid}/cmdline`,
			config.path,
			`${binary} -c ${config.path} config dump`,
			...(containerd.ctr ? [`ctr --address ${address} version`] : []),
			...(unit ? [`systemctl show ${unit}`] : []),
		],
	};
	const broken = brokenConfiguration(facts, containerd) ?? deadSocket(containerd);
	if (broken) return finding({...common, ...broken, ...read, detail: [...broken.detail, ...read.detail]});
	const faults = faultsOf(containerd);
	const cri = config.criDisabled
		? ['Its CRI plugin is switched off (disabled_plugins): ctr and nerdctl work, Kubernetes would not.']
		: [];
	return finding({
		...common,
		...read,
		severity: faults.length > 0 ? 'warning' : 'ok',
		summary: [`containerd ${version}`, ...faults.map(({summary}) => summary)].join(', '),
		detail: [...read.detail, ...cri],
		remedy: faults.map(({remedy}) => remedy),
	});
}

/** The schema of the main file, and what it brings in. */
function schemaOf({config}: ContainerdFacts): string {
	if (config.text === null) return config.sha256 === null && config.dumpError === null ? ', which is not there' : '';
	const imported = (config.files ?? []).filter(({path}) => path !== config.path).map(({path}) => path);
	return [
		config.version === null ? ' (no version declared)' : ` (version ${config.version})`,
		imported.length > 0 ? ` with ${imported.join(', ')}` : '',
	].join('');
}

interface Broken {
	severity: Finding['severity'];
	summary: string;
	detail: string[];
	remedy: string[];
	command: string | null;
}

/** A daemon that runs on, though what is on the disk would not let it start again. */
function brokenConfiguration({privileges}: Facts, {config, version, binary}: ContainerdFacts): Broken | null {
	if (config.criDisabled && config.dumpError === null) return null;
	if (config.runtimes !== null) return null;
	const {dumpError} = config;
	const perhapsRights =
		privileges.uid !== 0 && (dumpError === null || /permission denied|EACCES|EPERM|not permitted/i.test(dumpError));
	return {
		severity: perhapsRights ? 'unknown' : 'blocker',
		summary: perhapsRights
			? `containerd ${version} shows its configuration to root only`
			: dumpError === null
				? `containerd ${version} names no runtimes in its configuration`
				: `the configuration of containerd ${version} is broken already`,
		detail: [
			dumpError ?? `\`${binary} config dump\` names no runtimes.`,
			...(perhapsRights || dumpError === null
				? []
				: ['It runs with what it read when it was started; it would not start again.']),
		],
		remedy: [
			perhapsRights
				? 'Check again as root.'
				: `See what this command says, and mend ${config.path} before anything restarts containerd.`,
		],
		command: `sudo ${binary} -c ${config.path} config dump`,
	};
}

/** Nothing could be run through a daemon that does not answer. */
function deadSocket({socket, address, unit, version, pid}: ContainerdFacts): Broken | null {
	const said: Partial<Record<NonNullable<typeof socket>['state'], string>> = {
		silent: 'does not answer on its socket',
		refused: 'runs, but nobody listens on its socket',
		absent: 'runs, but its socket is not there',
		error: 'does not say its version',
	};
	const what = socket && said[socket.state];
	if (!socket || !what) return null;
	return {
		severity: 'blocker',
		summary: `containerd ${version} ${what}`,
		detail: [
			`${address}: ${socket.error ?? 'there is no such file.'}`,
			`Process ${pid} is there all the same: it hangs, or another one has taken its socket.`,
		],
		remedy: [
			`See why with \`journalctl -u ${unit ?? 'containerd'}\`, and restart it when its containers allow; then check again.`,
		],
		command: unit ? `sudo systemctl restart ${unit}` : null,
	};
}

function faultsOf({version, ctr, unit, binary, binaryVersion}: ContainerdFacts): {summary: string; remedy: string}[] {
	const faults: {summary: string; remedy: string}[] = [];
	if (version !== 'unknown' && !atLeast(version, testedContainerd))
		faults.push({
			summary: 'older than the 1.7 that Kata is tested with',
			remedy: 'It usually works; a newer containerd is the safer choice.',
		});
	if (binaryVersion)
		faults.push({
			summary: `while the program is ${binaryVersion}`,
			remedy: `${binary} was replaced since the daemon started: restart it, so that what runs is what is installed, and check again.`,
		});
	if (!ctr)
		faults.push({
			summary: 'without ctr: nothing can be proven',
			remedy: 'Install ctr, which comes with containerd, for the smoke test.',
		});
	if (!unit)
		faults.push({
			summary: 'not run by systemd',
			remedy: 'Restart containerd yourself after the installation; ctr and nerdctl need no restart.',
		});
	return faults;
}
