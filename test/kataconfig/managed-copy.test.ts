/** The managed copy of a packaged configuration: whose files it names. */
import {expect, it} from 'vitest';
import {managedCopyLike, managedCopyOf} from '../../src/kataconfig/managed-copy.ts';
import {throwaway} from '../support/throwaway.ts';

const tree = '/opt/kata-setup/trees/4.1.0-go-0123456789ab';
const from = `${tree}/share/defaults/kata-containers/configuration-qemu.toml`;
/** As Kata 4.1.0 has it for aarch64. */
const packaged = `[hypervisor.qemu]
path = "/opt/kata/bin/qemu-system-aarch64"
firmware = "/opt/kata/share//AAVMF_CODE.fd"
# firmware_volume = "/opt/kata/share//AAVMF_CODE.fd" would be one
firmware_volume = "/opt/kata/share//AAVMF_VARS.fd"
`;

it('names the tree’s files, and in full what the packaged one names with a folder left out', async () => {
	const {host, place} = await throwaway();
	for (const file of ['aavmf/AAVMF_CODE.fd', 'aavmf/AAVMF_VARS.fd', 'other/README'])
		await place(`${tree}/share/${file}`, '');
	expect(await managedCopyOf(host, from, packaged, tree)).toBe(`# A copy of ${from}, managed by kata-setup.
# Do not edit it: put settings of your own into config.d/50-….toml beside it.
# That file leaves out in which folder ${tree}/share/aavmf/AAVMF_CODE.fd is.
# That file leaves out in which folder ${tree}/share/aavmf/AAVMF_VARS.fd is.

[hypervisor.qemu]
path = "${tree}/bin/qemu-system-aarch64"
firmware = "${tree}/share/aavmf/AAVMF_CODE.fd"
# firmware_volume = "${tree}/share/aavmf/AAVMF_CODE.fd" would be one
firmware_volume = "${tree}/share/aavmf/AAVMF_VARS.fd"
`);
});

it.each([
	['where they are', ['AAVMF_CODE.fd', 'AAVMF_VARS.fd', 'aavmf/AAVMF_CODE.fd']],
	['where several folders have them', ['a/AAVMF_CODE.fd', 'b/AAVMF_CODE.fd', 'a/AAVMF_VARS.fd', 'b/AAVMF_VARS.fd']],
	['where none has them', ['other/README']],
])('leaves such names alone %s', async (_, files) => {
	const {host, place} = await throwaway();
	for (const file of files) await place(`${tree}/share/${file}`, '');
	const copy = await managedCopyOf(host, from, packaged, tree);
	expect(copy).toContain(packaged.replaceAll('/opt/kata/', `${tree}/`));
	expect(copy).not.toContain('leaves out');
});

it('of an adopted Kata, which lies where it was built for, is its text', async () => {
	const {host} = await throwaway();
	const copy = await managedCopyOf(host, '/opt/kata/x.toml', packaged, tree);
	expect(copy.endsWith(`\n\n${packaged}`)).toBe(true);
});

it('is known as ours where the tree has lost the files since, and not where somebody changed it', async () => {
	const {host, place} = await throwaway();
	for (const file of ['aavmf/AAVMF_CODE.fd', 'aavmf/AAVMF_VARS.fd']) await place(`${tree}/share/${file}`, '');
	const copy = await managedCopyOf(host, from, packaged, tree);
	expect(managedCopyLike(copy, from, packaged, tree)).toBe(copy);
	const changed = copy.replace('firmware = "', 'firmware = "/srv/mine" # "');
	expect(managedCopyLike(changed, from, packaged, tree)).toBe(copy);
});
