/** Proxy variables as facts: what they name, without the passwords that they may hold. */
import type {ProxyFacts} from '../network-facts.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxies of an environment. Lower case counts before upper case, as with curl and our own network. */
export function proxiesOf(environment: Environment): ProxyFacts {
	const raw = (name: string): string | null =>
		environment[`${name}_proxy`] || environment[`${name.toUpperCase()}_PROXY`] || null;
	const addresses = {http: raw('http'), https: raw('https'), all: raw('all')};
	return {
		http: addresses.http && withoutCredentials(addresses.http),
		https: addresses.https && withoutCredentials(addresses.https),
		all: addresses.all && withoutCredentials(addresses.all),
		no: raw('no'),
		credentials: Object.values(addresses).some(address => address?.includes('@') ?? false),
	};
}

/**
 * `http://ops:secret@proxy:3128/?x` → `http://proxy:3128`. A password may itself hold any sign (people forget to encode
 * them), so everything up to the last `@` goes, and everything behind the port.
 */
export function withoutCredentials(address: string): string {
	const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(address)?.[0] ?? '';
	const rest = address.slice(scheme.length);
	return `${scheme}${rest.slice(rest.lastIndexOf('@') + 1).replace(/[/?#\s].*$/s, '')}`;
}
