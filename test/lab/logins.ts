/**
 * Ordinary users of a lab server as nvm and npx leave them: Node and kata-setup in the home folder alone, by three ways to root.
 * The accounts beyond `user` are made on a running server, from `user`.
 */
import {basename} from 'node:path';
import type {Account, Server} from './server.ts';

/** How each may become root: `user` by sudo with the password, `free` by sudo without one, `plain` not at all. */
export const logins = ['user', 'free', 'plain'] as const satisfies readonly Account[];
export type Login = (typeof logins)[number];

export const homeOf = (login: Login): string => `/home/${login}`;
export const nodeOf = (login: Login): string => `${homeOf(login)}/.local/node/bin/node`;
/** Where npx would have unpacked it. */
const packageOf = (login: Login): string => `${homeOf(login)}/.npm/_npx/0123456789abcdef/node_modules/kata-setup`;
export const scriptOf = (login: Login): string => `${packageOf(login)}/bin/kata-setup.cjs`;

/** An emulated processor is slow at the SHA instructions: OpenSSL's plain code is quicker there. */
const plainSha = 'OPENSSL_ia32cap=:~0x20000000';
/** The shell command that runs kata-setup for a login. */
export const kataSetupOf = (login: Login, words: string): string =>
	`${plainSha} ${nodeOf(login)} ${scriptOf(login)} ${words}`;

/**
 * Makes the accounts and gives each the package.
 * @param tarball the package's, as `packProject` makes it
 */
export async function makeLogins(server: Server, tarball: string): Promise<void> {
	await server.push([tarball], '/srv');
	for (const login of logins) {
		const home = homeOf(login);
		if (login !== 'user')
			await server.must(`
				useradd --create-home --shell /bin/bash ${login}
				cp -a /home/user/.ssh /home/user/.local /home/user/.bashrc ${home}/
			`);
		await server.must(`
			mkdir -p ${packageOf(login)}
			tar xzf /srv/${basename(tarball)} -C ${packageOf(login)} --strip-components 1 --no-same-owner
			chown -R ${login}: ${home}
		`);
	}
	await server.must("echo 'free ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/free && chmod 440 /etc/sudoers.d/free");
}

/** How `attach` ends for a new login after an install's line was cut: the run went on, or was quicker than the login. */
export const installSeenToItsEnd = /^Done\.$|^The last one: install, [-: \d]+ UTC: done$/m;

/** Prints the program and the script of every process of root that lies below /home; nothing if there is none. */
export const rootsProgramsBelowHome = `for p in /proc/[0-9]*; do
	[ "$(stat -c %u $p 2>/dev/null)" = 0 ] || continue
	readlink $p/exe
	tr '\\0' '\\n' <$p/cmdline 2>/dev/null | sed -n 2p
done 2>/dev/null | grep ^/home/ || true`;
