/** Configuration of Kata that people wrote: it hides the packaged one, and keeps doing so after an upgrade. */
import type {KataConfigurationFacts} from '../../facts.ts';
import type {Severity} from '../../findings.ts';
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';

const common = {id: 'kata-configuration', label: 'Kata config'};

export const judgeKataConfiguration: Judgement = facts => {
	const why = unreadWhy(facts, 'kata-configuration');
	if (why) return [unreadFinding(common.id, common.label, 'The configuration in /etc/kata-containers', why)];
	const told = (facts.kataConfiguration ?? []).flatMap(file => {
		const said = facts.installation && isPackaged(file) ? null : storyOf(file);
		return said ? [{file, ...said}] : [];
	});
	const [first] = told;
	if (!first) return [];
	const grave = told.find(({severity}) => severity === 'warning') ?? first;
	const more = told.length - 1;
	return [
		finding({
			...common,
			severity: grave.severity,
			summary: `${grave.summary}${more > 0 ? `; ${more} more` : ''}`,
			detail: [
				...told.map(({line}) => line),
				'A Kata that is told no configuration (by ctr or nerdctl) reads these. The handler that kata-setup registers is told its own file, and they stay as they are.',
			],
			sources: told.map(({file}) => file.path),
			remedy: told.flatMap(({remedy}) => remedy),
		}),
	];
};

/** A default inside an installation, and not in /etc. */
const isPackaged = ({path}: KataConfigurationFacts): boolean => !path.startsWith('/etc/');

interface Story {
	severity: Severity;
	summary: string;
	line: string;
	remedy: string[];
}

/** Null: there is nothing to say of it. */
function storyOf(file: KataConfigurationFacts): Story | null {
	const {path, kind, packaged, differs, target} = file;
	if (file.ours) return null;
	const name = path.slice(path.lastIndexOf('/') + 1);
	switch (kind) {
		case 'dangling':
			return {
				// Rust's archive alone brings a default for the go runtime that leads nowhere; nothing reads it then.
				severity: isPackaged(file) ? 'note' : 'warning',
				summary: `${path} leads nowhere`,
				line: `${path} is a link to ${target}, which is not there: a ${file.runtime} runtime that takes it does not start.`,
				remedy: isPackaged(file) ? [] : [`Point ${path} at a file that is there, or remove it.`],
			};
		case 'drop-in':
			return {
				severity: 'note',
				summary: `there are drop-ins in ${path.slice(0, path.lastIndexOf('/'))}`,
				line: `${path} is merged over the default configuration of the ${file.runtime} runtime.`,
				remedy: [],
			};
		case 'unreadable':
			return {
				severity: 'note',
				summary: `${path} is there, and not ours to read`,
				line: `${path} may not be read: whether it differs from ${packaged} is not known.`,
				remedy: [],
			};
		case 'file':
		case 'link': {
			if (differs === false) return null;
			const isDefault = name === 'configuration.toml';
			return {
				severity: isDefault && differs ? 'warning' : 'note',
				summary: `${path} was written here`,
				line: packaged
					? `${path} hides ${packaged} and differs from it: options of a newer Kata are missing in it after an upgrade.`
					: `${path} is there, and no packaged file of that name.`,
				remedy: differs ? [`To see how it differs: diff ${packaged} ${path}`] : [],
			};
		}
	}
}
