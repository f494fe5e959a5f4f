/** Keeps secrets out of what is printed, or written where everybody may read it: people put it into bug reports. Pure. */
import type {ContainerdFacts, DropInFacts, Facts, TheirSettingsFacts} from './facts.ts';

/** What stands in the place of a secret. */
export const redaction = 'REDACTED';

/** Names of settings whose values open something: containerd's registry section has `password`, `auth`, `identitytoken`. */
const secretName = /^(?:auth|.*(?:authorization|password|passwd|secret|token|credentials?|api_?key))$/i;

/** Whether a setting of this name holds something that opens something. */
export const isSecretName = (name: string): boolean => secretName.test(name);

/** A key and what stands behind it, anywhere in a TOML text, in comments too: there old passwords live on. */
const assignment =
	/(?<key>[\w-]+|"[^"\n]*"|'[^'\n]*')(?<equals>\s*=\s*)(?<value>"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\[[^\]]*\]|[^\s#,{}[\]"']+)/g;

const harmless = /^(?:true|false|[\d._]+|""|''|\[\s*\])$/;

/** User and password in an address: `http://user:password@proxy.example`. */
const inAddress = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi;

/**
 * Facts for other people's eyes. A configuration text that had secrets is marked as `redacted`: it can be judged, but
 * not edited.
 */
export function withoutSecrets(facts: Facts): Facts {
	const {containerd, dropIns, theirSettings, ...rest} = facts;
	return withoutPasswords({
		...rest,
		...(dropIns === undefined ? {} : {dropIns: dropIns.map(withoutSecretsOfDropIn)}),
		...(theirSettings === undefined ? {} : {theirSettings: theirSettings.map(withoutSecretsOfDropIn)}),
		containerd: containerd.map(withoutSecretsOf),
	});
}

/** Any JSON with the user and the password taken out of the addresses in it. */
export function withoutPasswords<T>(value: T): T {
	if (typeof value === 'string') return value.replaceAll(inAddress, `$1${redaction}@`) as T;
	if (Array.isArray(value)) return value.map(withoutPasswords) as T;
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutPasswords(inner)])) as T;
}

function withoutSecretsOf(containerd: ContainerdFacts): ContainerdFacts {
	const {config} = containerd;
	if (config.text === null) return containerd;
	const text = withoutPasswords(textWithoutSecrets(config.text));
	return text === config.text ? containerd : {...containerd, config: {...config, text, redacted: true}};
}

function withoutSecretsOfDropIn<File extends DropInFacts | TheirSettingsFacts>(dropIn: File): File {
	if (dropIn.text === null) return dropIn;
	const text = withoutPasswords(textWithoutSecrets(dropIn.text));
	return text === dropIn.text ? dropIn : {...dropIn, text, redacted: true};
}

/** A TOML text with the values of secret settings replaced; nothing else of it changes. */
export const textWithoutSecrets = (text: string): string =>
	text.replaceAll(assignment, (whole: string, key: string, equals: string, value: string) =>
		secretName.test(key.replaceAll(/["']/g, '')) && !harmless.test(value) ? `${key}${equals}"${redaction}"` : whole,
	);
