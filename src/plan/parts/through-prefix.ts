/** Handlers of people's own that name paths below /opt/kata: they go on through our link there. Pure. */
import type {Facts, KataHandlerFacts} from '../../facts/facts.ts';
import {kataPrefix, treeNameOf} from '../../layout.ts';

/**
 * What is said of them.
 * @param tree the tree that the link is to lead to now; null: the one that they use already
 */
export function throughPrefixNotes({kataHandlers = []}: Facts, tree: string | null): string[] {
	const listed = kataHandlers
		.filter(isThroughPrefix)
		.map(({name, engine, source}) => `\`${name}\` of ${engine} (${source})`);
	if (listed.length === 0) return [];
	const which = `${listed.length === 1 ? 'The handler' : 'The handlers'} ${listed.join(', ')}`;
	const go = listed.length === 1 ? 'goes' : 'go';
	return [
		tree === null
			? `${which} ${go} on working, through the link at ${kataPrefix}.`
			: `${which}, written by hand, ${go} through ${kataPrefix} and so to ${treeNameOf(tree)} from now on: look whether what it names is there too.`,
	];
}

const isThroughPrefix = ({runtime, configuration}: KataHandlerFacts): boolean =>
	[runtime, configuration].some(named => named?.path.startsWith(`${kataPrefix}/`));
