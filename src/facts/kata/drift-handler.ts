/** Whether the engine's configuration in force still has our handler with our shim and configuration. Pure. */
import {valueAt} from '../../engines/toml-text.ts';
import {activeConfiguration, activeShim} from '../../layout.ts';
import type {DriftFacts} from '../drift-facts.ts';
import type {ContainerdFacts} from '../engine-facts.ts';
import type {InstallationFacts} from '../kata-facts.ts';

/** Adds to `drift` what the engine has otherwise. */
export function handlerDrift(
	{handler, owned = []}: InstallationFacts,
	containerd: readonly ContainerdFacts[],
	{items, unjudged}: DriftFacts,
): void {
	if (handler === null) return;
	const plain = containerd.filter(({ownedBy}) => ownedBy === null);
	// Of several the one whose configuration we have edited is meant.
	const edited = plain.filter(({config}) =>
		owned.some(({path}) => path === config.path || path === config.ownDropIn?.path),
	);
	const [engine] = edited.length > 0 ? edited : plain;
	if (!engine) {
		unjudged.push({path: handler, why: 'no containerd is running that has it'});
		return;
	}
	const {runtimes, criDisabled, dumpError, path} = engine.config;
	if (runtimes === null || criDisabled) {
		const why = criDisabled ? 'its CRI plugin is switched off' : (dumpError ?? 'containerd does not print it');
		unjudged.push({path: handler, why: `the configuration of containerd in force is not known: ${why}`});
		return;
	}
	const table = runtimes[handler];
	const expected = `${activeShim} with ${activeConfiguration}`;
	const found = table
		? `${table.runtime_path ?? 'no shim'} with ${valueAt(table, ['options', 'ConfigPath']) ?? 'no configuration'}`
		: `not in ${path} or what it imports`;
	if (found !== expected) items.push({path: handler, kind: 'handler', expected, found});
}
