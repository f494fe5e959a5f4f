/** The part of Facts that tells what changed behind our back: what the receipt says against what is there. */

/** What of a thing of ours is otherwise than we left it. */
export type DriftKind =
	| 'missing'
	/** Something else has its name: a folder where a file was, for example. */
	| 'type'
	| 'content'
	/** Of a link: where it points. */
	| 'target'
	| 'mode'
	| 'owner'
	/** Of a systemd unit: its state. */
	| 'unit'
	/** Of the engine: its configuration in force has the handler otherwise, or not at all. */
	| 'handler';

export interface DriftItem {
	/** The path; for `handler` and `unit` its name. */
	path: string;
	kind: DriftKind;
	/** What we left, and what was found: as in `Facts.paths`, or a mode, an owner, a size, a shim's path, in words. */
	expected: string;
	found: string;
	/** The tree that it is a member or the manifest of; absent for all else. */
	tree?: string;
}

export interface DriftFacts {
	/** `quick`: of the files in a tree type, size, mode, owner and target. `deep`: their SHA-256 too. */
	depth: 'quick' | 'deep';
	items: DriftItem[];
	/** What could not be judged, and why, half a sentence. */
	unjudged: {path: string; why: string}[];
	/** What kata-setup wrote and people have changed or removed since, as they may: it is theirs and stays. */
	theirs: string[];
	/** What people put into our trees; absent: nothing, or it was not looked for. It stays when the release goes. */
	added?: string[];
}
