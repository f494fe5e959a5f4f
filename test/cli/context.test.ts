/** Who the person is. */
import * as os from 'node:os';
import {afterEach, describe, expect, it, vi} from 'vitest';
import {personOf} from '../../src/cli/context.ts';

vi.mock('node:os', async importOriginal => {
	const original = await importOriginal<typeof os>();
	return {...original, userInfo: vi.fn(original.userInfo)};
});
afterEach(() => void vi.restoreAllMocks());

/** The kernel's answer for a process of this user. */
function runsAs(uid: number, name: string | null): void {
	vi.spyOn(process, 'getuid').mockReturnValue(uid);
	vi.spyOn(process, 'getgid').mockReturnValue(uid);
	vi.mocked(os.userInfo).mockImplementation(() => {
		// As Node throws it where the user database has no entry.
		if (name === null) throw Object.assign(new Error('uv_os_get_passwd returned ENOENT'), {code: 'ERR_SYSTEM_ERROR'});
		return {uid, gid: uid, username: name, homedir: '/', shell: null};
	});
}

describe('the person', () => {
	it('is the user, and behind sudo the one who called it', () => {
		runsAs(1000, 'ops');
		expect(personOf({SUDO_USER: 'other', SUDO_UID: '5'})).toEqual({name: 'ops', uid: 1000, gid: 1000});
		runsAs(0, 'root');
		expect(personOf({SUDO_USER: 'ops', SUDO_UID: '1000', SUDO_GID: '1001'})).toEqual({
			name: 'ops',
			uid: 1000,
			gid: 1001,
		});
	});

	it('goes by the number where the user database has no name for it', () => {
		runsAs(54_321, null);
		expect(personOf({})).toEqual({name: '54321', uid: 54_321, gid: 54_321});
	});
});
