/** Nested virtualization where the hypervisor runs on somebody's own Windows, Mac or Linux desktop. */
import type {Platform} from './platform.ts';

export const desktops: Platform[] = [
	{
		platform: 'WSL 1',
		matches: ({wsl}) => wsl === 1,
		remedy: [
			'WSL 1 has no kernel of Linux, so no VM can ever start in it. In Windows: wsl --set-version NAME 2 (wsl --list shows the name).',
		],
	},
	{
		platform: 'WSL',
		matches: ({container, wsl}) => container === 'wsl' || wsl === 2,
		remedy: [
			'On Windows 11, put `nestedVirtualization=true` under [wsl2] into .wslconfig in your Windows user folder (%UserProfile%\\.wslconfig). Windows 10 does not offer it.',
			'Then in Windows: wsl --update and wsl --shutdown; start it again.',
		],
	},
	{
		platform: 'VirtualBox',
		matches: ({hypervisor}) => hypervisor === 'oracle',
		remedy: [
			'Power this VM off, then on its host: VBoxManage modifyvm NAME --nested-hw-virt on',
			'Where that host is Windows with Hyper-V switched on, VirtualBox cannot offer it.',
		],
	},
	{
		platform: 'Parallels',
		matches: ({hypervisor}) => hypervisor === 'parallels',
		remedy: [
			'Shut this VM down, then on the Mac: prlctl set NAME --nested-virt on (Pro and Business editions, Intel Macs)',
		],
	},
	{
		platform: 'Apple Virtualization',
		matches: ({hypervisor}) => hypervisor === 'apple',
		remedy: [
			'It needs an M3 or later and macOS 15 or later, and a program that asks for it.',
			'Lima: limactl stop NAME, then limactl edit --nested-virt NAME. Tart: tart run --nested NAME.',
		],
	},
];
