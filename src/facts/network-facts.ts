/** The part of Facts that tells how the network is reached, and whether the release index answers. */

export interface NetworkFacts {
	/** The proxies in the environment that kata-setup was started with. */
	proxies: ProxyFacts;
	/** The loaded systemd units of engines, by name; null: systemd could not be asked. */
	units: UnitProxyFacts[] | null;
	/** How the release index answers; null: it was not asked (an archive is given, or no release is wanted). */
	index: IndexFacts | null;
}

/**
 * What the proxy variables hold, upper or lower case; null where a variable is not set. Names and passwords are never
 * recorded: of an address only scheme, host and port are kept.
 */
export interface ProxyFacts {
	http: string | null;
	https: string | null;
	all: string | null;
	/** NO_PROXY as it stands there. */
	no: string | null;
	/** Whether one of the addresses carries a name or a password. */
	credentials: boolean;
}

/** The environment of one unit: systemd's own, the unit's `Environment=`, and the files that it names. */
export interface UnitProxyFacts {
	/** For example `containerd.service`. */
	unit: string;
	active: boolean;
	proxies: ProxyFacts;
	/** Files of its environment that we may not read: their variables are missing above. */
	unreadFiles: string[];
}

/** One question to the release index. */
export interface IndexFacts {
	/** The address that was asked, without name, password and query. */
	url: string;
	/** The HTTP status; null if no answer came. */
	status: number | null;
	/** Whether the answer begins as JSON does; null if it has no body, or no answer came. */
	json: boolean | null;
	/** The version of the newest release, if the answer names one; absent: it was recorded before this was asked for. */
	newest?: string | null;
	/** Why no answer came, in one or two sentences, with what Node said; empty if one came. */
	error: string[];
	/** From the headers `x-ratelimit-*`; null if there are none (a mirror). */
	rateLimit: RateLimitFacts | null;
	/** Seconds, from the header `retry-after`; null if there is none. */
	retryAfter: number | null;
}

export interface RateLimitFacts {
	/** Questions in all; null if not told. */
	limit: number | null;
	remaining: number;
	/** When it is full again, ISO 8601, UTC; null if not told. */
	resetAt: string | null;
}
