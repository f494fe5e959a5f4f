/** One step of the plan, whole: what it does and why, what it writes, how it is undone, what must be true before. */
import {formatBytes} from '../src/format.ts';
import {diffLines, hunks} from '../src/line-diff.ts';
import type {FileEdit, Precondition, Step} from '../src/plan/plan.ts';
import {span, Writer} from './doc.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import type {Tone} from './theme.ts';
import type {ScreenView} from './view.ts';

export function stepView(state: Journey, index: number, top: number, look: Look): ScreenView {
	const steps = state.planning.plan?.steps ?? [];
	const step = steps[index];
	const writer = new Writer(look);
	if (!step) return {title: '', aside: '', body: {kind: 'page', doc: writer.doc(), top}};
	writer.text(step.title, 'strong').blank();
	writer.rows([
		{label: 'Why', value: step.why},
		...factsOf(step),
		{label: 'Undo', value: step.undo ?? 'nothing to undo'},
		...(step.cost.downloadBytes > 0 ? [{label: 'Download', value: formatBytes(step.cost.downloadBytes)}] : []),
		...(step.cost.diskBytes > 0 ? [{label: 'Disk', value: `about ${formatBytes(step.cost.diskBytes)}`}] : []),
	]);
	writeTexts(writer, step);
	if (step.pre.length > 0) {
		writer.blank().heading('Checked first; if not so, nothing at all is done');
		for (const condition of step.pre) writer.bullet(span(look.glyphs.note, 'dim'), conditionInWords(condition), 'dim');
	}
	return {
		title: `Step ${index + 1} of ${steps.length}`,
		aside: '',
		body: {kind: 'page', doc: writer.doc(), top},
	};
}

/** What the step's arguments say, in rows; only what helps to judge it. */
function factsOf(step: Step): {label: string; value: string; tone?: Tone}[] {
	switch (step.kind) {
		case 'make-directory':
			return [{label: 'Folder', value: `${step.args.path}, mode ${step.args.mode.toString(8)}`}];
		case 'fetch-archive': {
			const {archive} = step.args;
			return [
				{label: 'From', value: archive.url ?? archive.file ?? ''},
				{label: 'SHA-256', value: archive.sha256 ?? 'none was published', tone: archive.sha256 ? 'plain' : 'bad'},
			];
		}
		case 'keep-program':
			return [
				{label: 'Script', value: step.args.script},
				{label: 'Program', value: `${step.args.folder}, in a folder of its version`},
				...(step.args.replaces === null ? [] : [{label: 'Instead of', value: `kata-setup ${step.args.replaces}`}]),
			];
		case 'unpack-tree':
			return [{label: 'Into', value: step.args.tree}];
		case 'adopt-tree':
			return [
				{label: 'From', value: step.args.path},
				{label: 'Into', value: step.args.tree},
			];
		case 'drop-download':
			return [{label: 'File', value: step.args.path}];
		case 'link':
			return [
				{label: 'Link', value: step.args.path},
				{label: 'To', value: step.args.target ?? 'nothing: it is taken away'},
			];
		case 'write-file':
			return [
				{
					label: 'File',
					value:
						step.args.content === null
							? `${step.args.path}, taken away`
							: `${step.args.path}, mode ${step.args.mode.toString(8)}`,
				},
			];
		case 'kata-config':
			return [
				{label: 'From', value: step.args.from},
				{label: 'To', value: step.args.to},
			];
		case 'scratch-file':
		case 'mend-scratch':
			return [
				{label: 'File', value: `${step.args.path}, ${formatBytes(step.args.bytes)}`},
				{label: 'Copies go to', value: step.args.root},
			];
		case 'thin-pool':
			return [
				{label: 'Pool', value: `${step.args.name}, ${formatBytes(step.args.data.bytes)}`},
				{label: 'In', value: `${step.args.data.path} and ${step.args.metadata.path}`},
			];
		case 'start-unit':
			return [{label: 'Unit', value: step.args.unit}];
		case 'prove-host':
			return [
				{label: 'Program', value: `${step.args.program}, written and removed again`},
				{label: 'VM', value: step.args.kvm === 'required' ? 'has to run' : 'may fail to run, as asked'},
			];
		case 'load-module':
			return [{label: 'Module', value: `${step.args.module}, for ${step.args.device}`}];
		case 'containerd-config':
			return [
				{label: 'Engine', value: `containerd ${step.args.version}, ${step.args.binary}`},
				{label: 'Restart', value: step.args.restart ?? 'none'},
			];
		case 'smoke-test':
			return [
				{label: 'With', value: `${step.args.ctr} on ${step.args.address}`},
				{label: 'Shim', value: step.args.shim},
				{label: 'Time limit', value: `${Math.round(step.args.timeoutMs / 1000)} s`},
			];
		case 'set-access':
			return [
				{label: 'Path', value: step.args.path},
				{label: 'Mode', value: step.args.mode === null ? 'as it is' : step.args.mode.toString(8)},
			];
		case 'mend-tree':
			return [
				{label: 'Tree', value: step.args.tree},
				...step.args.members.map((member, index) => ({
					label: index === 0 ? 'Mended' : '',
					value: `${member.path === '' ? 'the folder itself' : member.path}${member.fetch ? '' : ', in place'}`,
				})),
			];
		case 'record-tree':
			return [
				{label: 'Tree', value: step.args.tree},
				{label: 'Read from', value: step.args.archives.map(({name}) => name).join(', ') || 'the tree as it is'},
			];
		case 'drop-replaced':
			return [{label: 'Folder', value: step.args.path}];
		case 'undo':
			return [{label: 'Of', value: `${step.args.step}, run ${step.args.run}`}];
	}
}

function writeTexts(writer: Writer, step: Step): void {
	if (step.kind === 'write-file' && step.args.content !== null) {
		writer.blank().heading('Its whole content');
		writer.verbatim(step.args.content.trimEnd());
	}
	if (step.kind === 'containerd-config') for (const edit of step.args.edits) writeEdit(writer, edit);
}

function writeEdit(writer: Writer, edit: FileEdit): void {
	writer.blank().text(`${edit.path}: ${edit.what}`, 'strong');
	if (edit.before === null) {
		writer.verbatim(edit.after.trimEnd());
		return;
	}
	const tones: Record<'+' | '-' | ' ', Tone> = {'+': 'good', '-': 'bad', ' ': 'dim'};
	for (const line of hunks(diffLines(edit.before, edit.after), 2))
		if (line) writer.verbatim(`${line.mark} ${line.text}`, tones[line.mark]);
		else writer.verbatim(writer.look.glyphs.more, 'dim');
}

function conditionInWords(condition: Precondition): string {
	switch (condition.kind) {
		case 'path':
			return `${condition.path} is ${stateInWords(condition.state)}`;
		case 'space':
			return `${formatBytes(condition.bytes)} are free for ${condition.path}`;
		case 'no-snapshots':
			return `no container has its files in the snapshotter ${condition.snapshotter}`;
		case 'file-digest':
			return `${condition.path} has the SHA-256 ${condition.sha256}`;
		case 'containerd':
			return `containerd ${condition.version} runs from ${condition.binary} with ${condition.config}`;
		case 'machine':
			return `this is a ${condition.machine} machine`;
		case 'sequence':
			return condition.sequence === 0 ? 'nothing was installed since' : 'no other run changed the installation since';
		case 'no-sandboxes':
			return `no sandbox runs from ${condition.tree}`;
		case 'root':
			return 'the worker runs as root';
	}
}

function stateInWords(state: string): string {
	if (state === 'absent') return 'not there';
	if (state.startsWith('file:')) return `still the file that was read (SHA-256 ${state.slice(5, 17)}…)`;
	if (state.startsWith('link:')) return `still a link to ${state.slice(5)}`;
	return `still a ${state}`;
}
