/** Damages of a release's tree and of its record. */
import * as fs from 'node:fs/promises';
import {changeByte, type Damage, relink} from './damage.ts';

const image = (tree: string): string => `${tree}/share/kata-containers/rehearsal.image`;

export const damagesOfTree: Damage[] = [
	{
		what: 'a guest image that was cut off',
		do: ({at, tree}) => fs.truncate(at(image(tree)), 3),
		says: tree => new RegExp(`^${image(tree)} was changed: it has 3 bytes, not \\d+ bytes$`),
		steps: ['fetch-archive', 'mend-tree', 'drop-replaced'],
	},
	{
		what: 'a guest image with a byte that was changed in place',
		do: ({at, tree}) => changeByte(at(image(tree))),
		says: tree => new RegExp(`^${image(tree)} was changed$`),
		steps: ['fetch-archive', 'mend-tree', 'drop-replaced'],
		deepOnly: true,
	},
	{
		what: 'a program of the release, gone',
		do: ({at, tree}) => fs.rm(at(`${tree}/libexec/virtiofsd`)),
		says: () => /libexec\/virtiofsd is gone$/,
		steps: ['fetch-archive', 'mend-tree', 'drop-replaced'],
	},
	{
		what: 'a program of the release that nobody may execute',
		do: ({at, tree}) => fs.chmod(at(`${tree}/libexec/virtiofsd`), 0o644),
		says: () => /libexec\/virtiofsd has the mode 644, not 755$/,
		steps: ['mend-tree', 'drop-replaced'],
	},
	{
		what: 'a link of the release, pointed elsewhere',
		do: ({at, tree}) => relink(at(`${tree}/share/kata-containers/vmlinux.container`), '/boot/vmlinuz'),
		says: () => /vmlinux.container points at \/boot\/vmlinuz, not vmlinux/,
		steps: ['mend-tree', 'drop-replaced'],
	},
	{
		what: 'a folder of the release with all in it',
		do: ({at, tree}) => fs.rm(at(`${tree}/share/kata-containers`), {recursive: true}),
		says: () => /share\/kata-containers is gone$/,
		steps: ['fetch-archive', 'mend-tree', 'drop-replaced'],
	},
	{
		what: 'a folder where a file of the release was',
		do: async ({at, tree}) => {
			await fs.rm(at(`${tree}/libexec/virtiofsd`));
			await fs.mkdir(at(`${tree}/libexec/virtiofsd`));
		},
		says: () => /libexec\/virtiofsd is a folder, not a file$/,
		steps: ['fetch-archive', 'mend-tree', 'drop-replaced'],
	},
	{
		what: 'the packaged configuration, edited, of which the managed one is a copy',
		do: ({at, tree}) =>
			fs.appendFile(
				at(`${tree}/share/defaults/kata-containers/runtime-rs/configuration-qemu-runtime-rs.toml`),
				'# mine\n',
			),
		says: () => /configuration-qemu-runtime-rs.toml was changed: it has \d+ bytes/,
		steps: ['fetch-archive', 'mend-tree', 'kata-config', 'drop-replaced'],
	},
	{
		what: 'the whole tree, gone',
		do: ({at, tree}) => fs.rm(at(tree), {recursive: true}),
		says: tree => new RegExp(`^${tree} is gone$`),
		steps: ['fetch-archive', 'mend-tree', 'kata-config', 'drop-replaced'],
	},
	{
		what: 'the whole tree, gone with its record',
		do: async ({at, tree}) => {
			await fs.rm(at(tree), {recursive: true});
			await fs.rm(at(`${tree}.manifest`));
		},
		says: tree => new RegExp(`^${tree} is gone$`),
		steps: ['fetch-archive', 'unpack-tree', 'kata-config'],
	},
	{
		what: 'the whole tree, gone, and its record torn',
		do: async ({at, tree}) => {
			await fs.rm(at(tree), {recursive: true});
			await fs.truncate(at(`${tree}.manifest`), 100);
		},
		says: tree => new RegExp(`^${tree} is gone$`),
		steps: ['fetch-archive', 'record-tree', 'kata-config', 'drop-replaced'],
	},
	{
		what: 'the record of the tree, gone',
		do: ({at, tree}) => fs.rm(at(`${tree}.manifest`)),
		says: tree => new RegExp(`^${tree}.manifest is gone$`),
		steps: ['fetch-archive', 'record-tree', 'drop-replaced'],
	},
	{
		what: 'the record of the tree, torn',
		do: ({at, tree}) => fs.truncate(at(`${tree}.manifest`), 100),
		says: tree => new RegExp(`^${tree}.manifest was changed$`),
		steps: ['fetch-archive', 'record-tree', 'drop-replaced'],
	},
	{
		what: 'the record of the tree, with another digest in it',
		do: async ({at, tree}) => {
			const text = await fs.readFile(at(`${tree}.manifest`), 'utf8');
			await fs.writeFile(at(`${tree}.manifest`), text.replace(/[0-9a-f]{64}"\]/, `${'0'.repeat(64)}"]`));
		},
		says: tree => new RegExp(`^${tree}.manifest was changed$`),
		steps: ['fetch-archive', 'record-tree', 'drop-replaced'],
	},
	{
		what: 'the record of the tree that only root may read',
		do: ({at, tree}) => fs.chmod(at(`${tree}.manifest`), 0o600),
		says: tree => new RegExp(`^${tree}.manifest has the mode 600, not 644$`),
		steps: ['set-access'],
	},
	{
		what: 'the record of the tree, gone, and one of each kind in it broken',
		do: async ({at, tree}) => {
			await fs.rm(at(`${tree}.manifest`));
			await changeByte(at(image(tree)));
			await fs.rm(at(`${tree}/libexec`), {recursive: true});
			await fs.chmod(at(`${tree}/VERSION`), 0o600);
			await relink(at(`${tree}/share/kata-containers/vmlinux.container`), '/boot/vmlinuz');
		},
		says: tree => new RegExp(`^${tree}.manifest is gone$`),
		steps: ['fetch-archive', 'record-tree', 'drop-replaced'],
	},
];
