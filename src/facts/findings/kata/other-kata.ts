/** Pieces of Kata outside of the prefix: another installation, or what is left of one, of Kata 1.x above all. */
import {kataPrefix} from '../../../layout.ts';
import type {Facts, KataInstallFacts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {finding, type Judgement, unreadWhy} from '../judgement.ts';
import {removalOf} from './kata-removal.ts';

export const judgeOtherKata: Judgement = facts => {
	if (unreadWhy(facts, 'kata')) return [];
	const others = facts.kata.filter(({path, owner}) => owner !== 'kata-setup' && path !== kataPrefix);
	const old = others.filter(install => install.old === true);
	const current = others.filter(install => install.old !== true);
	return [...(current.length > 0 ? [otherKata(facts, current)] : []), ...(old.length > 0 ? [oldKata(facts, old)] : [])];
};

/** Shims elsewhere are found first by ctr and nerdctl; the handler is told an absolute path and is not concerned. */
function otherKata(facts: Facts, others: KataInstallFacts[]): Finding {
	const [first] = others;
	return finding({
		id: 'other-kata',
		label: 'Other Kata',
		severity: 'warning',
		summary:
			others.length === 1
				? `there is another Kata at ${first?.path}`
				: `there are ${others.length} other pieces of Kata`,
		detail: [
			...others.map(storyOf),
			'They stay as they are. `ctr` and `nerdctl` may find them first; the handler that kata-setup registers names its own shim by its full path.',
		],
		...remediesOf(facts, others),
	});
}

const dropIn = /^\/etc\/systemd\/system\/docker\.service\.d\//;

/** No engine has started Kata 1.x for years; its entries may keep an engine from starting. */
function oldKata(facts: Facts, old: KataInstallFacts[]): Finding {
	const unit = old.flatMap(({path, parts = []}) => [path, ...parts]).find(path => dropIn.test(path));
	const {remedy, ...rest} = remediesOf(facts, old);
	return finding({
		id: 'old-kata',
		label: 'Kata 1.x',
		severity: 'warning',
		summary: 'pieces of Kata 1.x are still here, which no engine can use any more',
		detail: [
			...old.map(storyOf),
			'Kata 2 replaced kata-proxy and kata-shim by one shim; a kata-runtime of that time prints another version than the Kata that runs.',
			...(unit ? [`${unit} names a runtime for Docker: once the runtime is gone, Docker may not start.`] : []),
		],
		...rest,
		remedy: [...(unit ? ['Take out the drop-in first, then: systemctl daemon-reload'] : []), ...remedy],
	});
}

function storyOf({path, version, evidence, parts = []}: KataInstallFacts): string {
	const also = parts.length > 0 ? ` With it: ${parts.join(', ')}.` : '';
	return `${path}${version ? ` (${version})` : ''}: ${evidence}${also}`;
}

/** A command where there is one for all of it; else each way in words, after the path it is for. */
function remediesOf(facts: Facts, installs: KataInstallFacts[]): Pick<Finding, 'remedy' | 'command' | 'sources'> {
	const sources = installs.flatMap(({path, parts = []}) => [path, ...parts]);
	const removals = installs.map(install => removalOf(install, facts));
	const [only] = removals;
	if (removals.length === 1 && only?.command) return {remedy: ['If nothing needs it:'], command: only.command, sources};
	const remedy = removals.flatMap(({remedy: words, command}, index) =>
		(command === null ? words : [command]).map(line =>
			removals.length === 1 ? line : `${installs[index]?.path}: ${line}`,
		),
	);
	return {remedy, command: null, sources};
}
