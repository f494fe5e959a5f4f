/** The part of Facts that tells of the Kata that is here already, ours or not. */

export type KataOwner = 'kata-setup' | 'kata-deploy' | 'kata-manager' | 'package' | 'snap' | 'unknown';

/** A Kata found on the host, whoever put it there. */
export interface KataInstallFacts {
	path: string;
	owner: KataOwner;
	/** From its VERSION file; null if there is none. */
	version: string | null;
	/** Why this owner was concluded. */
	evidence: string;
}

/** The part of the receipt that a plan depends on. */
export interface InstallationFacts {
	version: string;
	runtime: 'go' | 'rust';
	hypervisor: string;
	/** The tree that /opt/kata points at. */
	tree: string;
	/** The name of the handler in the engine's configuration; null if none was registered. */
	handler: string | null;
	/** A run that was begun and not finished, if there is one. */
	unfinishedRun: string | null;
	/** The journal's last sequence number: changes with every run. */
	sequence: number;
}
