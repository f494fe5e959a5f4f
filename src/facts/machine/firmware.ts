/** What the firmware calls this machine (SMBIOS, through /sys/class/dmi/id), and which names are those of virtual machines. */
import type {Host} from '../../host/host.ts';
import type {DmiFacts} from '../facts.ts';
import {readLine} from '../read-text.ts';

export const dmiFolder = '/sys/class/dmi/id';

/** Everybody may read these; serial numbers are root's and not asked. Null where there is no DMI. */
export async function readDmi(host: Host): Promise<DmiFacts | null> {
	const [vendor, product, assetTag, version, boardVendor, biosVendor, biosVersion] = await Promise.all(
		[
			'sys_vendor',
			'product_name',
			'chassis_asset_tag',
			'product_version',
			'board_vendor',
			'bios_vendor',
			'bios_version',
		].map(name => readLine(host, `${dmiFolder}/${name}`)),
	);
	if (!vendor && !product && !boardVendor && !biosVendor) return null;
	return {
		vendor: vendor ?? null,
		product: product ?? null,
		assetTag: assetTag ?? null,
		version: version ?? null,
		boardVendor: boardVendor ?? null,
		biosVendor: biosVendor ?? null,
		biosVersion: biosVersion ?? null,
	};
}

/** All names of the firmware as one text. */
export const firmwareText = (dmi: DmiFacts | null | undefined): string =>
	[dmi?.vendor, dmi?.product, dmi?.version, dmi?.boardVendor, dmi?.biosVendor, dmi?.biosVersion]
		.filter(Boolean)
		.join(' ');

interface FirmwareName {
	says: RegExp;
	/** systemd's word for it. */
	word: string;
	/** Also rents out whole machines under the same name. */
	cloud?: true;
}

/** Sources: src/basic/virt.c of systemd, tools/ds-identify of cloud-init, and the clouds' own images. */
const names: FirmwareName[] = [
	{says: /amazon ec2/i, word: 'amazon', cloud: true},
	{says: /google compute engine/i, word: 'google', cloud: true},
	{says: /microsoft corporation virtual machine|hyper-v/i, word: 'microsoft'},
	{says: /vmware|\bvmw/i, word: 'vmware'},
	{says: /virtualbox|innotek/i, word: 'oracle'},
	{says: /parallels/i, word: 'parallels'},
	{says: /\bxen\b/i, word: 'xen'},
	{says: /apple virtualization/i, word: 'apple'},
	{says: /bhyve/i, word: 'bhyve'},
	{says: /bochs/i, word: 'bochs'},
	{
		says: /alibaba cloud|tencent cloud|huawei cloud|linode|akamai|vultr|upcloud|scaleway|exoscale|ovhcloud|ibm:cloud/i,
		word: 'kvm',
		cloud: true,
	},
	{
		says: /\bkvm\b|openstack|qemu|digitalocean|hetzner vserver|proxmox|kubevirt|cloudstack|cloud-hypervisor|nutanix|rhev|ovirt|ovmf/i,
		word: 'kvm',
	},
];

/** The name of a virtual machine's platform in the firmware; null if there is none. */
export const virtualName = (dmi: DmiFacts | null): FirmwareName | null =>
	names.find(({says}) => says.test(firmwareText(dmi))) ?? null;

/** Metal instances of a cloud carry its name and have no hypervisor below them. */
export const isMetalInstance = (dmi: DmiFacts | null): boolean => /\.metal\b|-metal\b/.test(dmi?.product ?? '');
