/** The container engine that will start Kata. This version configures a plain containerd. */
import {atLeast} from '../../catalogue/version.ts';
import type {ContainerdFacts, Facts, OtherEngineFacts} from '../facts.ts';
import type {Finding} from '../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from './judgement.ts';

/** The oldest containerd that Kata 4.1 is tested with (its versions.yaml and docs/prerequisites.md). */
const testedContainerd = '1.7.0';

const common = {id: 'engine', label: 'Engine'};

export const judgeEngine: Judgement = facts => {
	const why = unreadWhy(facts, 'containerd');
	if (why) return [unreadFinding('engine', 'Engine', 'The running containerd', why)];
	const [first, second] = facts.containerd.filter(({ownedBy}) => ownedBy === null);
	if (!first) return [withoutContainerd(facts)];
	if (second) return [several([first, second])];
	return [judgeContainerd(facts, first)];
};

const titles: Record<OtherEngineFacts['name'] | 'containerd', string> = {
	containerd: 'containerd',
	docker: 'Docker',
	crio: 'CRI-O',
	k3s: 'k3s',
	rke2: 'RKE2',
	k0s: 'k0s',
	microk8s: 'MicroK8s',
	podman: 'Podman',
	nerdctl: 'nerdctl',
};

function withoutContainerd({containerd, otherEngines, os}: Facts): Finding {
	const owners = containerd.map(({ownedBy}) => ownedBy).filter(owner => owner !== null);
	const running = [...new Set([...owners, ...otherEngines.filter(engine => engine.running).map(({name}) => name)])];
	const install = installWords(os.id);
	if (running.length > 0) {
		const names = running.map(name => titles[name]).join(' and ');
		return finding({
			...common,
			severity: 'blocker',
			summary: `${names} ${running.length > 1 ? 'run' : 'runs'} here, which this version does not configure yet`,
			detail: [
				`Kata works with ${names}, but this version of kata-setup registers Kata only with a containerd that runs on its own, as containerd.service does.`,
			],
			...install,
			remedy: [`Beside ${names}: ${install.remedy[0]}`],
		});
	}
	if (otherEngines.some(({name}) => name === 'podman'))
		return finding({
			...common,
			severity: 'blocker',
			summary: 'Only Podman is here, and Podman cannot run Kata',
			detail: [
				'Podman starts containers through command-line runtimes. Kata has been a shim for containerd and CRI-O since its version 2.',
			],
			...install,
		});
	return finding({
		...common,
		severity: 'blocker',
		summary: 'No container engine is running',
		detail: ['Kata is started by a container engine. No process on this host is a containerd.'],
		...install,
	});
}

const packageCommands: Record<string, string> = {
	debian: 'sudo apt-get install containerd',
	ubuntu: 'sudo apt-get install containerd',
	fedora: 'sudo dnf install containerd && sudo systemctl enable --now containerd',
	arch: 'sudo pacman -S containerd && sudo systemctl enable --now containerd',
	alpine: 'sudo apk add containerd && sudo rc-service containerd start',
};

const installWords = (id: string): {remedy: string[]; command: string | null} => ({
	remedy: ['Install containerd (1.7 or later), start it, and check again. If it is installed, start it.'],
	command: packageCommands[id] ?? null,
});

const several = (found: ContainerdFacts[]): Finding =>
	finding({
		...common,
		severity: 'blocker',
		summary: 'Several containerds are running, and nothing says which one is meant',
		detail: found.map(({pid, binary, config}) => `Process ${pid} is ${binary} with ${config.path}.`),
		remedy: ['Stop the one that should not get Kata, then check again.'],
	});

function judgeContainerd(facts: Facts, containerd: ContainerdFacts): Finding {
	const {version, config, address, binary, pid, unit, ctr} = containerd;
	const read = [
		`Process ${pid} is ${binary}; its configuration is ${config.path}, its socket ${address}.`,
		unit ? `systemd runs it as ${unit}.` : 'systemd does not run it, so it has to be restarted by hand.',
		...beside(facts),
	];
	if (!config.criDisabled && config.runtimes === null)
		return finding({
			...common,
			severity: facts.privileges.uid === 0 ? 'blocker' : 'unknown',
			summary: `containerd ${version} does not print its configuration`,
			detail: [config.dumpError ?? `\`${binary} config dump\` names no runtimes.`, ...read],
			remedy: [`See what \`${binary} -c ${config.path} config dump\` says as root, and mend it.`],
		});
	const faults: {summary: string; remedy: string}[] = [];
	if (version !== 'unknown' && !atLeast(version, testedContainerd))
		faults.push({
			summary: 'older than the 1.7 that Kata is tested with',
			remedy: 'It usually works; a newer containerd is the safer choice.',
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
	const cri = config.criDisabled
		? ['Its CRI plugin is switched off (disabled_plugins): ctr and nerdctl work, Kubernetes would not.']
		: [];
	return finding({
		...common,
		severity: faults.length > 0 ? 'warning' : 'ok',
		summary: [`containerd ${version}`, ...faults.map(({summary}) => summary)].join(', '),
		detail: [...read, ...cri],
		remedy: faults.map(({remedy}) => remedy),
	});
}

/** Other engines that run here are named; they are left as they are. */
function beside({otherEngines, containerd}: Facts): string[] {
	const owners = containerd.map(({ownedBy}) => ownedBy).filter(owner => owner !== null);
	const names = [...new Set([...owners, ...otherEngines.filter(({running}) => running).map(({name}) => name)])];
	return names.length > 0
		? [`Running beside it and left as found: ${names.map(name => titles[name]).join(', ')}.`]
		: [];
}
