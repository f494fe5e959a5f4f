/** Docker: whether its daemon answers, and what in its configuration is broken or would not run Kata. */

import {hasFailed} from '../../engines/engine-units.ts';
import type {DockerFacts, EngineUnitFacts, Facts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';
import {containersOf} from './engine-words.ts';

const common = {id: 'docker', label: 'Docker'};

/** What a running Docker says of itself, and what is wrong with one. */
export const judgeDocker: Judgement = facts => {
	const why = unreadWhy(facts, 'docker');
	if (why) return [unreadFinding('docker', 'Docker', 'Docker', why)];
	const {docker} = facts;
	if (!docker) return [];
	const findings = [
		answered(docker),
		silent(facts, docker),
		brokenFile(docker),
		duplicates(docker),
		...runtimeTraps(docker),
	];
	return findings.filter(found => found !== null);
};

function answered({info, pid, socket, config}: DockerFacts): Finding | null {
	if (info === null) return null;
	const outlive = info.liveRestore ? 'outlive' : 'end with';
	return finding({
		...common,
		severity: 'note',
		summary: `Docker ${info.version} answers; ${containersOf(info.running)} running`,
		detail: [
			`Process ${pid}, ${socket.path}, its configuration ${config.path}${config.exists ? '' : ', which is not there'}.`,
			`Its runtimes: ${info.runtimes.join(', ')}; the default one is ${info.defaultRuntime ?? 'not told'}.`,
			...(info.running > 0
				? [`Containers ${outlive} a restart of Docker (live-restore is ${info.liveRestore ? 'on' : 'off'}).`]
				: []),
			...(info.rootless ? ['It runs rootless, and cannot start VMs.'] : []),
		],
		sources: [`docker -H unix://${socket.path} info`, config.path],
	});
}

function silent({engineUnits = []}: Facts, {pid, socket, error, info}: DockerFacts): Finding | null {
	if (pid === null) return stopped(engineUnits, socket);
	if (info !== null) return null;
	if (error === null)
		return finding({
			...common,
			severity: 'note',
			summary: 'dockerd runs; there is no `docker` to ask it with',
			detail: [`Process ${pid}, ${socket.path}. Its version and its containers are not known.`],
			sources: [`/proc/${pid}/cmdline`],
		});
	const sources = [`/proc/${pid}/cmdline`, `docker -H unix://${socket.path} info`];
	if (/permission denied/i.test(error))
		return finding({
			...common,
			severity: 'note',
			summary: 'runs, and says more to root and the group docker only',
			detail: [error],
			sources,
		});
	return finding({
		...common,
		severity: 'warning',
		summary: 'dockerd runs, but does not answer',
		detail: [`Process ${pid}, ${socket.path}: ${error}`],
		sources,
		remedy: [
			'See why with `journalctl -u docker`. Kata is not set up for Docker by this version, so nothing here waits for it.',
		],
		command: 'sudo systemctl restart docker',
	});
}

/** A socket that nobody serves makes every client wait or fail; one that systemd holds starts Docker when it is used. */
function stopped(units: readonly EngineUnitFacts[], {path, listening}: DockerFacts['socket']): Finding | null {
	if (listening !== false || units.some(unit => unit.engine === 'docker' && hasFailed(unit))) return null;
	return finding({
		...common,
		severity: 'note',
		summary: `is not running; ${path} is left over`,
		detail: ['Nobody listens on the socket: a Docker that ended without cleaning up. A new one takes its place.'],
		sources: [path, '/proc/net/unix'],
	});
}

function brokenFile({config, pid}: DockerFacts): Finding | null {
	if (config.error === null || /could not be read/.test(config.error)) return null;
	return finding({
		...common,
		severity: 'warning',
		summary: `${config.path} is broken`,
		detail: [
			config.error,
			pid === null
				? 'Docker does not start with it.'
				: 'Docker runs with what it read before; it would not start again.',
		],
		sources: [config.path],
		remedy: [`Mend ${config.path}; this command says whether Docker would take it.`],
		command: `sudo dockerd --validate --config-file ${config.path}`,
	});
}

/** dockerd refuses what it is told twice, even if it is the same (tried with 26.1). Debugging alone may be said twice. */
function duplicates({config, flags}: DockerFacts): Finding | null {
	const twice = config.keys.filter(key => flags.includes(key));
	if (twice.length === 0) return null;
	return finding({
		...common,
		severity: 'warning',
		summary: `is told ${twice.join(', ')} twice, and would not start so`,
		detail: [`dockerd has it both as a flag of its command line and in ${config.path}, and refuses that.`],
		sources: [config.path, 'systemctl show docker.service --property=ExecStart'],
		remedy: [`Keep one of the two: take it out of ${config.path}, or out of the unit with \`systemctl edit docker\`.`],
	});
}

function runtimeTraps({config, info}: DockerFacts): Finding[] {
	const major = Number.parseInt(info?.version ?? '', 10);
	return Object.entries(config.runtimes).flatMap(([name, {path, runtimeType}]) => {
		if (/(^|\/)kata-runtime$/.test(path ?? ''))
			return [
				finding({
					...common,
					severity: 'warning',
					summary: `its runtime \`${name}\` is Kata 1.x's ${path}`,
					detail: ['Kata 2 and later has no such command: containers fail with `Invalid command "create"`.'],
					sources: [config.path],
					remedy: [
						`In ${config.path} replace "path" by "runtimeType": "io.containerd.kata.v2" and "options": {"ConfigPath": "FILE"}, then \`systemctl reload docker\`.`,
					],
				}),
			];
		if (runtimeType !== null && major < 24)
			return [
				finding({
					...common,
					severity: 'warning',
					summary: `${info?.version} ignores runtimeType: \`${name}\` is plain runc`,
					detail: [
						`Docker before 24 takes "runtimeType" without a word and starts runc: containers of the runtime \`${name}\` are not isolated by a VM.`,
					],
					sources: [config.path, 'docker info'],
					remedy: ['Upgrade Docker to 26 or later.'],
				}),
			];
		if (runtimeType !== null && major < 26 && /kata/.test(runtimeType))
			return [
				finding({
					...common,
					severity: 'warning',
					summary: `${info?.version} gives Kata's VMs no network`,
					detail: [
						'Docker 22 to 25 names the interfaces so that Kata fails: `error renaming interface ... "eth0": file exists`, or a route that conflicts.',
					],
					sources: ['docker info'],
					remedy: ['Upgrade Docker to 26 or later; ctr and nerdctl are not concerned.'],
				}),
			];
		return [];
	});
}
