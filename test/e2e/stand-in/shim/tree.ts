/** Where this shim lies and what that makes it: the rust one or the go one, of which release. */
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

// The bundle is CommonJS, and Node gives the path with its links resolved, as the shim of Kata sees its tree.
const rustFolder = '/runtime-rs/bin';
const folder = dirname(__filename);

export const runtime: 'rust' | 'go' = folder.endsWith(rustFolder) ? 'rust' : 'go';
/** The folder that is /opt/kata to this shim, with links resolved. */
export const tree = runtime === 'rust' ? folder.slice(0, -rustFolder.length) : dirname(folder);
export const version = readFileSync(join(tree, 'VERSION'), 'utf8').trim();

const commit = '0000000000000000000000000000000000000000';

/** What `--version` prints, as Kata 4.1.0's shims do. */
export const versionLine =
	runtime === 'rust'
		? `Kata Containers containerd shim (Rust): id: io.containerd.kata.v2, version: ${version}, commit: ${commit}`
		: `Kata Containers containerd shim (Golang): id: "io.containerd.kata.v2", version: ${version}, commit: ${commit}`;

/** The default paths of each runtime, when containerd passes none. */
export const defaultConfigurations =
	runtime === 'rust'
		? [
				'/etc/kata-containers/runtime-rs/configuration.toml',
				'/usr/share/defaults/kata-containers/runtime-rs/configuration.toml',
				'/opt/kata/share/defaults/kata-containers/runtime-rs/configuration.toml',
			]
		: ['/etc/kata-containers/configuration.toml', '/opt/kata/share/defaults/kata-containers/configuration.toml'];

/** The folder where this runtime keeps what belongs to one sandbox. */
export const sandboxFolder = (id: string): string => join(runtime === 'rust' ? '/run/kata' : '/run/vc/vm', id);
