import {describe, expect, it} from 'vitest';
import type {InstallationFacts, ModuleRule} from '../../../../src/facts/facts.ts';
import {find, findings, has, virt} from '../find.ts';
import {modules} from './modules.ts';

const labelled = (changes: Parameters<typeof findings>[0]) =>
	findings(changes).filter(({label}) => label === 'Modules');

describe('the modules', () => {
	it('need no word where nothing is wrong', () => {
		expect(labelled({modules: modules()})).toEqual([]);
		expect(labelled({})).toEqual([]);
	});

	it('that could not be read are unknown', () => {
		const unread = [{probe: 'modules', why: 'It did not end within 10 s.'}];
		expect(find('modules', {modules: modules(), unread}).severity).toBe('unknown');
	});
});

describe('a kernel that was upgraded and not rebooted', () => {
	const gone = modules({running: false, releases: ['5.10.0-30-amd64', '6.1.0-41-amd64']});

	it('asks for the reboot into the newest', () => {
		const found = find('modules', {modules: gone});
		expect(found).toMatchObject({severity: 'warning', command: 'sudo reboot', affects: 'all'});
		expect(found.summary).toContain('6.1.0-41-amd64 waits for a reboot');
		expect(found.sources).toContain('/lib/modules');
	});

	it('is none in a container, in WSL, or where the disk’s kernels are older', () => {
		expect(labelled({modules: gone, virt: virt({container: 'docker'})})).toEqual([]);
		expect(labelled({modules: gone, virt: virt({container: 'wsl'})})).toEqual([]);
		expect(labelled({modules: gone, kernel: '6.18.44-fc'})).toEqual([]);
	});

	it('nor where the running kernel’s modules are still there', () => {
		expect(labelled({modules: modules({releases: ['6.1.0-40-amd64', '6.1.0-41-amd64']})})).toEqual([]);
	});
});

describe('a blacklisted module', () => {
	const rule = (changes: Partial<ModuleRule> = {}): ModuleRule => ({
		for: 'vhost_vsock',
		module: 'vhost_vsock',
		stops: 'autoloading',
		path: '/etc/modprobe.d/blacklist.conf',
		line: 'blacklist vhost_vsock',
		...changes,
	});

	it('works until the next boot', () => {
		const found = find('modules-blacklist', {modules: modules({rules: [rule()]})});
		expect(found.severity).toBe('warning');
		expect(found.sources).toEqual(['/etc/modprobe.d/blacklist.conf']);
		expect(found.remedy).toEqual(['Take `blacklist vhost_vsock` out of /etc/modprobe.d/blacklist.conf.']);
		expect(found.affects).not.toBe('all');
	});

	it('of the network concerns all, and the command line is the boot loader’s', () => {
		const net = rule({
			for: 'vhost_net',
			module: 'vhost_net',
			path: '/proc/cmdline',
			line: 'modprobe.blacklist=vhost_net',
		});
		const found = find('modules-blacklist', {modules: modules({rules: [rule(), net]})});
		expect(found.affects).toBe('all');
		expect(found.all).toContain('boot loader');
	});

	it('is no matter if it is built in, or if nothing loads it at all', () => {
		expect(has('modules-blacklist', {modules: modules({rules: [rule({for: 'tun', module: 'tun'})]})})).toBe(false);
		expect(has('modules-blacklist', {modules: modules({rules: [rule({stops: 'loading'})]})})).toBe(false);
	});
});

describe('an installation whose modules no file has loaded at boot (A12)', () => {
	const installation = (hypervisor: string): InstallationFacts => ({
		version: '4.1.0',
		runtime: 'rust',
		hypervisor,
		tree: 'kata-setup/trees/t',
		handler: 'kata',
		unfinishedRun: null,
		sequence: 9,
	});
	const ours = '/etc/modules-load.d/kata-setup.conf';

	it('is mended by us', () => {
		const found = find('modules-boot', {modules: modules(), installation: installation('qemu')});
		expect(found).toMatchObject({severity: 'warning', command: 'kata-setup check --fix'});
		expect(found.summary).toContain('vhost_vsock, vhost_net');
	});

	it('lacks what its hypervisor needs, and no more', () => {
		const net = modules({atBoot: [{module: 'vhost_net', path: '/etc/modules'}]});
		expect(has('modules-boot', {modules: net, installation: installation('dragonball')})).toBe(false);
		expect(find('modules-boot', {modules: net, installation: installation('qemu')}).summary).toMatch(
			/^vhost_vsock: .* it /,
		);
		const all = modules({atBoot: [...net.atBoot, {module: 'vhost_vsock', path: ours}]});
		expect(has('modules-boot', {modules: all, installation: installation('qemu')})).toBe(false);
	});

	it('is none before there is one', () => {
		expect(has('modules-boot', {modules: modules()})).toBe(false);
	});
});
