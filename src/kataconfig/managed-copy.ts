/** The managed copy of a packaged configuration: what it adds, and which tree's files it names. Pure. */
import {kataPrefix} from '../layout.ts';

/** @returns the managed copy's text; of a file that lies in a tree of ours it names what that tree has, wherever /opt/kata points */
export const managedText = (from: string, packaged: string, tree: string): string => {
	const pinned = from.startsWith(`${tree}/`) ? packaged.replaceAll(`${kataPrefix}/`, `${tree}/`) : packaged;
	return `# A copy of ${from}, managed by kata-setup.\n# Do not edit it: put settings of your own into config.d/50-….toml beside it.\n\n${pinned}`;
};
