/** `apply FILE` asks for what `install` asks for: what is in the way must be accepted, and bytes that nobody vouches for. */
import * as fs from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {beforeEach, describe, expect, it, onTestFinished} from 'vitest';
import {plainCommands} from '../../src/cli/commands.ts';
import type {Context} from '../../src/cli/context.ts';
import {makeInstallPlan} from '../../src/cli/operations.ts';
import {parseInvocation} from '../../src/cli/parse.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {createRealHost} from '../../src/host/real.ts';
import type {Choice} from '../../src/plan/choice.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {openRehearsal} from '../../src/rehearsal/rehearsal.ts';
import {kvm} from '../facts/findings/find.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {refusalOf} from '../support/refusal.ts';

/** A model server in a throwaway root that is taken for a real host: no worker starts, as none is named. */
let context: (...words: string[]) => Context;
let write: (plan: Plan) => Promise<string>;
let root: string;

beforeEach(async () => {
	const opened = await openRehearsal(null);
	root = opened.root;
	onTestFinished(() => fs.rm(root, {recursive: true, force: true}));
	context = (...words) =>
		({
			version: '0.0.0-test',
			host: opened.host,
			rehearsalRoot: null,
			flags: parseInvocation(words, {}).flags,
			person: {name: 'ops', uid: 1000, gid: 1000},
			self: ['/nowhere/node', '/nowhere/kata-setup.mjs'],
		}) as Context;
	const folder = await fs.mkdtemp(join(tmpdir(), 'kata-setup-apply-'));
	onTestFinished(() => fs.rm(folder, {recursive: true}));
	write = async plan => {
		const file = join(folder, 'plan.json');
		await fs.writeFile(file, JSON.stringify(plan));
		return file;
	};
});

const planned = (choice: Choice, facts: Partial<Facts> = {}): Plan =>
	planInstall(sampleFacts(facts), choice, {rehearsal: false});
const apply = async (plan: Plan, ...words: string[]) => {
	const file = await write(plan);
	return refusalOf(Promise.resolve(plainCommands.apply?.(context('apply', file, '--yes', ...words), file)));
};

const [archive] = sampleChoice().release.archives;
const unverified = (): Choice => {
	const {release, ...others} = sampleChoice();
	const archives = archive ? [{...archive, sha256: null, digestSource: 'none' as const}] : [];
	return {...others, release: {...release, archives}};
};

describe('apply', () => {
	it('refuses what is in the way, unless the plan or the person accepted it', async () => {
		await fs.rm(join(root, 'dev/kvm'));
		const refused = await apply(planned(sampleChoice()));
		expect(refused).toMatchObject({exit: 'host', message: 'This host cannot run Kata as it is.'});
		expect(refused.why).toContain('/dev/kvm');
		for (const [plan, ...words] of [
			[planned(sampleChoice({ignore: ['kvm']}))],
			[planned(sampleChoice()), '--ignore', 'kvm'],
		] as const)
			expect((await apply(plan, ...words)).message).not.toBe('This host cannot run Kata as it is.');
	});

	it('refuses an archive without a digest, unless the person accepts it here and now', async () => {
		const refused = await apply(planned(unverified()));
		expect(refused).toMatchObject({exit: 'release', message: expect.stringContaining('cannot be verified')});
		expect(refused.remedy.join('\n')).toMatch(/kata-setup plan .*--sha256 HEX(.|\n)*--allow-unverified/);
		const accepted = await apply(planned(unverified()), '--allow-unverified');
		expect(accepted.message).not.toContain('cannot be verified');
	});
});

describe('a plan for a host with something in its way', () => {
	const archives = join(import.meta.dirname, '../../assets/rehearsal');
	const plan = (facts: Facts, ...words: string[]): Promise<Plan> => {
		const archive = ['--archive', join(archives, 'kata-static-4.1.999-amd64.tar.zst')];
		return makeInstallPlan({...context('plan', ...archive, ...words), host: createRealHost()}, facts, {
			runtime: 'rust',
			hypervisor: 'qemu',
		});
	};

	it('says so in its notes, for whoever reads it as JSON; the same facts give the same hash', async () => {
		const facts = sampleFacts({kvm: kvm('missing', 'ENOENT')});
		const {notes, hash} = await plan(facts);
		expect(notes[0]).toMatch(/^In the way: KVM: There is no \/dev\/kvm/);
		expect((await plan(facts)).hash).toBe(hash);
		expect((await plan(facts, '--ignore', 'kvm')).notes.join('\n')).not.toContain('In the way');
		expect((await plan(sampleFacts())).notes.join('\n')).not.toContain('In the way');
	});
});
