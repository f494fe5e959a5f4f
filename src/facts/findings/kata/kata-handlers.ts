/** Handlers that an engine has for a Kata which is not there any more. */
import {configurationFolder} from '../../../layout.ts';
import type {Facts, KataHandlerFacts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement, unreadWhy} from '../judgement.ts';

const common = {id: 'kata-handlers', label: 'Handlers'};
const titles: Record<KataHandlerFacts['engine'], string> = {containerd: 'containerd', docker: 'Docker', crio: 'CRI-O'};

export const judgeKataHandlers: Judgement = facts => {
	const handlers = facts.kataHandlers ?? [];
	// Until the engines are read there are none; what could not be read is said of the engine.
	if (unreadWhy(facts, 'kata-handlers')) return [];
	const stale = handlers.filter(handler => missingOf(handler).length > 0);
	return stale.length > 0 ? [staleHandlers(facts, stale)] : [];
};

const missingOf = ({runtime, configuration}: KataHandlerFacts): string[] =>
	[runtime, configuration].flatMap(named => (named?.state === 'missing' ? [named.path] : []));

function staleHandlers({privileges}: Facts, stale: KataHandlerFacts[]): Finding {
	const [first] = stale;
	const sudo = privileges.uid === 0 ? '' : 'sudo ';
	return finding({
		...common,
		severity: 'warning',
		summary:
			stale.length === 1 && first
				? `the handler ${first.name} of ${titles[first.engine]} names what is not there`
				: `${stale.length} handlers name files that are not there`,
		detail: [
			...stale.map(
				handler =>
					`${handler.name} in ${handler.source} names ${missingOf(handler).join(' and ')}: ${handler.runtime?.state === 'missing' ? 'no container of it starts' : 'its configuration is gone'}.`,
			),
			'It is what an installation leaves that was removed by deleting its files.',
		],
		sources: [...new Set(stale.flatMap(handler => [handler.source, ...missingOf(handler)]))],
		remedy: [...new Set(stale.map(handler => remedyOf(handler, sudo)))],
	});
}

/** The engine's entry goes first and its restart last: with a path that is gone, some engines do not start again. */
function remedyOf({engine, source, name, configuration}: KataHandlerFacts, sudo: string): string {
	if (configuration?.path.startsWith(`${configurationFolder}/`))
		return `${name} is kata-setup's own: \`kata-setup uninstall\` takes it out, or install again.`;
	if (source.includes('kata-deploy'))
		return `${source} is kata-deploy's: remove that with helm uninstall; if its cluster is gone: ${sudo}mv ${source} ${source}.old`;
	switch (engine) {
		case 'containerd':
			return `Take the tables that end in .runtimes.${name} out of ${source} or the file that it imports, then: ${sudo}systemctl restart containerd`;
		case 'crio':
			return `Take [crio.runtime.runtimes.${name}] out of ${source}, then: ${sudo}systemctl restart crio`;
		case 'docker':
			return source.endsWith('.conf')
				? `${sudo}mv ${source} ${source}.old; ${sudo}systemctl daemon-reload; ${sudo}systemctl restart docker`
				: `Take "${name}" out of "runtimes" in ${source}, then: ${sudo}systemctl restart docker`;
	}
}
