/** Nested virtualization in the clouds, told by their firmware. As documented by each in autumn 2026. */
import {bareMetalInstead, type Platform} from './platform.ts';

/** The asset tag of every Azure VM, by which it differs from any other Hyper-V (documented by Microsoft). */
const azureAssetTag = '7783-7084-3265-9085-8269-3286-77';

/** Clouds on KVM whose switch, if there is one, is theirs alone. */
const rented = (platform: string, says: RegExp, metal: string): Platform => ({
	platform,
	matches: (_, firmware) => says.test(firmware),
	remedy: [
		`${platform} decides for each plan whether VT-x or AMD-V reaches the VM; nothing inside the VM changes it. Ask for nested virtualization, or for a plan that has it.`,
		`Otherwise use ${metal}, which needs no switch.`,
	],
});

export const clouds: Platform[] = [
	{
		platform: 'Amazon EC2',
		matches: ({hypervisor}, firmware) => hypervisor === 'amazon' || /amazon/i.test(firmware),
		remedy: [
			'EC2 has offered it since February 2026, on instances with newer Intel processors (c8i, m8i, r8i and their flex variants first); it is off unless asked for. Other types, AMD and Graviton among them, offer it as metal instances only.',
			'A stopped instance of such a type: aws ec2 modify-instance-cpu-options --instance-id ID --nested-virtualization enabled',
			'A new one: aws ec2 run-instances --instance-type m8i.xlarge --cpu-options NestedVirtualization=enabled …',
			'Managed node groups of EKS may drop the option silently: look at the instance itself.',
			'Or use a metal instance (its type ends in .metal), which needs no switch.',
		],
	},
	{
		platform: 'Google Compute Engine',
		short: 'Google Cloud',
		matches: ({hypervisor}, firmware) => hypervisor === 'google' || /google/i.test(firmware),
		remedy: [
			'A new instance: gcloud compute instances create NAME --machine-type=n2-standard-4 --enable-nested-virtualization',
			'An existing one: gcloud compute instances export NAME --destination=vm.yaml, add `enableNestedVirtualization: true` under advancedMachineFeatures, then gcloud compute instances update-from-file NAME --source=vm.yaml --most-disruptive-allowed-action=RESTART',
			'It needs an Intel processor (Haswell or later): not E2, not AMD or Arm, not the memory-optimized series, and no confidential VM.',
		],
	},
	{
		platform: 'Azure',
		matches: ({dmi}) => dmi?.assetTag === azureAssetTag,
		remedy: [
			'The VM size decides, and there is no switch: most D and E sizes of version 3 and later pass it on; other sizes and confidential VMs do not.',
			'Change it: az vm resize --resource-group GROUP --name NAME --size Standard_D4s_v5',
		],
	},
	{
		platform: 'Oracle Cloud',
		matches: ({dmi}) => dmi?.assetTag === 'OracleCloud.com',
		remedy: [
			'Ask Oracle Cloud whether the shape of this VM passes VT-x or AMD-V on. A bare-metal shape (BM.…) needs no switch.',
		],
	},
	{
		platform: 'IBM Cloud',
		matches: ({dmi}, firmware) => dmi?.assetTag === 'ibmcloud' || /ibm:cloud/i.test(firmware),
		remedy: [
			'Ask IBM Cloud whether the profile of this VM passes VT-x on. A bare-metal server profile needs no switch.',
		],
	},
	rented('Alibaba Cloud', /alibaba cloud/i, 'an ECS Bare Metal instance (ecs.ebm…)'),
	rented('Tencent Cloud', /tencent cloud/i, 'a bare-metal instance (type BM…)'),
	rented('Huawei Cloud', /huawei cloud/i, 'a bare-metal server'),
	rented('DigitalOcean', /digitalocean/i, 'a bare-metal server'),
	rented('Hetzner Cloud', /hetzner/i, 'a dedicated server of the same provider'),
	rented('Linode', /linode|akamai/i, 'a bare-metal server'),
	rented('Vultr', /vultr/i, 'a Bare Metal plan of the same provider'),
	rented('OVHcloud', /ovh/i, 'a dedicated server of the same provider'),
	rented('Scaleway', /scaleway/i, 'an Elastic Metal server of the same provider'),
	rented('UpCloud', /upcloud/i, 'a bare-metal server'),
	rented('Exoscale', /exoscale/i, 'a bare-metal server'),
	{
		platform: 'OpenStack',
		matches: (_, firmware) => /openstack/i.test(firmware),
		remedy: [
			'On the compute host, which must have nested virtualization itself: put `cpu_mode = host-passthrough` under [libvirt] into nova.conf, restart nova-compute, then stop and start this VM (openstack server stop ID, openstack server start ID).',
			'Where only some hosts have it, a flavor asks for them: openstack flavor set FLAVOR --property trait:HW_CPU_X86_VMX=required (HW_CPU_AMD_SVM for AMD).',
			`If this is a rented server (OVHcloud and others run OpenStack), its provider has these switches. ${bareMetalInstead}`,
		],
	},
];
