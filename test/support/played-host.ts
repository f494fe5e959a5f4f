/** A host as plans leave it, without one: steps are taken for done, the journal is written and folded as it would be. Pure. */
import type {JournalRecord, UnstampedRecord} from '../../src/apply/journal-records.ts';
import {foldJournal, installationOf, type Receipt} from '../../src/apply/receipt.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {activeConfiguration, activeShim, linkToTree, ourPrefix} from '../../src/layout.ts';
import {hashOfText} from '../../src/plan/hash.ts';
import type {Plan, Step} from '../../src/plan/plan.ts';

export class PlayedHost {
	#facts: Facts;
	readonly #records: JournalRecord[] = [];
	#runs = 0;

	constructor(facts: Facts) {
		this.#facts = facts;
	}

	/** As a check would find it now. */
	get facts(): Facts {
		const {installation, sequence} = {installation: installationOf(this.receipt), sequence: this.receipt.sequence};
		return {...this.#facts, installation, sequence};
	}

	/** Another version of kata-setup comes to it. */
	setKataSetup(version: string): void {
		this.#facts = {...this.#facts, kataSetup: version};
	}

	get receipt(): Receipt {
		return foldJournal(this.#records);
	}

	/** Applies a plan whose every step ends well; an uninstall's or an undo's too. */
	apply({verb, choice, steps}: Plan): void {
		if (steps.length === 0) return;
		this.#runs += 1;
		const run = `r${this.#runs}`;
		this.#write(run, {record: 'begin', verb, kataSetup: '0', planHash: 'h', choice, by: 'ops', bootId: 'b'});
		for (const step of steps) this.#do(run, step);
		this.#write(run, {record: 'end', outcome: 'done'});
	}

	/** The plan's first `count` steps, of which the last was only announced; then the worker is killed. */
	applyPart({verb, choice, steps}: Plan, count: number): void {
		this.#runs += 1;
		const run = `r${this.#runs}`;
		this.#write(run, {record: 'begin', verb, kataSetup: '0', planHash: 'h', choice, by: 'ops', bootId: 'b'});
		for (const step of steps.slice(0, count - 1)) this.#do(run, step);
		const last = steps[count - 1];
		if (last) this.#announce(run, last);
	}

	#announce(run: string, {id, kind, title, args}: Step): void {
		this.#write(run, {record: 'intent', step: id, kind, title, args, inverse: this.#inverseOf({kind, args} as Step)});
	}

	#do(run: string, step: Step): void {
		if (step.kind === 'undo') {
			this.#undo(step.args.of, step.args.args, step.args.inverse);
			this.#write(run, {record: 'undone', ofRun: step.args.run, step: step.args.step, left: []});
			return;
		}
		this.#announce(run, step);
		this.#perform(step);
		this.#write(run, {record: 'done', step: step.id});
	}

	#perform({kind, args}: Step): void {
		if (kind === 'make-directory') this.#set(args.path, 'directory');
		if (kind === 'keep-program') this.#set(ourPrefix, 'directory');
		if (kind === 'adopt-tree') {
			this.#set(args.tree, 'directory');
			this.#set(args.path, `link:${linkToTree(args.tree)}`);
		}
		if (kind === 'link') this.#set(args.path, args.target === null ? 'absent' : `link:${args.target}`);
		if (kind === 'write-file') {
			this.#set(args.path, args.content === null ? 'absent' : `file:${hashOfText(args.content)}`);
			this.#dropIn(args.path, args.content, args.mode);
		}
		if (kind === 'containerd-config')
			this.#runtimes({
				[args.handler]: {
					runtime_type: 'io.containerd.kata.v2',
					runtime_path: activeShim,
					options: {ConfigPath: activeConfiguration},
				},
			});
	}

	#inverseOf({kind, args}: Step): unknown {
		const at = (path: string): string => this.#facts.paths[path] ?? 'absent';
		if (kind === 'make-directory') return {made: at(args.path) === 'absent' ? [args.path] : []};
		if (kind === 'link') {
			const state = at(args.path);
			return {before: state.startsWith('link:') ? state.slice('link:'.length) : null};
		}
		if (kind === 'keep-program') {
			const made = at(ourPrefix) === 'absent' ? [ourPrefix] : [];
			return {version: this.#facts.kataSetup, before: args.replaces, made};
		}
		if (kind === 'write-file') return {before: at(args.path) === 'absent' ? null : at(args.path)};
		if (kind === 'containerd-config') return {files: [], folders: [], invocation: null, plugins: null};
		return null;
	}

	#undo(of: string, args: unknown, inverse: unknown): void {
		const {path} = args as {path: string};
		const {before, made} = (inverse ?? {}) as {before?: string | null; made?: string[]};
		if (of === 'adopt-tree') {
			this.#set((args as {tree: string}).tree, 'absent');
			this.#set(path, 'directory');
		}
		if (of === 'link') this.#set(path, before == null ? 'absent' : `link:${before}`);
		if (of === 'write-file') {
			this.#set(path, before ?? 'absent');
			if (before == null) this.#dropIn(path, null);
		}
		for (const folder of made ?? []) this.#set(folder, 'absent');
		if (of === 'containerd-config') this.#runtimes({});
	}

	#set(path: string, state: string): void {
		const {[path]: _, ...others} = this.#facts.paths;
		this.#facts = {...this.#facts, paths: state === 'absent' ? others : {...others, [path]: state}};
	}

	/** The person's own, and what was carried over: see src/facts/kata/drop-ins.ts. */
	#dropIn(path: string, text: string | null, mode = 0o644): void {
		const pair = /([^/]+)\/config\.d\/(?!10-kata-setup\.)[^/]+\.toml$/.exec(path)?.[1];
		const others = this.#facts.dropIns?.filter(dropIn => dropIn.path !== path) ?? [];
		if (pair && text !== null) this.#facts = {...this.#facts, dropIns: [...others, {path, pair, mode, text}]};
		else if (pair) this.#facts = {...this.#facts, dropIns: others};
	}

	#runtimes(kata: Record<string, Record<string, unknown>>): void {
		const containerd = this.#facts.containerd.map(engine => ({
			...engine,
			config: {...engine.config, runtimes: {runc: {runtime_type: 'io.containerd.runc.v2'}, ...kata}},
		}));
		this.#facts = {...this.#facts, containerd};
	}

	#write(run: string, record: UnstampedRecord): void {
		const sequence = this.#records.length + 1;
		const at = new Date(Date.UTC(2026, 10, 26) + sequence * 1000).toISOString();
		this.#records.push({schema: 1, sequence, at, run, ...record} as JournalRecord);
	}
}
