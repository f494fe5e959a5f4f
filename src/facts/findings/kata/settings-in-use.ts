/** Which of people's own settings the Kata that is there reads, and which nothing reads. Pure. */
import {dirname} from 'node:path';
import type {Runtime} from '../../../catalogue/catalogue.ts';
import {configurationInTree, defaultConfiguration, kataPrefix} from '../../../layout.ts';
import type {Facts, TheirSettingsFacts} from '../../facts.ts';

/** The configuration that a runtime is started with on this host: an engine's handler names it, or the runtime looks for it. */
export function configurationInUse(facts: Facts, runtime: Runtime): string {
	const packaged = `${kataPrefix}/${configurationInTree[runtime]}`;
	const byDefault = defaultConfiguration[runtime];
	const named = (facts.kataHandlers ?? [])
		.filter(handler => runtimeOf(handler) === runtime)
		.map(({configuration}) => configuration?.path ?? null)
		.find(path => path !== null);
	const first = named ?? (isThere(facts, byDefault) ? byDefault : `${packaged}/configuration.toml`);
	const {target = null} = facts.kataConfiguration?.find(({path}) => path === first) ?? {};
	if (target === null) return first;
	return target.startsWith('/') ? target : `${dirname(first)}/${target}`;
}

const isThere = ({kataConfiguration = []}: Facts, path: string): boolean =>
	kataConfiguration.some(file => file.path === path && file.kind !== 'dangling' && !file.ours);

/** Go's folders do not have rust's in their names. */
function runtimeOf({runtime, configuration}: NonNullable<Facts['kataHandlers']>[number]): Runtime {
	const paths = [runtime?.path, configuration?.path];
	return paths.some(path => path?.includes('/runtime-rs/')) ? 'rust' : 'go';
}

/** `inUse` in the order in which the runtime reads them: the file, then the drop-ins beside it. */
export function settingsInUse(
	facts: Facts,
	runtime: Runtime,
): {inUse: TheirSettingsFacts[]; others: TheirSettingsFacts[]} {
	const configuration = configurationInUse(facts, runtime);
	const isRead = ({kind, path}: TheirSettingsFacts): boolean =>
		kind === 'file' ? path === configuration : dirname(path) === `${dirname(configuration)}/config.d`;
	const its = (facts.theirSettings ?? []).filter(file => file.runtime === runtime);
	return {inUse: its.filter(isRead), others: its.filter(file => !isRead(file))};
}
