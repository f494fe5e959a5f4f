/** Facts of a host where somebody unpacked Kata 3.28.0 at /opt/kata, with both runtimes. */
import type {Facts, KataInstallFacts} from '../../src/facts/facts.ts';
import {kataPrefix} from '../../src/layout.ts';
import {sampleContainerd, sampleFacts} from './facts.ts';

export const unpackedKata = (changes: Partial<KataInstallFacts> = {}): KataInstallFacts => ({
	path: kataPrefix,
	owner: 'unknown',
	version: '3.28.0',
	evidence: 'Nothing here says who made it.',
	content: {
		runtimes: ['rust', 'go'],
		configurations: [
			{runtime: 'rust', file: 'configuration-dragonball.toml', isDefault: true},
			{runtime: 'rust', file: 'configuration-qemu-runtime-rs.toml', isDefault: false},
			{runtime: 'go', file: 'configuration-clh.toml', isDefault: false},
			{runtime: 'go', file: 'configuration-qemu.toml', isDefault: true},
		],
		sameFileSystem: true,
	},
	...changes,
});

/** With the handler `kata`, written by hand, of containerd; everything else is fine. */
export function adoptableFacts(install: Partial<KataInstallFacts> = {}, changes: Partial<Facts> = {}): Facts {
	const {config} = sampleContainerd();
	const runtime = `${kataPrefix}/bin/containerd-shim-kata-v2`;
	const configuration = `${kataPrefix}/share/defaults/kata-containers/configuration-clh.toml`;
	return sampleFacts({
		kata: [unpackedKata(install)],
		paths: {[kataPrefix]: 'directory'},
		devices: sampleFacts().devices.map(device => ({...device, state: 'ok', moduleState: 'loaded'})),
		kataHandlers: [
			{
				engine: 'containerd',
				source: config.path,
				name: 'kata',
				type: 'io.containerd.kata.v2',
				runtime: {path: runtime, state: 'there'},
				configuration: {path: configuration, state: 'there'},
			},
		],
		containerd: [
			sampleContainerd({
				config: {
					...config,
					runtimes: {...config.runtimes, kata: {runtime_type: 'io.containerd.kata.v2', runtime_path: runtime}},
				},
			}),
		],
		...changes,
	});
}
