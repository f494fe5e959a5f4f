/**
 * Where nested virtualization is switched on, by platform. The switch is always outside this host: whoever runs the
 * hypervisor below us has it. So none of these commands is one to run here, and each says where it is run.
 *
 * The parameter `nested` of this host's own kvm_intel or kvm_amd tells whether *its* guests can nest. It says nothing
 * of this host, and must not be read for it.
 */
import type {VirtFacts} from '../../facts.ts';
import {firmwareText} from '../../machine/firmware.ts';
import {clouds} from './nested-switch-clouds.ts';
import {desktops} from './nested-switch-desktops.ts';
import {servers} from './nested-switch-servers.ts';
import {bareMetalInstead, type NestedSwitch, type Platform} from './platform.ts';

/** The first that matches: a cloud by its firmware before the hypervisor that it uses. */
const platforms: Platform[] = [...clouds, ...desktops, ...servers];

/** The switch for the platform below this host. */
export function nestedSwitch(virt: VirtFacts): NestedSwitch {
	const firmware = firmwareText(virt.dmi);
	const known = platforms.find(({matches}) => matches(virt, firmware));
	if (known) {
		const {platform, short, remedy} = known;
		return {platform, ...(short ? {short} : {}), remedy};
	}
	return {
		platform: virt.hypervisor ?? 'an unknown hypervisor',
		remedy: [
			`Ask whoever runs it for nested virtualization, also called VT-x or AMD-V inside the guest. ${bareMetalInstead}`,
		],
	};
}
