/** What flags and words mean where Kata is installed: nothing that was typed is passed over in silence. */
import {describe, expect, it} from 'vitest';
import {planOfChange, planOfInstalled, soAlreadyLines} from '../../src/cli/change.ts';
import type {Context} from '../../src/cli/context.ts';
import {commandLines, overviewLines} from '../../src/cli/help.ts';
import {parseInvocation} from '../../src/cli/parse.ts';
import type {Choice} from '../../src/plan/choice.ts';
import {planInstall} from '../../src/plan/install.ts';
import {sampleChoice, sampleFacts} from '../support/facts.ts';
import {PlayedHost} from '../support/played-host.ts';
import {refusalOf} from '../support/refusal.ts';

const installed = (changes: Partial<Choice> = {}) => {
	const host = new PlayedHost(
		sampleFacts({devices: sampleFacts().devices.map(device => ({...device, state: 'ok', moduleState: 'loaded'}))}),
	);
	host.apply(planInstall(host.facts, sampleChoice(changes), {rehearsal: false}));
	return host.facts;
};
const contextOf = (...words: string[]): Context =>
	({flags: parseInvocation(words, {}).flags, rehearsalRoot: null}) as unknown as Context;

const install = (facts = installed(), ...words: string[]) =>
	planOfInstalled(contextOf('install', '--yes', ...words), facts);
const change = (argument: string | null, ...words: string[]) =>
	planOfChange(contextOf('switch', '--yes', ...words), installed(), 'switch', argument);

describe('install on an installed host', () => {
	it('refuses --no-default-paths where the paths are ours, as nothing would come of it', async () => {
		const refused = await refusalOf(install(installed(), '--no-default-paths'));
		expect(refused).toMatchObject({exit: 'usage', message: expect.stringContaining('--no-default-paths')});
		expect(refused.remedy.join()).toContain('kata-setup install --no-default-paths');
	});

	it('takes it where it is so already: the same command line may be run again', async () => {
		for (const changes of [{defaultPaths: false}, {beside: true}] as const)
			expect((await install(installed(changes), '--no-default-paths')).steps).toEqual([]);
	});

	it('says of an index that it was not asked, and how another release of it is had', async () => {
		const index = ['--release-url', 'https://mirror.example/kata'];
		const plan = await install(installed(), ...index);
		expect(plan.steps).toEqual([]);
		const lines = soAlreadyLines(contextOf('install', ...index), plan);
		expect(lines[0]).toMatch(/^It is so already: Kata 4\.1\.0/);
		expect(lines.slice(1).join('\n')).toContain('kata-setup upgrade --release-url https://mirror.example/kata');
		expect(soAlreadyLines(contextOf('install'), plan)).toHaveLength(1);
	});
});

describe('switch PAIR with flags', () => {
	it.each([
		['go/qemu', ['--runtime', 'rust'], '`go/qemu` and --runtime rust name two runtimes.'],
		['go', ['--runtime', 'rust'], '`go` and --runtime rust name two runtimes.'],
		['clh', ['--hypervisor', 'qemu'], '`clh` and --hypervisor qemu name two hypervisors.'],
		['go/qemu-nvidia-cpu', ['--hypervisor', 'qemu'], 'name two hypervisors.'],
	])('%s %j is refused: it names two', async (argument, words, message) => {
		const refused = await refusalOf(change(argument, ...words));
		expect(refused).toMatchObject({exit: 'usage', message: expect.stringContaining(message)});
		expect(refused.remedy).not.toEqual([]);
	});

	it.each([
		['rust/clh', ['--hypervisor', 'cloud-hypervisor', '--runtime', 'rust']],
		['rust', ['--hypervisor', 'clh']],
		['clh', ['--runtime', 'rust']],
		[null, ['--hypervisor', 'clh']],
	])('%s %j is taken: it names one', async (argument, words) => {
		expect((await change(argument, ...words)).choice).toMatchObject({runtime: 'rust', hypervisor: 'cloud-hypervisor'});
	});

	it('may leave the pair out, and its help says so', async () => {
		expect((await change(null, '--vcpus', '2')).choice).toMatchObject({hypervisor: 'qemu', options: {vcpus: 2}});
		expect(commandLines('switch')[0]).toBe('kata-setup switch [PAIR] [FLAGS]');
		expect(overviewLines('1').join('\n')).toContain('switch [PAIR]');
	});
});
