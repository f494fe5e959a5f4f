/** The ways with a Kata that is there already: it is adopted, ours goes beside it, or it is left alone. Pure. */
import {oldestRelease} from '../../../catalogue/by-release.ts';
import {atLeast, isVersion} from '../../../catalogue/version.ts';
import {kataPrefix, treesFolder} from '../../../layout.ts';
import type {Facts, KataInstallFacts} from '../../facts.ts';
import {adoptablePairs} from './adoptable-pairs.ts';
import {mayBeBeside, whyNotBeside} from './beside-kata.ts';

export interface Way {
	way: 'adopt' | 'beside' | 'leave';
	/** Whether it can be gone. */
	open: boolean;
	/** What it means; where it is not open, why not. One sentence. */
	why: string;
	/** What goes it; where it is not open, what would open it. Null: nothing does, or nothing has to be done. */
	remedy: string | null;
}

/** All three, in the order in which they are offered. */
export const waysWith = (install: KataInstallFacts, facts: Facts): Way[] => [
	adopting(install, facts),
	besides(install, facts),
	{
		way: 'leave',
		open: true,
		why: 'It stays as it is, and kata-setup installs nothing.',
		remedy: null,
	},
];

/** The Kata at the prefix, ours or another's; null: nothing that is known as one is there. */
export const kataAtPrefix = ({kata}: Pick<Facts, 'kata'>): KataInstallFacts | null =>
	kata.find(({path}) => path === kataPrefix) ?? null;

/** Whether the Kata at the prefix can be adopted; false where there is none. */
export function mayBeAdopted(facts: Facts): boolean {
	const found = kataAtPrefix(facts);
	return found !== null && adopting(found, facts).open;
}

/** How the Kata that is there can be kept, as remedies; empty where it cannot. */
export function keeping(facts: Facts): string[] {
	const found = kataAtPrefix(facts) ?? {path: kataPrefix, owner: 'unknown', version: null, evidence: ''};
	return waysWith(found, facts).flatMap(({open, remedy}) => (open && remedy !== null ? [remedy] : []));
}

function adopting(install: KataInstallFacts, facts: Facts): Way {
	const against = whyNotAdopt(install, facts);
	if (against) return {way: 'adopt', open: false, ...against};
	return {
		way: 'adopt',
		open: true,
		why: `It becomes ours as it is, without a download: it moves to ${treesFolder} and ${kataPrefix} leads to it. An uninstall moves it back.`,
		remedy: 'To have it managed by kata-setup, as it is: kata-setup adopt (an uninstall gives it back as it was)',
	};
}

function besides({path}: KataInstallFacts, facts: Facts): Way {
	const way = 'beside';
	if (path === kataPrefix && !mayBeBeside(facts)) return {way, open: false, why: whyNotBeside, remedy: null};
	return {
		way,
		open: true,
		why: `It stays, with ${kataPrefix} and what ctr and nerdctl start by themselves; ours has paths and a handler of its own.`,
		remedy: `To keep it: kata-setup install --beside (with paths and a handler of its own; ${kataPrefix} and what ctr and nerdctl start by themselves stay with the other Kata)`,
	};
}

type Against = Pick<Way, 'why' | 'remedy'>;

/** Null: it can be adopted. */
function whyNotAdopt(install: KataInstallFacts, facts: Facts): Against | null {
	return ofSomebodyElse(install) ?? otherInstallation(facts) ?? asItStands(install);
}

/** What a manager of its own keeps, is that one's: it would miss it, or write it again. */
function ofSomebodyElse({owner, package: owned, ownerInDoubt}: KataInstallFacts): Against | null {
	switch (owner) {
		case 'package':
			return {
				why: `It belongs to the package ${owned?.name ?? 'of a package manager'}, whose files are the package manager's to change.`,
				remedy: 'Remove the package, then: kata-setup install',
			};
		case 'snap':
			return {
				why: 'It is a snap, which is read-only and updated by snapd.',
				remedy: 'Remove the snap, then: kata-setup install',
			};
		case 'kata-deploy':
			return {
				why: 'kata-deploy keeps it from its cluster, and writes it again.',
				remedy: 'Remove it there with helm uninstall, then: kata-setup install',
			};
		case 'kata-setup':
			return {why: 'It is ours already.', remedy: null};
		default:
			return ownerInDoubt
				? {
						why: 'Whether a package owns it is not known: the package manager did not answer in time.',
						remedy: 'Let the package manager end what it is doing, then look again.',
					}
				: null;
	}
}

const otherInstallation = ({installation}: Facts): Against | null =>
	installation
		? {
				why: `Kata ${installation.version} is installed by kata-setup, which keeps one installation on a host.`,
				remedy: 'Take that away first: kata-setup uninstall. Then: kata-setup adopt',
			}
		: null;

function asItStands(install: KataInstallFacts): Against | null {
	const {path, version, content} = install;
	if (path !== kataPrefix || install.old)
		return {
			why: `Only a Kata at ${kataPrefix} can be adopted: that path is compiled into its programs.`,
			remedy: null,
		};
	if (!content)
		return {
			why: `${kataPrefix} is a link: what it leads to is somebody's own arrangement.`,
			remedy: `Put the folder itself there, and then: kata-setup adopt`,
		};
	if (!content.sameFileSystem)
		return {
			why: `${kataPrefix} and ${treesFolder} are not on one file system, so no rename takes it there.`,
			remedy: `Copy it to the file system of /opt first, in the place of the mount, then: kata-setup adopt`,
		};
	if (version === null || !isVersion(version))
		return {why: `${kataPrefix}/VERSION does not tell which release it is.`, remedy: null};
	if (!atLeast(version, oldestRelease))
		return {
			why: `It is Kata ${version}: kata-setup knows the layout of releases since ${oldestRelease}.`,
			remedy: null,
		};
	if (adoptablePairs(install).length === 0)
		return {why: 'No shim with its packaged configuration is in it.', remedy: null};
	return null;
}
