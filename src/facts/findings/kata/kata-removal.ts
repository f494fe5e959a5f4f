/** How each Kata is removed: by whoever put it there, never by us. */
import {kataPrefix} from '../../../layout.ts';
import type {Facts, KataInstallFacts, PackageFacts} from '../../facts.ts';

export interface Removal {
	/** In words. */
	remedy: string[];
	/** The one command that does it; null if it takes more. */
	command: string | null;
}

/** What a person does to be rid of a Kata. `facts` tell whether sudo is needed, and the distribution's tool. */
export function removalOf(
	install: Pick<KataInstallFacts, 'owner' | 'path' | 'package' | 'parts'>,
	facts: Facts,
): Removal {
	const sudo = facts.privileges.uid === 0 ? '' : 'sudo ';
	const paths = [install.path, ...(install.parts ?? [])];
	const aside = paths.map(path => `${sudo}mv ${path} ${path}.old`);
	const ifUnused = `If you are sure that nothing uses it: ${aside.join('; ')}`;
	switch (install.owner) {
		case 'package': {
			const command = install.package ? `${sudo}${packageRemoval(install.package, facts)}` : null;
			return {remedy: [command ? 'Remove the package.' : 'Remove the package with the package manager.'], command};
		}
		case 'snap':
			return {remedy: ['Remove the snap.'], command: `${sudo}snap remove kata-containers`};
		case 'kata-deploy':
			return {
				remedy: [
					'Remove it where it was installed, with helm: `helm list --all-namespaces --filter kata-deploy` names its release.',
					'As its documentation installs it: helm uninstall kata-deploy -n kube-system',
					...(install.path.startsWith('/opt/') ? [] : [`If that cluster is gone: ${aside.join('; ')}`]),
				],
				command: null,
			};
		case 'kata-manager':
			return {remedy: [...managerRemoval(install.path, sudo), ifUnused], command: null};
		case 'kata-setup':
		case 'unknown':
			return {remedy: [ifUnused], command: null};
	}
}

/** kata-manager.sh has no way back. Source: its 4.1.0 text: what it links, and what it appends to containerd's file. */
const managerRemoval = (path: string, sudo: string): string[] =>
	path === kataPrefix
		? [
				'kata-manager cannot remove what it installed. In /etc/containerd/config.toml take out the handlers kata and kata-clh, and default_runtime_name = "kata"; then restart containerd.',
				`Its links: ${sudo}rm /usr/bin/containerd-shim-kata-v2 /usr/bin/kata-runtime /usr/bin/kata-collect-data.sh`,
			]
		: ['kata-manager cannot remove what it installed.'];

function packageRemoval({manager, name}: PackageFacts, {os}: Facts): string {
	switch (manager) {
		case 'dpkg':
			return `apt-get remove ${name}`;
		case 'apk':
			return `apk del ${name}`;
		case 'pacman':
			return `pacman -R ${name}`;
		case 'rpm':
			return /suse|sles|sled/.test(os.id) ? `zypper remove ${name}` : `dnf remove ${name}`;
	}
}
