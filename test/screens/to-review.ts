/** The way that most journeys begin with. */

import {type FakeOptions, type FakeSession, fakeSession} from './fake-session.ts';
import {facts} from './fixtures.ts';
import {keys, type OpenWizard, openWizard} from './screen.ts';

/** A host on which kata-setup has installed Kata. */
export const installed = {
	...facts,
	installation: {
		version: '4.1.0',
		runtime: 'rust' as const,
		hypervisor: 'qemu',
		tree: '/opt/kata-setup/trees/4.1.0-rust-0123456789ab',
		handler: 'kata',
		unfinishedRun: null,
		sequence: 40,
	},
};

/** From the first screen to Review with the answers under the cursor. */
export async function toReview(
	options: FakeOptions = {},
	size: {columns?: number; rows?: number} = {},
): Promise<{session: FakeSession; wizard: OpenWizard}> {
	const session = fakeSession(options);
	const wizard = openWizard(session, size);
	await wizard.until('choose the runtime');
	wizard.type(keys.enter);
	await wizard.until('Which runtime');
	wizard.type(keys.enter);
	await wizard.until('Which hypervisor');
	wizard.type(keys.enter);
	await wizard.until('nothing is changed yet');
	return {session, wizard};
}
