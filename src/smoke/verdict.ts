/** What the smoke test concluded, and from what. */

/** One thing that was looked at. `proves` false: it speaks against a VM of the chosen hypervisor; null: no say. */
export interface Evidence {
	/** For example `boot id`, `guest kernel`, `agent`, `hypervisor process`. */
	label: string;
	/** What was read, in one line. */
	found: string;
	proves: boolean | null;
}

export interface SmokeVerdict {
	/**
	 * `vm`: a VM of the chosen hypervisor, proven. `no-vm`: the container ran on the host's kernel.
	 * `wrong-vm`: in a VM, but not of the chosen hypervisor or tree. `failed`: it did not run. `rehearsed`: nothing was
	 * run and nothing was proven.
	 */
	outcome: 'vm' | 'no-vm' | 'wrong-vm' | 'failed' | 'rehearsed';
	/** One plain sentence. */
	sentence: string;
	evidence: Evidence[];
	/** The same image under runc: `told-apart` (as it must be), `not-told-apart`, or `not-run` with the reason. */
	control: {outcome: 'told-apart' | 'not-told-apart' | 'not-run'; detail: string};
	/** For every outcome but `vm` and `rehearsed`: the cause in words, raw lines, and what to do. */
	cause: string | null;
	log: string[];
	remedy: string[];
	/** From `ctr run` to the container's first answer; null if it never answered. */
	startMs: number | null;
}
