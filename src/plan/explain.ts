/** A plan in words: its totals before, and how to use what it made after. The same for screens and plain text. Pure. */
import {formatBytes} from '../format.ts';
import {activeConfiguration, activeShim, journalFile, shimOnPath} from '../layout.ts';
import type {Plan, Step, StepKind, StepOf} from './plan.ts';

const isKind =
	<K extends StepKind>(kind: K) =>
	(step: Step): step is Extract<Step, StepOf<K>> =>
		step.kind === kind;

export interface PlanTotals {
	/** Bytes over the network. */
	downloadBytes: number;
	/** Bytes that stay on disk. */
	diskBytes: number;
	/** Does an archive come whose size nobody told? Then the bytes are more than these. */
	unknownSize: boolean;
}

export function totalsOf(plan: Plan): PlanTotals {
	const sum = (of: (step: Step) => number): number => plan.steps.reduce((total, step) => total + of(step), 0);
	return {
		downloadBytes: sum(({cost}) => cost.downloadBytes),
		diskBytes: sum(({cost}) => cost.diskBytes),
		unknownSize: plan.steps.filter(isKind('fetch-archive')).some(({args}) => args.archive.size === null),
	};
}

/** What comes over the network and stays on disk, in one sentence; null where no release is brought here. */
export function costWords(plan: Plan): string | null {
	if (!plan.steps.some(isKind('fetch-archive'))) return null;
	const {downloadBytes, diskBytes, unknownSize} = totalsOf(plan);
	if (unknownSize)
		return downloadBytes > 0
			? `Download ${formatBytes(downloadBytes)}, and an archive of a size that nobody told.`
			: 'Download of a size that nobody told.';
	return `Download ${downloadBytes > 0 ? formatBytes(downloadBytes) : 'nothing'}, disk about ${formatBytes(diskBytes)}.`;
}

/** What happens to the engine, in one line; null if it is not touched. */
export function engineChangeOf(plan: Plan): string | null {
	const undone = plan.steps.filter(isKind('undo')).find(({args}) => args.of === 'containerd-config');
	if (undone) return 'containerd gets its configuration back, byte for byte';
	const step = plan.steps.find(isKind('containerd-config'));
	if (!step) return null;
	const {version, handler, edits, restart} = step.args;
	const files = edits.length === 1 ? '1 file' : `${edits.length} files`;
	const then = restart ? `${restart} is restarted` : 'no restart; the handler works after the next one';
	return `containerd ${version} gets the handler ${handler} in ${files}; ${then}`;
}

export interface Guidance {
	title: string;
	lines: {label: string; text: string; command?: boolean}[];
}

const standardSocket = '/run/containerd/containerd.sock';
const image = 'docker.io/library/busybox:latest';

/** How to use what an install or an adoption made, where it lies, and how to take it away. Empty for other plans. */
export function guidanceOf(plan: Plan): Guidance[] {
	if (plan.verb !== 'install' && plan.verb !== 'adopt') return [];
	const engine = plan.steps.find(isKind('containerd-config'))?.args;
	const smoke = plan.steps.find(isKind('smoke-test'))?.args;
	const onPath = plan.steps.filter(isKind('link')).some(({args}) => args.path === shimOnPath);
	const kept = plan.steps.find(isKind('keep-program'))?.args.script;
	const {tree} = (plan.steps.find(isKind('unpack-tree')) ?? plan.steps.find(isKind('adopt-tree')))?.args ?? {};
	const address = engine?.address ?? smoke?.address ?? standardSocket;
	const words = {
		address: address === standardSocket ? '' : ` --address ${address}`,
		snapshotter: smoke?.snapshotter ? ` --snapshotter ${smoke.snapshotter}` : '',
		runtime: onPath
			? '--runtime io.containerd.kata.v2'
			: `--runtime ${activeShim} --runtime-config-path ${activeConfiguration}`,
	};
	const use: Guidance['lines'] = [
		{label: 'ctr', text: `sudo ctr${words.address} image pull${words.snapshotter} ${image}`, command: true},
		{
			label: '',
			text: `sudo ctr${words.address} run --rm -t${words.snapshotter} ${words.runtime} ${image} hello uname -r`,
			command: true,
		},
	];
	if (onPath)
		use.push({
			label: 'nerdctl',
			text: `sudo nerdctl${words.address} run --rm${words.snapshotter} --runtime io.containerd.kata.v2 busybox uname -r`,
			command: true,
		});
	if (engine)
		use.push({
			label: 'Kubernetes',
			text: `a RuntimeClass with handler: ${engine.handler}; a pod asks for it by its runtimeClassName`,
		});
	return [
		{title: 'How to use it', lines: use},
		{
			title: 'Where things are',
			lines: [
				...(tree ? [{label: 'Tree', text: tree}] : []),
				{label: 'Configuration', text: activeConfiguration},
				...(engine ? engine.edits.map(({path}) => ({label: 'Engine', text: path})) : []),
				{label: 'Journal', text: journalFile},
			],
		},
		{
			title: 'How to undo it',
			lines: [
				// Under npx there is no command `kata-setup`; what was left on the host is there in any case.
				...(kept ? [{label: 'All of it', text: kept, command: true}] : []),
				{label: kept ? 'Or' : 'All of it', text: 'kata-setup uninstall', command: true},
			],
		},
	];
}
