/** A host on which no plain containerd runs: what there is instead, and the way to one. */
import {hasFailed} from '../../engines/engine-units.ts';
import type {Facts, IdleContainerdFacts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding} from '../judgement.ts';
import {engineTitles, listed, runningBeside, worksToday} from './engine-words.ts';

const common = {id: 'engine', label: 'Engine', severity: 'blocker'} as const;

/** The blocker that stands for the engine then. */
export function withoutContainerd(facts: Facts): Finding {
	if (facts.idleContainerd) return idle(facts, facts.idleContainerd);
	const {otherEngines, os} = facts;
	const running = runningBeside(facts);
	const install = installWords(os.id);
	if (running.length > 0) {
		const names = listed(running.map(name => engineTitles[name]));
		return finding({
			...common,
			summary: `${names} ${running.length > 1 ? 'run' : 'runs'} here, which this version does not configure yet`,
			detail: [
				`This version of kata-setup registers Kata only with a containerd that runs on its own, as containerd.service does.`,
				...running.map(name => worksToday[name] ?? ''),
			].filter(line => line !== ''),
			sources,
			...install,
			remedy: [`Beside ${names}: ${install.remedy[0]}`],
		});
	}
	if (otherEngines.some(({name}) => name === 'podman'))
		return finding({
			...common,
			summary: 'Only Podman is here, and Podman cannot run Kata',
			detail: [worksToday.podman ?? ''],
			sources,
			...install,
		});
	return finding({
		...common,
		summary: 'No container engine is running',
		detail: ['Kata is started by a container engine. No process on this host is a containerd.'],
		sources,
		...install,
	});
}

const sources = ['/proc/*/cmdline'];

function idle(facts: Facts, found: IdleContainerdFacts): Finding {
	const {binary, version, configPath, configError, socket} = found;
	const unit = (facts.engineUnits ?? []).find(one => one.unit === 'containerd.service');
	const failed = unit !== undefined && hasFailed(unit);
	const beside = runningBeside(facts).map(name => engineTitles[name]);
	const name = `containerd${version ? ` ${version}` : ''}`;
	return finding({
		...common,
		summary:
			configError !== null
				? `${name} is stopped, and its configuration is broken`
				: failed
					? `${name} is installed, but ${unit.unit} has failed`
					: `${name} is installed, but is not running`,
		detail: [
			...(configError === null ? [] : [configError]),
			...(unit
				? [
						`systemd says ${unit.state} (${unit.subState}) of ${unit.unit}${failed ? `, result ${unit.result}` : ''}.`,
						...(unit.lastLine ? [`Its last words: ${unit.lastLine}`] : []),
					]
				: []),
			...socketWords(socket),
			...(beside.length > 0 ? [`Running here, but not configured by this version: ${listed(beside)}.`] : []),
		],
		sources: [
			...sources,
			`${binary} -c ${configPath} config dump`,
			...(unit ? [`systemctl show ${unit.unit}`] : []),
			'/proc/net/unix',
		],
		remedy:
			configError === null
				? ['Start it, and check again.']
				: [`See what this command says, mend ${configPath}, start containerd, and check again.`],
		command:
			configError === null ? startCommand(facts, unit !== undefined) : `sudo ${binary} -c ${configPath} config dump`,
	});
}

function socketWords(socket: IdleContainerdFacts['socket']): string[] {
	if (socket === 'absent') return [];
	return [
		socket === 'stale'
			? 'A socket of a former one lies in /run/containerd, and nobody listens on it.'
			: 'Somebody listens on the socket in /run/containerd who is no containerd of this host, as far as can be seen.',
	];
}

const startCommand = ({os, systemd}: Facts, hasUnit: boolean): string | null => {
	if (systemd && hasUnit) return 'sudo systemctl enable --now containerd';
	return os.id === 'alpine' ? 'sudo rc-service containerd start' : null;
};

const packageCommands: Record<string, string> = {
	debian: 'sudo apt-get install containerd',
	ubuntu: 'sudo apt-get install containerd',
	fedora: 'sudo dnf install containerd && sudo systemctl enable --now containerd',
	arch: 'sudo pacman -S containerd && sudo systemctl enable --now containerd',
	alpine: 'sudo apk add containerd && sudo rc-service containerd start',
};

const installWords = (id: string): {remedy: string[]; command: string | null} => ({
	remedy: ['Install containerd (1.7 or later), start it, and check again.'],
	command: packageCommands[id] ?? null,
});
