/**
 * The certificate authorities to trust besides those that Node brings: the system's own, where a company's are
 * installed, and those that the person names. Without them a host behind an inspecting proxy can use curl but not us.
 */
import {readFileSync} from 'node:fs';
import {rootCertificates} from 'node:tls';

/** Debian, Ubuntu, Alpine; Fedora, RHEL; openSUSE. */
const systemBundles = [
	'/etc/ssl/certs/ca-certificates.crt',
	'/etc/pki/tls/certs/ca-bundle.crt',
	'/etc/ssl/ca-bundle.pem',
];

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * All authorities to trust, in PEM; undefined where Node's own are all there are.
 * A file that is absent, unreadable or no bundle adds nothing.
 */
export function trustedAuthorities(environment: Readonly<Record<string, string | undefined>>): string[] | undefined {
	const {NODE_EXTRA_CA_CERTS: extra, SSL_CERT_FILE: file} = environment;
	const further = [...(file ? [file] : systemBundles), ...(extra ? [extra] : [])].flatMap(certificatesIn);
	return further.length === 0 ? undefined : [...new Set([...rootCertificates, ...further])];
}

function certificatesIn(file: string): string[] {
	try {
		return readFileSync(file, 'utf8').match(certificate) ?? [];
	} catch {
		return [];
	}
}
