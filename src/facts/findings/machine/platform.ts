/** A platform below this host, and its switch for nested virtualization. */
import type {VirtFacts} from '../../facts.ts';

export interface NestedSwitch {
	/** The platform as people call it. */
	platform: string;
	/** Where one line has no room for that. */
	short?: string;
	/** What to change, and where; commands as they are typed there. */
	remedy: string[];
}

export interface Platform extends NestedSwitch {
	/** @param firmware all names of the firmware as one text */
	matches: (virt: VirtFacts, firmware: string) => boolean;
}

export const bareMetalInstead = 'Where the provider does not offer it, a bare-metal server does.';
