/** The configuration files of a stand-in release: Kata 4.1's tables and keys, as its own files have them without comments. */

import type {PairEntry} from '../../../src/catalogue/catalogue.ts';
import {atLeast} from '../../../src/catalogue/version.ts';

type Table = Record<string, string | number | boolean | string[]>;

const programs = '/opt/kata/bin';
const guests = '/opt/kata/share/kata-containers';
const virtioFs: Table = {
	shared_fs: 'virtio-fs',
	virtio_fs_daemon: '/opt/kata/libexec/virtiofsd',
	virtio_fs_cache: 'auto',
};
const agentWords = 'cgroup_no_v1=all systemd.unified_cgroup_hierarchy=1';

/** What each hypervisor has beside the common keys. Source: the configuration files of Kata 4.1.0 for x86_64. */
const ofHypervisor: Record<PairEntry['hypervisor'], Table> = {
	qemu: {
		path: `${programs}/qemu-system-x86_64`,
		machine_type: 'q35',
		valid_hypervisor_paths: [`${programs}/qemu-system-x86_64`],
		cpu_features: 'pmu=off',
		...virtioFs,
	},
	'cloud-hypervisor': {
		path: `${programs}/cloud-hypervisor`,
		valid_hypervisor_paths: [`${programs}/cloud-hypervisor`],
		...virtioFs,
	},
	dragonball: {
		path: '',
		ctlpath: '',
		kernel: `${guests}/vmlinux-dragonball-experimental.container`,
		kernel_params: 'console=ttyS1 agent.log_vport=1025',
		shared_fs: 'inline-virtio-fs',
	},
	firecracker: {
		path: `${programs}/firecracker`,
		valid_hypervisor_paths: [`${programs}/firecracker`],
		jailer_path: `${programs}/jailer`,
		valid_jailer_paths: [`${programs}/jailer`],
	},
	stratovirt: {
		path: `${programs}/stratovirt`,
		kernel: `${guests}/vmlinuz.container`,
		machine_type: 'microvm',
		...virtioFs,
	},
};

/** What NVIDIA's variants have in the place of the plain pair's guest. Source: the same files. */
const ofVariant: Record<string, Table> = {
	'qemu-nvidia-cpu': {
		kernel: `${guests}/vmlinuz-nvidia-gpu.container`,
		image: `${guests}/kata-containers-nvidia.img`,
	},
	'qemu-nvidia-gpu': {
		kernel: `${guests}/vmlinuz-nvidia-gpu.container`,
		image: `${guests}/kata-containers-nvidia-gpu.img`,
		default_memory: 8192,
		cold_plug_vfio: 'root-port',
	},
};

/** The configuration's file name in a release; null if that release has none for the pair. */
export const configurationFile = ({configuration}: PairEntry, version: string): string | null =>
	configuration.filter(({since}) => atLeast(version, since)).at(-1)?.file ?? null;

/** Its text. */
export function configurationText(pair: PairEntry, version: string): string {
	const rust = pair.runtime === 'rust';
	// Before 3.30 the rust runtime spelt this one name out.
	const section = rust && pair.section === 'clh' && !atLeast(version, '3.30.0') ? 'cloud-hypervisor' : pair.section;
	const hypervisor: Table = {
		path: '',
		kernel: `${guests}/vmlinux.container`,
		image: `${guests}/kata-containers.img`,
		rootfs_type: 'ext4',
		enable_annotations: ['enable_iommu', 'kernel_params', 'kernel_verity_params'],
		kernel_params: agentWords,
		firmware: '',
		default_vcpus: 1,
		default_maxvcpus: 0,
		default_memory: 2048,
		default_maxmemory: 0,
		enable_debug: false,
		...ofHypervisor[pair.hypervisor],
		...ofVariant[pair.variant ?? ''],
	};
	const agent: Table = rust
		? {enable_debug: false, dial_timeout_ms: 10, reconnect_timeout_ms: 3000, create_container_timeout: 30}
		: {enable_debug: false, dial_timeout: 45, cdh_api_timeout: 50};
	const runtime: Table = {
		enable_debug: false,
		internetworking_model: 'tcfilter',
		...(rust
			? {name: 'virt_container', hypervisor_name: section, agent_name: 'kata'}
			: {create_container_timeout: 60, kubelet_root_dir: '/var/lib/kubelet'}),
		sandbox_cgroup_only: rust,
		static_sandbox_resource_mgmt: rust || pair.hypervisor === 'firecracker',
		disable_guest_seccomp: true,
		experimental: [],
	};
	return [
		'# Of a stand-in release for the tests of kata-setup.',
		...table(`hypervisor.${section}`, hypervisor),
		...table('agent.kata', agent),
		...table('runtime', runtime),
		'',
	].join('\n');
}

// JSON's strings, numbers, booleans and lists of strings are TOML's too.
const table = (name: string, values: Table): string[] => [
	'',
	`[${name}]`,
	...Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
];
