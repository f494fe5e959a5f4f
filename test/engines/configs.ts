/** Configuration files of containerd as they are met in the field, written for these tests, and Facts made of them. */
import {describeConfig} from '../../src/engines/containerd-dump.ts';
import {parseToml, type Toml} from '../../src/engines/toml-text.ts';
import type {ContainerdConfigFacts, ContainerdFacts} from '../../src/facts/facts.ts';

/** What 1.6 and 1.7 print for the runc that they have built in. */
export const builtInRunc: Toml = {
	base_runtime_spec: '',
	cni_max_conf_num: 0,
	container_annotations: [],
	privileged_without_host_devices: false,
	runtime_type: 'io.containerd.runc.v2',
	sandbox_mode: 'podsandbox',
	options: {BinaryName: '', IoGid: 0, SystemdCgroup: false},
};

const debian12 = `version = 2

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/lib/cni"
      conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.internal.v1.opt"]
    path = "/var/lib/containerd/opt"
`;

const kubernetes = `# managed by the platform team
version = 2
root = "/data/containerd"
imports = []

[grpc]
  address = "/run/containerd/containerd.sock"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.example.com/pause:3.9"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
    [plugins."io.containerd.grpc.v1.cri".registry.headers]
      "X-Registry.Site" = ["eu-1", "[eu-2]"]

# the GPU nodes have more below
# END of file`;

/** Main files that containerd 1.x reads. */
export const version2Texts: Record<string, string> = {
	'Debian 12': debian12,
	'a Kubernetes node with mirrors, comments at the end and no last line break': kubernetes,
	'CRLF line breaks': debian12.replaceAll('\n', '\r\n'),
	'CRLF without the last line break': debian12.trimEnd().replaceAll('\n', '\r\n'),
	'several blank lines at the end': `${debian12}\n\n  \n`,
	'a version and nothing else': 'version = 2',
	'comments and nothing else': '# everything at its default\n#disabled_plugins = ["cri"]\n',
	'an empty file': '',
	'one line break': '\n',
	'strings full of brackets': `version = 2
[plugins."io.containerd.grpc.v1.cri".registry.headers]
  X-Odd = ['[plugins."fake"]', "imports = [", """
# BEGIN of nothing
[imports]
"""]
`,
};

/** Main files that containerd 2.x reads. */
export const version3Texts: Record<string, string> = {
	...version2Texts,
	'version 3': `version = 3\n\n[plugins.'io.containerd.cri.v1.images'.registry]\n  config_path = '/etc/containerd/certs.d'\n`,
	'imports on one line': `version = 3 # the newest\nimports = ["/etc/containerd/extra.toml"]\n\n[grpc]\n  uid = 0\n`,
	'imports with a last comma, on several lines': `imports = [
  # the site's own
  "/etc/containerd/site-*.toml", # [not a list]
  '/etc/containerd/odd]name.toml',
]
version = 3
`,
	'imports without a last comma': `version = 3\nimports = [\n  "a.toml",\n  "b.toml" # last\n]\nroot = '/x'`,
	'an empty array over two lines': `version = 3\nimports = [ # none yet\n]\n`,
	'a version in the last line, without a line break': `root = '/x'\nversion = 3`,
	'quoted keys and CRLF': `"version" = 3\r\n'imports' = [ 'x.toml' ]\r\n`,
	'version 4': `version = 4\n[plugins.'io.containerd.server.v1.grpc']\n  address = '/run/c.sock'\n`,
};

export const mainPath = '/etc/containerd/config.toml';

/** Facts of a containerd with this main file, as if the daemon had printed what the file says over its defaults. */
export function containerdWith(
	version: string,
	text: string | null,
	config: Partial<ContainerdConfigFacts> = {},
): ContainerdFacts {
	const file = describeConfig(text === null || text.startsWith('\uFEFF') ? {} : parseToml(text));
	const named = Object.keys(file.runtimes).length > 0;
	return {
		name: 'containerd',
		pid: 612,
		binary: '/usr/bin/containerd',
		ctr: '/usr/bin/ctr',
		version,
		address: '/run/containerd/containerd.sock',
		unit: 'containerd.service',
		ownedBy: null,
		snapshotters: null,
		config: {
			path: mainPath,
			text,
			sha256: null,
			version: file.version,
			imports: file.imports,
			criDisabled: file.criDisabled,
			runtimes: named ? file.runtimes : {runc: builtInRunc},
			defaultRuntime: 'runc',
			dumpError: null,
			criImportedFrom: null,
			ownDropIn: null,
			...config,
		},
	};
}
