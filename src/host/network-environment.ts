/**
 * The person's environment variables that say how the network is reached.
 *
 * sudo drops them (measured with sudo 1.9.13), so the worker is handed them with its task and not by its own environment.
 */

/** Understood in upper and in lower case, as curl does. */
const proxyNames = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'];
/** Files of further certificate authorities: Node's own variable, and the one of OpenSSL. */
const certificateNames = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];
const names = [...proxyNames, ...proxyNames.map(name => name.toUpperCase()), ...certificateNames];

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of `environment` that say how the network is reached, and no others. */
export function networkEnvironment(environment: Environment): Record<string, string> {
	const found: Record<string, string> = {};
	for (const name of names) {
		const value = environment[name];
		if (value) found[name] = value;
	}
	return found;
}
