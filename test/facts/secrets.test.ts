import {describe, expect, it} from 'vitest';
import {parseToml} from '../../src/engines/toml-text.ts';
import {textWithoutSecrets, withoutSecrets} from '../../src/facts/secrets.ts';
import {sampleContainerd, sampleFacts} from '../support/facts.ts';

const config = `version = 2
# password = "old-hunter"
[plugins."io.containerd.grpc.v1.cri".registry.configs."registry.example".auth]
  username = "reader"
  password = "hun\\"ter # 2"
  auth = 'cmVhZGVyOmh1bnRlcg=='
  "identitytoken" = """first
second"""
[plugins."io.containerd.grpc.v1.cri".registry.configs."registry.example".tls]
  insecure_skip_verify = true
  key_file = "/etc/ssl/private/key.pem"
[plugins."io.containerd.grpc.v1.cri".registry.headers]
  Authorization = ["Basic Zm9vOmJhcg=="]
[inline]
  auth = {username = "reader", password = "inline-hunter"}
  token_ttl = "5m"
  enable_token = true
`;

describe('a configuration text', () => {
	const clean = textWithoutSecrets(config);

	it('loses the values of secret settings, in comments and inline tables too', () => {
		for (const secret of ['hunter', 'hun\\"ter', 'cmVhZ', 'second', 'Zm9v']) expect(clean).not.toContain(secret);
		expect(clean.match(/REDACTED/g)).toHaveLength(6);
	});

	it('keeps everything else, and stays what it was as TOML', () => {
		for (const kept of ['"reader"', 'insecure_skip_verify = true', '/etc/ssl/private/key.pem', 'token_ttl = "5m"'])
			expect(clean).toContain(kept);
		expect(clean).toContain('enable_token = true');
		const shape = (value: unknown): unknown =>
			typeof value === 'object' && value !== null && !Array.isArray(value)
				? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
				: null;
		expect(shape(parseToml(clean))).toEqual(shape(parseToml(config)));
	});
});

describe('facts without secrets', () => {
	const withText = (text: string | null) => {
		const containerd = sampleContainerd();
		return sampleFacts({containerd: [{...containerd, config: {...containerd.config, text}}]});
	};

	it('are the same where there are none', () => {
		expect(withoutSecrets(sampleFacts())).toEqual(sampleFacts());
		expect(withoutSecrets(withText(null))).toEqual(withText(null));
	});

	it('say which text is redacted, and keep its digest', () => {
		const facts = withText(config);
		const {text, redacted, sha256} = withoutSecrets(facts).containerd[0]?.config ?? {};
		expect(text).not.toContain('hunter');
		expect(redacted).toBe(true);
		expect(sha256).toBe(facts.containerd[0]?.config.sha256);
		expect(facts.containerd[0]?.config.text).toContain('hunter');
	});

	it('keep those of drop-ins out as well, and say so', () => {
		const dropIn = {path: '/etc/x/50-mine.toml', pair: 'rust-qemu', mode: 0o600};
		const plain = {...dropIn, text: '[runtime]\nenable_debug = true\n'};
		const secret = {...dropIn, text: '[runtime]\nexperimental = ["x"]\nproxy_password = "hunter"\n'};
		const {dropIns} = withoutSecrets(sampleFacts({dropIns: [plain, secret, {...dropIn, text: null}]}));
		expect(dropIns?.map(({redacted}) => redacted)).toEqual([undefined, true, undefined]);
		expect(dropIns?.[0]).toEqual(plain);
		expect(dropIns?.[1]?.text).toBe('[runtime]\nexperimental = ["x"]\nproxy_password = "REDACTED"\n');
	});

	it('hold no user and password of an address, wherever it stands', () => {
		const facts = sampleFacts({
			unread: [{probe: 'x', why: 'proxy http://reader:hunter@proxy.example:3128/ refused; see http://docs.example/@x'}],
		});
		expect(withoutSecrets(facts).unread?.[0]?.why).toBe(
			'proxy http://REDACTED@proxy.example:3128/ refused; see http://docs.example/@x',
		);
		expect(
			withoutSecrets(withText('endpoint = "https://reader:hunter@r.example"\n')).containerd[0]?.config,
		).toMatchObject({
			text: 'endpoint = "https://REDACTED@r.example"\n',
			redacted: true,
		});
	});
});
