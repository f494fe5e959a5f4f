/** `kata-setup list`: every runtime with every hypervisor, for this host or for an architecture and release. */
import {hypervisorTitle} from '../catalogue/availability.ts';
import {oldestRelease} from '../catalogue/by-release.ts';
import {type Matrix, type MatrixRow, matrixOfHost, matrixOfRelease} from '../catalogue/matrix.ts';
import {variantName} from '../catalogue/variants.ts';
import type {VariantHere} from '../catalogue/variants-here.ts';
import {atLeast, isVersion} from '../catalogue/version.ts';
import {ascii, hanging} from '../columns.ts';
import {exitCodes, KataSetupError} from '../errors.ts';
import {architectures} from '../facts/facts.ts';
import type {Gathered} from '../facts/looked.ts';
import type {Context} from './context.ts';
import {printJson, printLines} from './print.ts';

/** @param look reads the facts: of this host, or of a file; not called with --arch */
export async function list({flags}: Context, look: () => Promise<Gathered>): Promise<number> {
	if (flags.json && flags.markdown)
		throw new KataSetupError('usage', 'It is either --json or --markdown.', {remedy: 'Leave one of them out.'});
	const release = releaseFlag(flags.release);
	const asked = architectures.find(name => name === flags.arch);
	let matrix: Matrix;
	if (asked) matrix = matrixOfRelease(asked, release);
	else {
		const {facts, findings} = await look();
		matrix = matrixOfHost(facts, findings, release);
	}
	// A program that asks for JSON gets the variants only where it asked for them, too.
	const shown = flags.advanced ? matrix : {...matrix, advanced: [], undescribed: []};
	if (flags.json) printJson(shown);
	else printLines(flags.markdown ? markdownLines(shown) : matrixLines(shown));
	return exitCodes.ok.code;
}

/**
 * The value of --release; null if it was not given.
 * @throws KataSetupError (`usage`) if it is no version, or one whose layout is not known
 */
export function releaseFlag(value: string | undefined): string | null {
	if (value === undefined) return null;
	if (isVersion(value) && atLeast(value, oldestRelease)) return value;
	throw new KataSetupError('usage', `--release cannot be \`${value}\`.`, {
		why: `It is a version such as 4.1.0, not older than ${oldestRelease}.`,
	});
}

/** Plain text of at most 80 columns. */
export function matrixLines(matrix: Matrix): string[] {
	const {release, architecture, hostname, blockers, pairs, advanced, undescribed} = matrix;
	return [
		`Kata ${release} on ${architecture}${hostname === null ? ', whatever the host' : `, host ${hostname}`}`,
		'',
		...blockers.flatMap(blocker => hanging('  In the way of all of them: ', ascii(blocker))),
		...(blockers.length > 0 ? [''] : []),
		...pairs.flatMap(row => [
			...hanging(`  ${row.name.padEnd(24)}${row.available ? 'yes  ' : 'no   '}`, ascii(rowWords(row))),
			...(row.file === null ? [] : [`${' '.repeat(31)}${row.file}`]),
		]),
		...(advanced.length === 0 ? [] : ['', 'For special hosts:', '']),
		...advanced.flatMap(row => [
			...hanging(`  ${variantName(row).padEnd(26)}${row.available ? 'yes  ' : 'no   '}`, ascii(variantWords(row))),
			`${' '.repeat(31)}${row.file}`,
		]),
		...(undescribed.length === 0
			? []
			: ['', 'In the installed release, not described yet, not installed by this version:', '']),
		...undescribed.map(({runtime, file}) => `  ${runtime.padEnd(6)}${ascii(file)}`),
	];
}

/** What there is to say of a pair, the most important first. */
export function rowWords(row: MatrixRow): string {
	if (!row.available) return [row.reason, ...(row.remedy === null ? [] : [row.remedy])].join('; ');
	return [
		...(row.recommended ? ['recommended'] : []),
		...(row.ownDefault ? [`taken by ${row.runtime} itself`] : []),
		row.testedUpstream ? 'tested by Kata' : 'not tested by Kata here',
		...(row.deprecated ? ['deprecated'] : []),
		...(row.experimental ? ['experimental'] : []),
		...(row.needsBlockSnapshotter ? ['needs a block snapshotter'] : []),
	].join('; ');
}

/** What there is to say of a variant, whether it can be chosen first. */
export const variantWords = ({available, reason, remedy, summary, needs, experimental}: VariantHere): string =>
	available
		? [
				summary.replace(/\.$/, ''),
				...(experimental ? ['experimental'] : []),
				...(needs.length > 0 ? [`needs ${needs.join(', ')}`] : []),
			].join('; ')
		: [reason, ...(remedy === null ? [] : [remedy])].join('; ');

/** A table for a web page or an issue. */
export function markdownLines({release, architecture, pairs, advanced, undescribed}: Matrix): string[] {
	const line = (cells: readonly string[]): string =>
		`| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
	return [
		`Kata ${release} on ${architecture}`,
		'',
		line(['runtime', 'hypervisor', 'can be chosen', 'configuration', 'table', 'archive']),
		line(Array(6).fill('---')),
		...pairs.map(row =>
			line([
				row.runtime,
				hypervisorTitle(row.hypervisor),
				`${row.available ? 'yes' : 'no'}: ${rowWords(row)}`,
				...[row.file, row.table, row.archive].map(word => (word === null ? '' : `\`${word}\``)),
			]),
		),
		...(advanced.length === 0
			? []
			: [
					'',
					'For special hosts:',
					'',
					line(['runtime', 'variant', 'can be chosen', 'what it is', 'needs', 'configuration']),
					line(Array(6).fill('---')),
					...advanced.map(row =>
						line([
							row.runtime,
							row.name,
							row.available ? 'yes' : `no: ${variantWords(row)}`,
							row.summary,
							row.needs.join(', '),
							`\`${row.file}\``,
						]),
					),
				]),
		...(undescribed.length === 0 ? [] : ['', 'Not described yet, not installed by this version:', '']),
		...undescribed.map(({runtime, file}) => `- ${runtime}: \`${file}\``),
	];
}
