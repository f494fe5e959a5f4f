/** Damages of single files, links and folders of ours, and of our part of containerd's configuration. */
import * as fs from 'node:fs/promises';
import {treeNameOf} from '../../src/layout.ts';
import {type Damage, relink} from './damage.ts';

const pinned = (tree: string): string => `/etc/kata-containers/kata-setup/rust-qemu/${treeNameOf(tree)}`;
const dropIn = '/etc/containerd/conf.d/kata-setup.toml';
const active = '/etc/kata-containers/kata-setup/active';
const modules = '/etc/modules-load.d/kata-setup.conf';

export const damagesOfFiles: Damage[] = [
	{
		what: 'an edited file',
		do: ({at}) => fs.appendFile(at(modules), 'kvm\n'),
		says: () => new RegExp(`^${modules} was changed$`),
		steps: ['write-file'],
	},
	{
		what: 'a deleted file',
		do: ({at}) => fs.rm(at(modules)),
		says: () => new RegExp(`^${modules} is gone$`),
		steps: ['write-file'],
	},
	{
		what: 'a file with another mode',
		do: ({at}) => fs.chmod(at(modules), 0o600),
		says: () => new RegExp(`^${modules} has the mode 600, not 644$`),
		steps: ['set-access'],
	},
	{
		what: 'an edited file with another mode',
		do: async ({at}) => {
			await fs.appendFile(at(modules), 'kvm\n');
			await fs.chmod(at(modules), 0o600);
		},
		says: () => new RegExp(`^${modules} was changed$`),
		steps: ['write-file', 'set-access'],
	},
	{
		what: 'the active link, pointed elsewhere',
		do: ({at}) => relink(at(active), 'rust-qemu/elsewhere'),
		says: () => new RegExp(`^${active} points at rust-qemu/elsewhere, not rust-qemu/`),
		steps: ['link'],
	},
	{
		what: 'the active link, gone',
		do: ({at}) => fs.rm(at(active)),
		says: () => new RegExp(`^${active} is gone$`),
		steps: ['link'],
	},
	{
		what: '/opt/kata, pointed elsewhere',
		do: ({at}) => relink(at('/opt/kata'), '/srv/kata'),
		says: () => /^\/opt\/kata points at \/srv\/kata, not kata-setup\/trees/,
		steps: ['link'],
	},
	{
		what: 'the managed configuration, edited',
		do: ({at, tree}) => fs.appendFile(at(`${pinned(tree)}/configuration.toml`), '# mine\n'),
		says: tree => new RegExp(`^${pinned(tree)}/configuration.toml was changed$`),
		steps: ['kata-config'],
	},
	{
		what: 'the managed configuration, gone',
		do: ({at, tree}) => fs.rm(at(`${pinned(tree)}/configuration.toml`)),
		says: tree => new RegExp(`^${pinned(tree)}/configuration.toml is gone$`),
		steps: ['kata-config'],
	},
	{
		what: 'the folder of the pair, gone with all that is in it',
		do: ({at}) => fs.rm(at('/etc/kata-containers/kata-setup/rust-qemu'), {recursive: true}),
		says: () => /^\/etc\/kata-containers\/kata-setup\/rust-qemu\/config.d is gone$/,
		steps: ['make-directory', 'make-directory', 'link', 'kata-config', 'link'],
	},
	{
		what: 'a folder that everybody may write to',
		do: ({at, tree}) => fs.chmod(at(pinned(tree)), 0o777),
		says: tree => new RegExp(`^${pinned(tree)} has the mode 777, not 755$`),
		steps: ['set-access'],
	},
	{
		what: 'the drop-in of containerd, gone',
		do: ({at}) => fs.rm(at(dropIn)),
		says: () => new RegExp(`^${dropIn} is gone$`),
		steps: ['containerd-config'],
	},
	{
		what: 'the drop-in of containerd, edited by hand',
		do: async ({at}) => {
			const text = await fs.readFile(at(dropIn), 'utf8');
			await fs.writeFile(at(dropIn), text.replace(/runtime_path = .*/, 'runtime_path = "/usr/bin/mine"'));
		},
		says: () => new RegExp(`^${dropIn} was changed$`),
		steps: ['containerd-config'],
	},
	{
		what: 'the drop-in of containerd, with what is no TOML',
		do: ({at}) => fs.writeFile(at(dropIn), '[plugins\n'),
		says: () => new RegExp(`^${dropIn} was changed$`),
		steps: ['containerd-config'],
	},
	{
		what: 'the drop-in of containerd that only root may read',
		do: ({at}) => fs.chmod(at(dropIn), 0o600),
		says: () => new RegExp(`^${dropIn} has the mode 600, not 644$`),
		steps: ['set-access'],
	},
];
