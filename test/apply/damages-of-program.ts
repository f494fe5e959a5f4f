/** Damages of the kept kata-setup and of its uninstall. */
import * as fs from 'node:fs/promises';
import {kataSetupVersion} from '../../src/version.ts';
import {changeByte, type Damage} from './damage.ts';

const program = `/opt/kata-setup/program/${kataSetupVersion}`;
const kept: Pick<Damage, 'steps' | 'staysMended'> = {steps: ['keep-program'], staysMended: true};

export const damagesOfProgram: Damage[] = [
	{
		what: 'the uninstall that is left on the host, gone',
		do: ({at}) => fs.rm(at('/opt/kata-setup/uninstall')),
		says: () => /^\/opt\/kata-setup\/uninstall is gone$/,
		...kept,
	},
	{
		what: 'the uninstall that is left on the host, edited',
		do: ({at}) => fs.appendFile(at('/opt/kata-setup/uninstall'), '# mine\n'),
		says: () => /^\/opt\/kata-setup\/uninstall was changed$/,
		...kept,
	},
	{
		what: 'a file of the kept kata-setup that was cut off',
		do: ({at}) => fs.truncate(at(`${program}/dist/kata-setup.mjs`), 3),
		says: () => new RegExp(`^${program}/dist/kata-setup.mjs was changed: it has 3 bytes, not \\d+ bytes$`),
		...kept,
	},
	{
		what: 'a file of the kept kata-setup with a byte that was changed in place',
		do: ({at}) => changeByte(at(`${program}/dist/kata-setup.mjs`)),
		says: () => new RegExp(`^${program}/dist/kata-setup.mjs was changed$`),
		...kept,
		deepOnly: true,
	},
	{
		what: 'a file of the kept kata-setup that anybody may write to',
		do: ({at}) => fs.chmod(at(`${program}/bin/kata-setup.cjs`), 0o666),
		says: () => new RegExp(`^${program}/bin/kata-setup.cjs has the mode 666, not 644$`),
		...kept,
	},
	{
		what: 'a folder of the kept kata-setup, gone',
		do: ({at}) => fs.rm(at(`${program}/assets`), {recursive: true}),
		says: () => new RegExp(`^${program}/assets/catalogue.json is gone$`),
		...kept,
	},
	{
		what: 'the kept kata-setup as a whole, gone',
		do: ({at}) => fs.rm(at('/opt/kata-setup/program'), {recursive: true}),
		says: () => /^\/opt\/kata-setup\/program is gone$/,
		...kept,
	},
];
