/**
 * Looks at the active pair and at the release behind /opt/kata, below a root, as fast as it can, until ROOT/stop-watching is
 * there, and prints as JSON how often it looked, which pairs it saw, and what was missing or mixed. A look during which the link changed says nothing.
 */
import {existsSync, readFileSync, readlinkSync, statSync} from 'node:fs';

const [root] = process.argv.slice(2);
const active = `${root}/etc/kata-containers/kata-setup/active`;
const files = /^\s*(?:path|kernel|image|initrd)\s*=\s*"(\/[^"]+)"/gm;

/** What is wrong with what is there now; null: nothing, or the link changed meanwhile. */
function look(seen) {
	const link = readlinkSync(active);
	statSync(`${root}/opt/kata/VERSION`);
	const shim = readlinkSync(`${active}/containerd-shim-kata-v2`);
	const configuration = readFileSync(`${active}/configuration.toml`, 'utf8');
	if (readlinkSync(active) !== link) return null;
	seen.add(link);
	const tree = `/opt/kata-setup/trees/${link.split('/')[1]}/`;
	const named = [shim, ...[...configuration.matchAll(files)].map(([, path]) => path)];
	if (named.length < 3) return `${link}: the configuration names no kernel`;
	for (const path of named) {
		if (!path.startsWith(tree)) return `${link}: ${path} is of another tree`;
		statSync(root + path);
	}
	return null;
}

let looks = 0;
const seen = new Set();
const wrong = [];
const began = performance.now();
while (!existsSync(`${root}/stop-watching`)) {
	looks += 1;
	try {
		const said = look(seen);
		if (said !== null) wrong.push(said);
	} catch (error) {
		wrong.push(String(error));
	}
}
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({looks, perSecond: Math.round(looks / seconds), seen: [...seen].sort(), wrong}));
