/** Which values of an option cannot work with a pair on a host. Pure. */
import type {Pair} from '../catalogue/catalogue.ts';
import type {Facts} from '../facts/facts.ts';
import type {OptionName, OptionValue} from './options.ts';

/**
 * The values of `shared_fs` that work without more: `none` and `virtio-fs-nydus` need a snapshotter of their own for the
 * handler. From the comments in Kata 4.1.0's configuration files.
 */
export function sharedFileSystems({runtime, hypervisor}: Pair): string[] {
	if (hypervisor === 'dragonball') return ['inline-virtio-fs', 'virtio-fs'];
	return runtime === 'go' && hypervisor === 'qemu' ? ['virtio-fs', 'virtio-9p'] : ['virtio-fs'];
}

/**
 * A clause, or null: why, and what would help.
 * @param guestMiB the memory that a guest boots with
 * The pair is one that has the option, and the value is not the packaged one.
 */
export function refusalOf(
	pair: Pair,
	facts: Facts,
	name: OptionName,
	value: OptionValue,
	guestMiB: number,
): string | null {
	if (name === 'vcpus') return vcpusRefusal(facts, value);
	if (name === 'shared-fs') {
		const known = sharedFileSystems(pair);
		return known.includes(String(value)) ? null : `it is one of: ${known.join(', ')}`;
	}
	if (name === 'static-sizing' && value === false) return hotplugMissing(pair, facts);
	if (name === 'vm-template' && value === true) return templateRefusal(pair);
	if (name === 'hugepages' && value === true) return hugePagesRefusal(pair, facts, guestMiB);
	if (name === 'rootless' && value === true) return rootlessRefusal(facts);
	return null;
}

/** Kata would take the number of the host's CPUs instead, and say nothing. */
function vcpusRefusal({cpu}: Facts, value: OptionValue): string | null {
	if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) return 'it is a whole number above zero';
	return cpu.count > 0 && value > cpu.count ? `CPUs of this host: ${cpu.count}, and Kata takes no more` : null;
}

function hotplugMissing({runtime, hypervisor}: Pair, {machine}: Facts): string | null {
	if (hypervisor === 'firecracker') return 'Firecracker cannot give a running VM more CPUs or memory';
	if (runtime === 'rust' && hypervisor === 'qemu' && machine === 'aarch64')
		return 'the rust runtime cannot give a running VM of QEMU more CPUs on arm64';
	return null;
}

/** Both runtimes take all of a guest's memory from huge pages when the VM starts; QEMU makes it a file in /dev/hugepages. */
export function hugePagesRefusal({hypervisor}: Pair, {memory}: Facts, guestMiB: number): string | null {
	if (!memory.hugePages) return null;
	const {pageBytes, freePages, mounted} = memory.hugePages;
	const needed = Math.ceil((guestMiB * 1024 * 1024) / pageBytes);
	if (needed > freePages)
		return `a guest of ${guestMiB} MiB takes ${needed} huge pages of ${pageBytes / 1024} KiB, and ${freePages} are free: reserve more with vm.nr_hugepages (sysctl), for all guests together`;
	if (hypervisor === 'qemu' && !mounted)
		return 'QEMU needs a hugetlbfs at /dev/hugepages, and there is none: systemctl start dev-hugepages.mount';
	return null;
}

/**
 * The hypervisor's user is made for the sandbox, gets the group that /dev/kvm has as a supplementary one, and no other right
 * to it. Source: in Kata, configureNonRootHypervisor of src/runtime/pkg/containerd-shim-v2/create.go, for rust
 * configure_non_root_hypervisor of src/runtime-rs/crates/runtimes/src/manager.rs; what is to be done about the device is in
 * docs/how-to/how-to-run-rootless-vmm.md (owner root, group kvm, mode 0660).
 */
function rootlessRefusal({kvm: {mode}}: Facts): string | null {
	if (mode === undefined || (mode & 0o060) === 0o060 || (mode & 0o006) === 0o006) return null;
	return `the group of /dev/kvm may not read and write it (mode ${mode.toString(8).padStart(4, '0')}): chgrp kvm /dev/kvm and chmod 0660 /dev/kvm, and a udev rule for after a reboot`;
}

/** Only Dragonball's template works with the packaged guest image and the default snapshotter. */
function templateRefusal({hypervisor}: Pair): string | null {
	if (hypervisor === 'dragonball') return null;
	return hypervisor === 'cloud-hypervisor'
		? 'its templates need a guest without a shared file system and a block snapshotter, which kata-setup does not set up for it'
		: 'its templates need an initrd and no virtio-fs, and kata-setup keeps the guest that Kata ships';
}
