import {describe, expect, it} from 'vitest';
import type {Facts, RightsFacts, SecurityFacts} from '../../../../src/facts/facts.ts';
import {find, has, kvm, virt} from '../find.ts';

const security = (rights: Partial<RightsFacts> = {}, label: string | null = null): SecurityFacts => ({
	selinux: 'absent',
	containerSelinux: null,
	apparmor: false,
	label,
	lockdown: null,
	ioUringDisabled: 0,
	rights: {lacking: [], userNamespace: false, seccomp: false, ...rights},
});
const paths = ['/dev/vhost-vsock', '/dev/vhost-net', '/dev/net/tun'];
const devicesAre = (state: string): Facts['devices'] =>
	paths.map(path => ({path, state, module: 'x', moduleState: null}));
const small = {totalBytes: 32e9, availableBytes: 28e9, shm: {totalBytes: 64 * 1024 ** 2, freeBytes: 64 * 1024 ** 2}};
/** Nothing is passed in. */
const bare = (container: string, more: Partial<Facts> = {}) =>
	find('container', {
		virt: virt({isGuest: false, hypervisor: null, container}),
		kvm: kvm('missing', 'ENOENT', {module: {name: 'kvm_amd', state: null}}),
		devices: devicesAre('ENOENT'),
		memory: small,
		security: security({lacking: ['sys_module', 'sys_admin']}),
		...more,
	});

describe('a container', () => {
	it('is nothing on a whole server', () => {
		expect(has('container', {})).toBe(false);
	});

	it('is named with the VM around it', () => {
		const summaryIn = (changes: Parameters<typeof virt>[0]) =>
			find('container', {virt: virt({container: 'docker', ...changes})}).summary;
		expect(summaryIn({hypervisor: 'vmware'})).toContain('container (docker) in a VM (VMware)');
		expect(summaryIn({hypervisor: 'microsoft', wsl: 2})).toContain('container (docker) in WSL');
		expect(summaryIn({isGuest: false, hypervisor: null})).not.toContain(' in ');
	});

	it('is a note where all is passed in', () => {
		const found = find('container', {
			virt: virt({container: 'docker'}),
			devices: devicesAre('ok'),
			security: security(),
		});
		expect(found).toMatchObject({severity: 'note'});
		expect(found.summary).toContain('what Kata needs is passed in');
	});

	it('warns with each thing that is missing', () => {
		const found = bare('docker');
		expect(found.severity).toBe('warning');
		for (const word of ['/dev/kvm', ...paths, '/dev/shm', 'the capability SYS_ADMIN'])
			expect(found.all).toContain(word);
	});

	it('of Docker or Podman is started again with exact flags', () => {
		const confined = security({lacking: ['net_admin', 'sys_module'], seccomp: true}, 'docker-default (enforce)');
		const found = bare('docker', {security: confined});
		expect(found.remedy).toContain(
			'Start the container again with: docker run --device /dev/kvm --device /dev/vhost-vsock --device /dev/vhost-net --device /dev/net/tun --shm-size=4g --cap-add NET_ADMIN --security-opt apparmor=unconfined --security-opt seccomp=unconfined …',
		);
		expect(found.all).toContain('sudo modprobe -a kvm_amd vhost_vsock vhost_net tun');
		expect(bare('podman', {security: security({userNamespace: true})}).all).toContain('rootless container cannot');
		expect(bare('docker', {security: security({userNamespace: true})}).all).toContain('--userns=host');
	});

	it('asks for no device that it has', () => {
		const found = bare('docker', {kvm: kvm('opens', null), devices: devicesAre('ok')});
		expect(found.all).not.toContain('--device');
		expect(found.all).toContain('--shm-size=4g');
	});

	it('of LXC gets lines of its configuration, on Proxmox the words of pct', () => {
		const lxc = bare('lxc').remedy;
		expect(lxc).toContain('lxc.cgroup2.devices.allow = c 10:232 rwm');
		expect(lxc).toContain('lxc.mount.entry = /dev/net/tun dev/net/tun none bind,create=file 0 0');
		expect(lxc).toContain('lxc.cap.drop =');
		const proxmox = bare('lxc', {kernel: '6.8.12-4-pve', security: security({userNamespace: true})}).all;
		expect(proxmox).toContain('pct set ID --dev0 /dev/kvm --dev1 /dev/vhost-vsock');
		expect(proxmox).toContain('a privileged one');
	});

	it.each([
		['incus', 'incus config device add NAME kvm unix-char source=/dev/kvm path=/dev/kvm'],
		['lxd', 'lxc config set NAME security.privileged=true'],
		['systemd-nspawn', "--bind=/dev/kvm --property=DeviceAllow='/dev/kvm rw'"],
		['kubernetes', 'kata-deploy'],
		['openvz', 'does not pass KVM in'],
		['container-other', 'Then pass in: /dev/kvm'],
	])('of %s is told in its words', (container, words) => {
		expect(bare(container).remedy.join('\n')).toContain(words);
	});

	it('does not mind the seccomp filter that LXC always has', () => {
		const filtered = {security: security({seccomp: true})};
		expect(bare('lxc', filtered).all).not.toContain('seccomp');
		expect(bare('docker', filtered).all).toContain('seccomp');
	});

	it('that is WSL is a note, and a blocker in version 1', () => {
		expect(find('container', {virt: virt({container: 'wsl', wsl: 2})}).severity).toBe('note');
		expect(find('container', {virt: virt({container: 'wsl', wsl: 1})})).toMatchObject({
			severity: 'blocker',
			affects: 'all',
		});
	});
});
