/** What the built program prints with --json keeps the published schemas: the documents of a host, and lines. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {exitCodes} from '../../src/errors.ts';
import {restOf} from '../../src/plan/finish-run.ts';
import {planInstall} from '../../src/plan/install.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {faultsOf} from '../support/schema.ts';

const bundle = join(import.meta.dirname, '../../dist/kata-setup.mjs');
const limit = 60_000;

let folder: string;
let root: string;
beforeAll(async () => {
	folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-printed-'));
	root = join(folder, 'root');
});
afterAll(() => fs.rm(folder, {recursive: true, force: true}));

const printed = async (...args: string[]) => {
	const {stdout, exitCode} = await execa(process.execPath, [bundle, ...args, '--json', '--rehearse', '--root', root], {
		reject: false,
		stdin: 'ignore',
		env: {PATH: '/usr/bin:/bin'},
		extendEnv: false,
	});
	return {stdout, exitCode};
};
const document = async (...args: string[]) => JSON.parse((await printed(...args)).stdout) as Record<string, unknown>;

describe('what is printed as JSON', {timeout: limit}, () => {
	it('where nothing is installed keeps the schemas', async () => {
		expect(faultsOf('status.schema.json', await document('status'))).toEqual([]);
		const attach = await document('attach');
		expect(attach).toMatchObject({schema: 1, running: false, lastRun: null});
		expect(faultsOf('attach.schema.json', attach)).toEqual([]);
		for (const args of [['uninstall', '--yes'], ['finish', '--yes'], ['test']])
			expect(faultsOf('event.schema.json', await document(...args)), args.join(' ')).toEqual([]);
	});

	it('where a check has nothing to fix is a plan without steps, and after a fix a line of its own', async () => {
		await document('status');
		const {stdout, exitCode} = await printed('check', '--fix', '--dry-run');
		expect(exitCode).toBe(exitCodes.ok.code);
		expect(JSON.parse(stdout)).toMatchObject({verb: 'fix', steps: []});
		expect(faultsOf('plan.schema.json', JSON.parse(stdout))).toEqual([]);
		const lines = (await printed('check', '--fix', '--yes')).stdout.split('\n');
		expect(JSON.parse(lines.at(-1) ?? '')).toHaveProperty('event', 'checked');
		for (const line of lines) expect(faultsOf('event.schema.json', JSON.parse(line))).toEqual([]);
	});

	it('of an installation that drifted keeps the schema, and so does its run', async () => {
		const {stdout} = await printed('install', '--yes');
		for (const line of stdout.split('\n')) expect(faultsOf('event.schema.json', JSON.parse(line))).toEqual([]);
		await fs.rm(join(root, 'opt/kata'));
		const status = await document('status');
		expect(status).toMatchObject({installation: {hypervisor: 'qemu'}, drift: {items: [{path: '/opt/kata'}]}});
		expect(faultsOf('status.schema.json', status)).toEqual([]);
		expect(faultsOf('status.schema.json', {...status, novelty: 1})).not.toEqual([]);
		expect(faultsOf('attach.schema.json', await document('attach'))).toEqual([]);
	});
});

it('the rest of a run keeps its schema', () => {
	const plan = planInstall(sampleFacts(), sampleChoice(), {rehearsal: false});
	const rest = {schema: 1, ...restOf({run: 'r7', begun: '2026-11-20T09:05:00.000Z', by: 'ops'}, plan, [])};
	expect(faultsOf('rest.schema.json', rest)).toEqual([]);
	expect(faultsOf('rest.schema.json', {...rest, schema: undefined})).not.toEqual([]);
});
