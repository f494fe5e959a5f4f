/** What is in use of a Kata that is here: processes, configuration, handlers, and programs that shadow each other. */
import {describe, expect, it} from 'vitest';
import type {
	KataConfigurationFacts,
	KataHandlerFacts,
	KataProcessFacts,
	KataProgramFacts,
} from '../../../../src/facts/facts.ts';
import {asRoot, find, has} from '../find.ts';

const installation = {
	version: '4.1.0',
	runtime: 'rust',
	hypervisor: 'qemu',
	tree: 'kata-setup/trees/4.1.0',
	handler: 'kata',
	unfinishedRun: null,
	sequence: 9,
} as const;

describe('processes of Kata', () => {
	let pid = 100;
	const process = (changes: Partial<KataProcessFacts> = {}): KataProcessFacts => ({
		pid: pid++,
		kind: 'shim',
		program: 'containerd-shim-kata-v2',
		tree: '/opt/kata',
		deleted: false,
		...changes,
	});

	it('are not spoken of where there are none', () => {
		expect(has('kata-processes', {kataProcesses: []})).toBe(false);
	});

	it('are counted by kind and by tree', () => {
		const kataProcesses = [
			process(),
			process(),
			process({kind: 'hypervisor', tree: '/usr/bin'}),
			process({kind: 'virtiofsd'}),
		];
		const found = find('kata-processes', {kataProcesses});
		expect(found).toMatchObject({severity: 'note', summary: '2 shims, 1 hypervisor, 1 virtiofsd run now'});
		expect(found.all).toMatch(/From \/opt\/kata: 2 shims, 1 virtiofsd \(process \d+, \d+, \d+\)\./);
		expect(found.all).toContain('From /usr/bin: 1 hypervisor');
		expect(find('kata-processes', {kataProcesses: [process()]}).summary).toBe('1 shim runs now, from /opt/kata');
	});

	it('whose files are gone warn, and only they are counted for it', () => {
		const found = find('kata-processes', {kataProcesses: [process(), process({deleted: true})]});
		expect(found).toMatchObject({severity: 'warning', summary: '1 shim runs from files that are not there any more'});
	});

	it('that only root may look at are not given a tree', () => {
		const found = find('kata-processes', {kataProcesses: [process({tree: null, deleted: null})]});
		expect(found).toMatchObject({severity: 'note', summary: '1 shim runs now'});
		expect(found.all).toContain('Only root may see where these run from: 1 shim');
	});
});

describe('configuration that people wrote', () => {
	const go = '/etc/kata-containers/configuration.toml';
	const packaged = '/opt/kata/share/defaults/kata-containers/configuration-qemu.toml';
	const file = (changes: Partial<KataConfigurationFacts> = {}): KataConfigurationFacts => ({
		path: go,
		kind: 'file',
		runtime: 'go',
		target: null,
		packaged,
		differs: true,
		ours: false,
		...changes,
	});
	const judged = (...kataConfiguration: KataConfigurationFacts[]) => find('kata-configuration', {kataConfiguration});

	it('warns where it hides the packaged one and differs', () => {
		const found = judged(file());
		expect(found).toMatchObject({severity: 'warning', summary: `${go} was written here`, sources: [go]});
		expect(found.all).toContain(`diff ${packaged} ${go}`);
	});

	it.each([
		['of a name that is no default', {path: '/etc/kata-containers/configuration-clh.toml'}],
		['that hides none', {packaged: null, differs: null}],
		['that may not be read', {kind: 'unreadable', differs: null}],
		[
			'of a drop-in',
			{path: '/etc/kata-containers/config.d/50-me.toml', kind: 'drop-in', packaged: null, differs: null},
		],
	] as const)('is a note %s', (_what, changes) => {
		expect(judged(file(changes)).severity).toBe('note');
	});

	it.each([
		['ours', {kind: 'link', ours: true}],
		['the same as the packaged one', {differs: false}],
	] as const)('is not spoken of where it is %s', (_what, changes) => {
		expect(has('kata-configuration', {kataConfiguration: [file(changes)]})).toBe(false);
	});

	it('warns of a link that leads nowhere in /etc, and notes the one that rust’s archive brings', () => {
		const found = judged(file({kind: 'dangling', target: 'configuration-gone.toml', packaged: null, differs: null}));
		expect(found).toMatchObject({severity: 'warning', summary: `${go} leads nowhere`});
		expect(found.all).toContain('configuration-gone.toml');
		const brought = file({path: '/opt/kata/share/defaults/kata-containers/configuration.toml', kind: 'dangling'});
		expect(judged(brought).severity).toBe('note');
		expect(has('kata-configuration', {kataConfiguration: [brought], installation})).toBe(false);
	});

	it('is one finding, as grave as its gravest', () => {
		const found = judged(file({path: '/etc/kata-containers/configuration-clh.toml'}), file());
		expect(found).toMatchObject({severity: 'warning', summary: `${go} was written here; 1 more`});
	});
});

describe('handlers', () => {
	const handler = (changes: Partial<KataHandlerFacts> = {}): KataHandlerFacts => ({
		engine: 'containerd',
		source: '/etc/containerd/config.toml',
		name: 'kata',
		type: 'io.containerd.kata.v2',
		runtime: {path: '/opt/kata/bin/containerd-shim-kata-v2', state: 'missing'},
		configuration: null,
		...changes,
	});

	it('that name what is there are not spoken of, nor those we may not look at', () => {
		const there = handler({runtime: {path: '/x', state: 'there'}, configuration: {path: '/y', state: 'unknown'}});
		expect(has('kata-handlers', {kataHandlers: [there]})).toBe(false);
	});

	it.each([
		[handler(), 'systemctl restart containerd', 'no container of it starts'],
		[
			handler({runtime: null, configuration: {path: '/opt/kata/c.toml', state: 'missing'}}),
			'.runtimes.kata ',
			'its configuration is gone',
		],
		[
			handler({engine: 'docker', source: '/etc/systemd/system/docker.service.d/kata-containers.conf'}),
			'sudo mv /etc/systemd/system/docker.service.d/kata-containers.conf ',
			'no container of it starts',
		],
		[handler({engine: 'docker', source: '/etc/docker/daemon.json'}), '"runtimes" in /etc/docker/daemon.json', 'kata'],
		[handler({engine: 'crio', source: '/etc/crio/crio.conf.d/50-kata'}), '[crio.runtime.runtimes.kata]', 'kata'],
		[handler({engine: 'crio', source: '/etc/crio/crio.conf.d/99-kata-deploy'}), 'helm uninstall', 'kata'],
		[
			handler({configuration: {path: '/etc/kata-containers/kata-setup/active/configuration.toml', state: 'missing'}}),
			'`kata-setup uninstall`',
			'kata',
		],
	])('that name what is gone warn, with the way out: %#', (entry, remedy, words) => {
		const found = find('kata-handlers', {kataHandlers: [entry]});
		expect(found).toMatchObject({severity: 'warning'});
		expect(found.remedy.join('\n')).toContain(remedy);
		expect(found.all).toContain(words);
		expect(found.sources).toContain(entry.source);
		expect(find('kata-handlers', {kataHandlers: [entry], privileges: asRoot}).all).not.toContain('sudo ');
	});
});

describe('programs on a PATH', () => {
	const usr = {path: '/usr/bin/containerd-shim-kata-v2', target: '/usr/bin/containerd-shim-kata-v2'};
	const ours = {
		path: '/usr/local/bin/containerd-shim-kata-v2',
		target: '/opt/kata-setup/trees/4.1.0/runtime-rs/bin/containerd-shim-kata-v2',
	};
	const program = (found: KataProgramFacts['found'], changes: Partial<KataProgramFacts> = {}): KataProgramFacts => ({
		name: 'containerd-shim-kata-v2',
		whose: 'containerd',
		source: 'assumed',
		found,
		...changes,
	});

	it('that stand there once are not spoken of', () => {
		expect(has('kata-programs', {kataPrograms: [program([usr])]})).toBe(false);
		expect(has('kata-programs', {kataPrograms: [program([ours])], installation})).toBe(false);
	});

	it('that shadow each other for containerd warn, in its order', () => {
		const found = find('kata-programs', {kataPrograms: [program([ours, usr])]});
		expect(found).toMatchObject({severity: 'warning', summary: `containerd finds the shim ${ours.path} first`});
		expect(found.all).toContain(`${ours.path} (a link to ${ours.target}), ${usr.path}.`);
		expect(found.sources[0]).toBe("systemd's default PATH");
	});

	it('of another Kata that containerd finds instead of the installed one warn', () => {
		const found = find('kata-programs', {kataPrograms: [program([usr])], installation});
		expect(found).toMatchObject({severity: 'warning', summary: `containerd finds the shim ${usr.path} first`});
	});

	it('that shadow each other for this shell are a note', () => {
		const kataPrograms = [program([usr, ours], {whose: 'person', name: 'kata-runtime'})];
		expect(find('kata-programs', {kataPrograms})).toMatchObject({severity: 'note'});
	});
});
