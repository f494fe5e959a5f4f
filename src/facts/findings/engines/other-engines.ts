/** Engines beside the containerd that will be configured: named, left as found, and said what works with them today. */
import {hasFailed} from '../../engines/engine-units.ts';
import type {EngineName, EngineUnitFacts, Facts, RenderedConfigFacts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';
import {containersOf, engineTitles, listed, plainContainerds, runningBeside, worksToday} from './engine-words.ts';

export const judgeOtherEngines: Judgement = facts => {
	const why = unreadWhy(facts, 'engines');
	if (why) return [unreadFinding('other-engines', 'Engines', 'Engines beside containerd', why)];
	return [...failedUnits(facts), ...besideFinding(facts), ...dockerIsPodman(facts)];
};

/** Units that systemd gave up, but for a containerd that does not run at all: that is the engine's own blocker. */
function failedUnits(facts: Facts): Finding[] {
	const isSaid = (unit: EngineUnitFacts): boolean =>
		unit.engine === 'containerd' && plainContainerds(facts).length === 0 && Boolean(facts.idleContainerd);
	return (facts.engineUnits ?? [])
		.filter(unit => hasFailed(unit) && !isSaid(unit))
		.map(({unit, engine, state, subState, result, lastLine}) =>
			finding({
				id: 'engine-unit',
				label: engine === 'kubelet' ? 'kubelet' : engineTitles[engine],
				severity: 'warning',
				summary: `${unit} has failed (${result})`,
				detail: [
					`systemd says ${state} (${subState}).`,
					...(lastLine === null ? [] : [`Its last words: ${lastLine}`]),
					'It was so before kata-setup.',
				],
				sources: [`systemctl show ${unit}`, `journalctl -u ${unit}`],
				remedy: ['See why, and mend it before anything else is changed on this host.'],
				command: `systemctl status ${unit}`,
			}),
		);
}

/** One line for all of them. Without a plain containerd they stand in the engine's blocker. */
function besideFinding(facts: Facts): Finding[] {
	if (plainContainerds(facts).length === 0) return [];
	const names = runningBeside(facts);
	if (names.length === 0) return [];
	const titles = names.map(name => engineTitles[name]);
	return [
		finding({
			id: 'other-engines',
			label: 'Engines',
			severity: 'note',
			summary: `${listed(titles)} ${names.length > 1 ? 'run' : 'runs'} here too, and ${names.length > 1 ? 'are' : 'is'} left as found`,
			detail: ['Kata is registered with containerd alone.', ...names.flatMap(name => storyOf(facts, name))],
			sources: ['/proc/*/cmdline', ...renderedOf(facts, names).map(({path}) => path)],
		}),
	];
}

/** What Docker's daemon says of itself is told apart: it may not answer, and this line does not wait for it. */
function storyOf(facts: Facts, name: EngineName): string[] {
	const engine = facts.otherEngines.find(other => other.name === name);
	const own = facts.containerd.find(({ownedBy}) => ownedBy === name);
	const running = engine?.containers ?? sumOf(own?.containers);
	const parts = [
		`${engineTitles[name]}${engine?.version ? ` ${engine.version}` : ''}`,
		...(own ? [`with a containerd ${own.version} of its own on ${own.address}`] : []),
		...(running === null ? [] : [`${containersOf(running)} running`]),
	];
	return [
		`${parts.join(', ')}.`,
		...renderedOf(facts, [name]).map(renderedWords),
		...(worksToday[name] ? [worksToday[name]] : []),
	];
}

const sumOf = (counts: Record<string, number> | null | undefined): number | null =>
	counts ? Object.values(counts).reduce((sum, count) => sum + count, 0) : null;

const renderedOf = ({renderedConfigs = []}: Facts, names: EngineName[]): RenderedConfigFacts[] =>
	renderedConfigs.filter(({engine}) => names.includes(engine));

function renderedWords({path, version, imports, templates, error}: RenderedConfigFacts): string {
	if (error !== null) return `It writes ${path} itself, which we may not read (${error}).`;
	return [
		`It writes ${path} itself${version === null ? '' : ` (version ${version})`}`,
		imports.length > 0 ? `which imports ${imports.join(', ')}` : 'which imports nothing',
		...(templates.length > 0 ? [`from ${templates.join(', ')}`] : []),
	]
		.join(', ')
		.concat('.');
}

function dockerIsPodman({otherEngines}: Facts): Finding[] {
	if (!otherEngines.some(({isDocker}) => isDocker)) return [];
	return [
		finding({
			id: 'podman',
			label: 'Podman',
			severity: 'note',
			summary: 'the command docker is Podman here, which cannot run Kata',
			detail: ['The package podman-docker brings it.', worksToday.podman ?? ''],
			sources: ['docker --version'],
			remedy: ['Use ctr or nerdctl for containers in VMs.'],
		}),
	];
}
