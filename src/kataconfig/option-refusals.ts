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

/** A clause, or null. The pair is one that has the option, and the value is not the packaged one. */
export function refusalOf(pair: Pair, facts: Facts, name: OptionName, value: OptionValue): string | null {
	if (name === 'vcpus') return vcpusRefusal(facts, value);
	if (name === 'shared-fs') {
		const known = sharedFileSystems(pair);
		return known.includes(String(value)) ? null : `it is one of: ${known.join(', ')}`;
	}
	if (name === 'static-sizing' && value === false) return hotplugMissing(pair, facts);
	if (name === 'vm-template' && value === true) return templateRefusal(pair);
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

/** Only Dragonball's template works with the packaged guest image and the default snapshotter. */
function templateRefusal({hypervisor}: Pair): string | null {
	if (hypervisor === 'dragonball') return null;
	return hypervisor === 'cloud-hypervisor'
		? 'its templates need a guest without a shared file system and a block snapshotter, which kata-setup does not set up for it'
		: 'its templates need an initrd and no virtio-fs, and kata-setup keeps the guest that Kata ships';
}
