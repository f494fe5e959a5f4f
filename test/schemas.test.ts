/** The published JSON Schemas: made from the types as they are, and kept by what the program prints. */
import * as fs from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {makeSchemas} from '../scripts/build-schemas.mjs';
import {matrixOfHost, matrixOfRelease} from '../src/catalogue/matrix.ts';
import {storyOf} from '../src/catalogue/story.ts';
import {explainDocument} from '../src/cli/explain.ts';
import {checkDocument} from '../src/facts/check-document.ts';
import {architectures, type Facts} from '../src/facts/facts.ts';
import {gatherFacts} from '../src/facts/gather.ts';
import {judge} from '../src/facts/judge.ts';
import {outlookOf} from '../src/facts/outlook.ts';
import {optionStory} from '../src/kataconfig/option-story.ts';
import {planInstall} from '../src/plan/install.ts';
import {openRehearsal} from '../src/rehearsal/rehearsal.ts';
import {runEvents} from './screens/run-fixtures.ts';
import {sampleChoice, sampleContainerd, sampleFacts} from './support/facts.ts';
import {faultsOf} from './support/schema.ts';

const folder = join(import.meta.dirname, '../assets/schemas');
const committed = async (name: string): Promise<string> => fs.readFile(join(folder, name), 'utf8');

const check = (facts: Facts): unknown => {
	const findings = judge(facts);
	return checkDocument(facts, findings, outlookOf(facts, findings));
};

describe('the schemas', () => {
	it('are up to date with the types: npm run schemas', {timeout: 120_000}, async () => {
		const made = makeSchemas();
		expect(Object.keys(made).sort()).toEqual((await fs.readdir(folder)).sort());
		for (const [name, text] of Object.entries(made)) expect(await committed(name), name).toBe(text);
	});

	it('carry the comments of the types', async () => {
		const {definitions} = JSON.parse(await committed('check.schema.json')) as {
			definitions: Record<string, {properties: Record<string, {description?: string}>}>;
		};
		expect(definitions.Facts?.properties.takenAt?.description).toBe('ISO 8601, UTC.');
		expect(definitions.PairOutlook?.properties.changes?.description).toContain('What the plan changes');
	});
});

describe('what is printed', () => {
	const configText = '[a.auth]\npassword = "p"\n';
	const containerd = sampleContainerd();

	it.each([
		['a good host', {}],
		['a host without KVM', {kvm: {...sampleFacts().kvm, state: 'missing', error: 'ENOENT'}}],
		['an unknown machine', {machine: 'riscv64'}],
		['a host with secrets', {containerd: [{...containerd, config: {...containerd.config, text: configText}}]}],
		['an empty host', {containerd: [], space: [], devices: [], unread: [{probe: 'cpu', why: 'x'}]}],
	] as [string, Partial<Facts>][])('by check --json of %s keeps the schema', (_, changes) => {
		expect(faultsOf('check.schema.json', check(sampleFacts(changes)))).toEqual([]);
	});

	it('by check --json of the model server keeps the schema, in every field', async () => {
		const {root, host} = await openRehearsal(null);
		onTestFinished(() => fs.rm(root, {recursive: true}));
		const facts = await gatherFacts(host, {kataSetup: '0.0.0-test', installation: null});
		expect(facts.unread).toEqual([]);
		expect(faultsOf('check.schema.json', check(facts))).toEqual([]);
		expect(faultsOf('facts.schema.json', facts)).toEqual([]);
	});

	it('by plan --json and by a run keeps the schemas', () => {
		expect(faultsOf('plan.schema.json', planInstall(sampleFacts(), sampleChoice(), {rehearsal: false}))).toEqual([]);
		for (const event of runEvents()) expect(faultsOf('event.schema.json', event)).toEqual([]);
	});

	it('by list, explain and recommend --json keeps the schemas', async () => {
		for (const architecture of architectures)
			expect(faultsOf('list.schema.json', matrixOfRelease(architecture, null))).toEqual([]);
		const facts = sampleFacts();
		expect(faultsOf('list.schema.json', matrixOfHost(facts, judge(facts), '4.1.0'))).toEqual([]);
		for (const name of ['go', 'qemu', 'rust-qemu', 'qemu-tdx', 'default_memory'])
			expect(faultsOf('explain.schema.json', explainDocument(storyOf(name), optionStory(name))), name).toEqual([]);
		// Another shape than any of them is none.
		expect(faultsOf('explain.schema.json', {schema: 1, kind: 'tale'})).not.toEqual([]);
	});

	it('would not pass with a field that the schema does not name, or without one that it does', () => {
		const document = check(sampleFacts()) as {facts: object; pairs: object[]};
		expect(faultsOf('check.schema.json', {...document, novelty: 1})).not.toEqual([]);
		expect(faultsOf('check.schema.json', {...document, facts: {...document.facts, cpu: undefined}})).not.toEqual([]);
		expect(faultsOf('check.schema.json', {...document, pairs: [{...document.pairs[0], outlook: 'maybe'}]})).not.toEqual(
			[],
		);
	});
});
