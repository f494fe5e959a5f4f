/** "The same without questions": what a plan's command line says is read and planned again, on the same host, to the same hash. */
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {planOfChange, planOfInstalled} from '../../src/cli/change.ts';
import type {Context} from '../../src/cli/context.ts';
import {readAsRoot} from '../../src/cli/escalation.ts';
import {makeInstallPlan} from '../../src/cli/operations.ts';
import {parseInvocation} from '../../src/cli/parse.ts';
import {createRealHost} from '../../src/host/real.ts';
import {activePairLink} from '../../src/layout.ts';
import {planChange} from '../../src/plan/change.ts';
import type {Choice} from '../../src/plan/choice.ts';
import {planInstall} from '../../src/plan/install.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {planRepair} from '../../src/plan/repair.ts';
import {sampleChoice, sampleContainerd, sampleFacts} from '../support/facts.ts';
import {serve, withoutProxies} from '../support/local-server.ts';
import {PlayedHost} from '../support/played-host.ts';
import {refusalOf} from '../support/refusal.ts';

const rehearsal = false;
const archives = join(import.meta.dirname, '../../assets/rehearsal');
const goArchive = join(archives, 'kata-go-static-4.1.999-amd64.tar.zst');
const rustArchive = join(archives, 'kata-static-4.1.999-amd64.tar.zst');
const digest = 'ab'.repeat(32);

const contextOf = (argv: readonly string[], rehearsalRoot: string | null = null) => {
	const {command, argument, flags} = parseInvocation(argv, {});
	return {command, argument, context: {flags, rehearsalRoot, host: createRealHost()} as Context};
};

/** What `kata-setup WORDS` plans on a host where Kata is installed. */
async function planOf(words: readonly string[], {facts}: PlayedHost): Promise<Plan> {
	const {command, argument, context} = contextOf(words);
	if (command === 'install') return planOfInstalled(context, facts);
	if (command === 'switch' || command === 'upgrade' || command === 'rollback')
		return planOfChange(context, facts, command, argument);
	throw new Error(`${command} changes nothing that is installed`);
}

/** The words of a command line that needs no shell's quotes. */
const wordsOf = ({command}: Plan): string[] => {
	expect(command).toMatch(/^kata-setup [^'"\\]+$/);
	return command.split(' ').slice(1);
};

/** An index that has every release, for both runtimes. */
async function index(): Promise<string> {
	withoutProxies();
	const server = await serve((request, response) => {
		const version = request.url?.split('/').at(-1) ?? '';
		const tag = version === 'latest' ? '4.2.0' : version;
		const assets = ['kata-static', 'kata-go-static'].map(name => ({
			name: `${name}-${tag}-amd64.tar.zst`,
			size: 1000,
			digest: `sha256:${digest}`,
			state: 'uploaded',
			browser_download_url: `https://downloads.example/${name}-${tag}-amd64.tar.zst`,
		}));
		response.end(JSON.stringify({tag_name: tag, assets}));
	});
	onTestFinished(() => server.close());
	return server.url;
}

const blockfile = sampleContainerd({snapshotters: {overlayfs: 'ok', blockfile: 'skip'}});
const firecracker = sampleChoice({runtime: 'go', hypervisor: 'firecracker'});

const installed = (choice: Choice = sampleChoice()): PlayedHost => {
	const host = new PlayedHost(sampleFacts({containerd: [blockfile]}));
	host.apply(planInstall(host.facts, choice, {rehearsal}));
	return host;
};

describe('the command of a change', () => {
	const withoutIndex: [string[], Choice?][] = [
		[['switch', 'clh', '--no-restart']],
		[['switch', 'clh', '--no-test', '--vcpus', '2', '--debug=no', '--guest-memory', '1024', '--ignore', 'kvm']],
		[['switch', '--hugepages', '--no-restart']],
		[['switch', 'go', '--archive', goArchive, '--allow-unverified', '--no-restart']],
		[['switch', 'go/qemu', '--archive', goArchive, '--sha256', digest]],
		[['switch', 'go/fc', '--blockfile-size', '2', '--no-restart'], sampleChoice({runtime: 'go'})],
		[['switch', '--vcpus', '2'], {...firecracker, blockfileGiB: 3}],
		[['upgrade', '--archive', rustArchive, '--sha256', digest, '--no-restart', '--no-test']],
		[['install', '--hypervisor', 'clh', '--no-restart']],
		[['install', '--runtime', 'go', '--archive', goArchive, '--allow-unverified']],
		[['install', '--hypervisor', 'dragonball', '--archive', rustArchive, '--sha256', digest, '--no-restart']],
		[['install', '--hypervisor', 'clh'], sampleChoice({defaultPaths: false, ignore: ['kvm']})],
	];
	it.each(withoutIndex)('%j plans the same again', async (words, choice) => {
		const host = installed(choice);
		const plan = await planOf([...words, '--yes'], host);
		expect(plan.steps).not.toEqual([]);
		expect(await planOf(wordsOf(plan), host)).toEqual(plan);
	});

	it.each([
		['switch', 'go'],
		['switch', 'go/clh', '--no-restart', '--no-test'],
		['upgrade'],
		['upgrade', '--version', '4.3.0', '--no-restart', '--debug'],
		['install', '--runtime', 'go', '--version', '4.2.0'],
		['install', '--hypervisor', 'clh', '--version', '4.2.0', '--no-restart', '--vcpus', '2'],
	])('%j with an index plans the same again', async (...words) => {
		const url = await index();
		const host = installed();
		const plan = await planOf([...words, '--release-url', url, '--yes'], host);
		expect(plan.steps.map(({kind}) => kind)).toContain('fetch-archive');
		expect(await planOf(wordsOf(plan), host)).toEqual(plan);
	});

	it('names what a release came from also where it is unpacked here already', async () => {
		const host = installed();
		const go = ['switch', 'go', '--archive', goArchive, '--sha256', digest, '--yes'];
		host.apply(await planOf(go, host));
		// Two changes later neither the state in force nor the one before is of that archive.
		for (const pair of ['rust/qemu', 'rust/clh'])
			host.apply(await planOf(['switch', pair, '--archive', rustArchive, '--sha256', digest, '--yes'], host));
		const plan = await planOf(go, host);
		expect(plan.steps.map(({kind}) => kind)).not.toContain('fetch-archive');
		expect(await planOf(wordsOf(plan), host)).toEqual(plan);
	});

	it('of a rollback keeps its flags, which the state that it goes back to does not overrule', async () => {
		const host = installed(sampleChoice({restartEngine: false}));
		host.apply(await planOf(['switch', 'clh', '--yes'], host));
		for (const words of [['rollback'], ['rollback', '--no-restart', '--no-test', '--ignore', 'kvm']]) {
			const plan = await planOf([...words, '--yes'], host);
			expect(plan.choice?.restartEngine).toBe(!words.includes('--no-restart'));
			expect(await planOf(wordsOf(plan), host)).toEqual(plan);
		}
	});

	it('is the upgrade alone where the pair stays', async () => {
		const url = await index();
		const plan = await planOf(['install', '--version', '4.2.0', '--release-url', url, '--yes'], installed());
		expect(plan.command).toBe(`kata-setup upgrade --version 4.2.0 --release-url ${url} --yes`);
	});
});

describe('the command of a rehearsed upgrade to another pair', () => {
	it('is known as an upgrade by its version, and names none of the rehearsal’s own files', () => {
		const {facts} = installed();
		const choice = {...sampleChoice(), hypervisor: 'dragonball' as const};
		const {command} = planChange(facts, choice, {verb: 'upgrade', rehearsal: true});
		expect(command).toBe('kata-setup install --yes --runtime rust --hypervisor dragonball --version 4.1.0 --rehearse');
	});
});

describe('the command of an install', () => {
	it.each([
		['--no-restart', '--no-default-paths', '--no-test', '--archive', rustArchive, '--allow-unverified'],
		['--beside', '--vcpus', '2', '--ignore', 'kvm', '--archive', rustArchive, '--sha256', digest],
	])('%j plans the same again', async (...words) => {
		const facts = sampleFacts();
		const pair = {runtime: 'rust', hypervisor: 'qemu'} as const;
		const plan = await makeInstallPlan(contextOf(['install', ...words]).context, facts, pair);
		expect(await makeInstallPlan(contextOf(wordsOf(plan)).context, facts, pair)).toEqual(plan);
	});
});

describe('the command of a repair', () => {
	it('has the archives and the flags that it was given', () => {
		const host = installed();
		const items = [{path: activePairLink, kind: 'missing', expected: 'link', found: 'absent'} as const];
		const facts = {...host.facts, drift: {depth: 'deep' as const, items: [...items], unjudged: [], theirs: []}};
		const materials = {archives: [], manifests: {}, program: {version: '0.0.0-test', folder: '/npx'}, snapshots: 0};
		const repaired = (words: readonly string[], isRehearsal = false): Plan => {
			const {flags} = parseInvocation(words, {});
			const options = {restartEngine: !flags['no-restart'], smokeTest: !flags['no-test'], given: flags.archive};
			return planRepair(facts, host.receipt, materials, {rehearsal: isRehearsal, ...options});
		};
		const words = ['repair', '--archive', goArchive, '--archive', rustArchive, '--no-restart', '--no-test'];
		const plan = repaired(words);
		expect(wordsOf(plan)).toEqual(['repair', '--yes', ...words.slice(1)]);
		expect(repaired(wordsOf(plan))).toEqual(plan);
		expect(repaired(['repair'], true).command).toBe('kata-setup repair --yes --rehearse');
	});
});

describe('the command that root is to run', () => {
	it('has the flags of the one that may not become root', async () => {
		const facts = sampleFacts({privileges: {uid: 1000, user: 'ops', root: 'none'}});
		const {context} = contextOf(['repair']);
		const more = ['--archive', '/srv/my kata.tar.zst', '--no-restart'];
		const refused = await refusalOf(
			readAsRoot({...context, self: ['/usr/bin/node', '/k.mjs']}, facts, 'repair', null, more),
		);
		const words = "repair --yes --archive '/srv/my kata.tar.zst' --no-restart";
		expect(refused.remedy).toEqual([`Run as root: /usr/bin/node /k.mjs ${words}`]);
	});
});
