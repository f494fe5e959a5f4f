/** Why no answer came, in words. */
import {errnoOf, KataSetupError} from '../errors.ts';

/** What went wrong below HTTP, by the code of Node's error. */
const causes: Record<string, string> = {
	ENOTFOUND: 'The name of the server is not known to this host’s DNS.',
	EAI_AGAIN: 'DNS does not answer: this host may have no network.',
	ECONNREFUSED: 'Nothing answers there: the connection was refused.',
	ECONNRESET: 'The connection was broken off.',
	EPIPE: 'The connection was broken off.',
	ETIMEDOUT: 'The server does not answer.',
	EHOSTUNREACH: 'There is no way to that server from this host.',
	ENETUNREACH: 'There is no way to that server from this host: it may have no network.',
	CERT_HAS_EXPIRED: 'Its certificate has expired, or the clock of this host is wrong.',
	CERT_NOT_YET_VALID: 'Its certificate is not valid yet: the clock of this host may be wrong.',
	ERR_TLS_CERT_ALTNAME_INVALID: 'Its certificate is for another name.',
};

/** An authority that this host does not know signed the certificate. */
const unknownAuthority = new Set([
	'UNABLE_TO_GET_ISSUER_CERT',
	'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

/** An error of Node's, from asking `url` through `proxy` (or directly: null), as one that a person understands. */
export function networkError(url: string, thrown: unknown, proxy: URL | null): KataSetupError {
	if (thrown instanceof KataSetupError) return thrown;
	const code = errnoOf(thrown) ?? '';
	const words = proxy
		? `${hostOf(url)} could not be reached through the proxy ${proxy.host}.`
		: `${hostOf(url)} could not be reached.`;
	if (unknownAuthority.has(code))
		return new KataSetupError('release', words, {
			why: 'Its certificate was signed by an authority that this host does not know; a proxy that inspects traffic does so.',
			remedy: 'Name the file of that authority’s certificate: NODE_EXTRA_CA_CERTS=/path/to/ca.pem kata-setup …',
			evidence: evidenceOf(thrown),
			cause: thrown,
		});
	return new KataSetupError('release', words, {
		why: causes[code] ?? 'The connection failed.',
		remedy: proxy
			? 'Look at HTTPS_PROXY and HTTP_PROXY, or name this server in NO_PROXY.'
			: 'If this host reaches the network through a proxy, set HTTPS_PROXY.',
		evidence: evidenceOf(thrown),
		cause: thrown,
	});
}

/** No byte came for so long. */
export const stalled = (url: string, stallMs: number): KataSetupError =>
	new KataSetupError('release', `${hostOf(url)} sends nothing any more.`, {
		why: `No byte came for ${Math.round(stallMs / 1000)} s.`,
		remedy: 'Try again; look at the network of this host if it happens again.',
		cause: Object.assign(new Error('stalled'), {code: 'ETIMEDOUT'}),
	});

const hostOf = (url: string): string => new URL(url).host;

const evidenceOf = (thrown: unknown): string[] => {
	// Node tries every address of a name and gathers the failures.
	const errors: unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown];
	return errors.map(error => (error instanceof Error ? error.message : String(error))).slice(0, 3);
};
