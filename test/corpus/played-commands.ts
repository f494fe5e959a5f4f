/**
 * Commands whose answers are put together from a recording's tables, because a probe may ask them for one thing or for
 * ten: systemctl, dpkg-query, rpm.
 */
import type {RecordedCommand, Recording} from './recording.ts';

/** Null: not installed there. */
export function playedCommand(recording: Recording, file: string, args: readonly string[]): RecordedCommand | null {
	const program = file.split('/').at(-1);
	if (program === 'systemctl') return systemctl(recording.units, args);
	if (program === 'dpkg-query' || program === 'dpkg') return dpkg(recording.packages.dpkg, args);
	if (program === 'rpm') return rpm(recording.packages.rpm, args);
	return null;
}

/** What systemctl gives for a unit that it does not know: exit code 0 and these (tried with systemd 252). */
const unknownUnit = {LoadState: 'not-found', ActiveState: 'inactive', SubState: 'dead', MainPID: '0'};

function systemctl(units: Recording['units'], args: readonly string[]): RecordedCommand | null {
	if (Object.keys(units).length === 0) return null;
	const [verb, ...rest] = args.filter((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-p');
	const of = (name: string): Record<string, string> =>
		units[name] ?? units[`${name}.service`] ?? {Id: name, ...unknownUnit};
	const properties = args.flatMap((arg, index) => {
		if (arg.startsWith('--property=')) return arg.slice('--property='.length).split(',');
		return args[index - 1] === '-p' ? arg.split(',') : [];
	});
	if (verb === 'show') {
		const value = args.includes('--value');
		const blocks = rest.map(name => {
			const unit = {Id: name, LoadState: 'loaded', ActiveState: 'active', SubState: 'running', ...of(name)};
			const known: Record<string, string> = unit;
			// A list that is empty has no line; what is not known of a unit stands there without a value.
			const names = (properties.length > 0 ? properties : Object.keys(unit)).filter(
				property => property !== 'EnvironmentFiles' || known[property],
			);
			return names.map(property => `${value ? '' : `${property}=`}${known[property] ?? ''}\n`);
		});
		return {stdout: blocks.map(block => block.join('')).join('\n')};
	}
	if (verb === 'is-active' || verb === 'is-failed') {
		const states = rest.map(name => of(name).ActiveState ?? 'active');
		const wanted = verb === 'is-active' ? 'active' : 'failed';
		return {stdout: states.map(state => `${state}\n`).join(''), code: states.includes(wanted) ? 0 : 3};
	}
	return null;
}

/** `--search`: `PACKAGE: PATH` a line, and code 1 if a path belongs to none. `--show`: name and version. */
function dpkg(owned: Record<string, string> | undefined, args: readonly string[]): RecordedCommand | null {
	if (!owned) return null;
	if (args.includes('--show') || args.includes('-W'))
		return {stdout: [...new Set(Object.values(owned))].map(owner => `${owner.replace(' ', '\t')}\n`).join('')};
	const paths = args.filter(arg => arg.startsWith('/'));
	const nameOf = (path: string): string | undefined => owned[path]?.split(' ')[0];
	return {
		stdout: paths.map(path => (nameOf(path) ? `${nameOf(path)}: ${path}\n` : '')).join(''),
		stderr: paths.map(path => (nameOf(path) ? '' : `dpkg-query: no path found matching pattern ${path}\n`)).join(''),
		code: paths.every(nameOf) ? 0 : 1,
	};
}

/** `-q NAME`, or `-qf PATH…`: every file of the packages in the format that was asked for. Code: how many were not found. */
function rpm(owned: Record<string, string> | undefined, args: readonly string[]): RecordedCommand | null {
	if (!owned) return null;
	const paths = args.filter(arg => arg.startsWith('/'));
	if (paths.length === 0) {
		const found = Object.values(owned).some(owner => owner.split(' ')[0] === args.at(-1));
		return found ? {stdout: `${args.at(-1)}\n`} : {stdout: `package ${args.at(-1)} is not installed\n`, code: 1};
	}
	const found = paths.flatMap(path => owned[path] ?? []);
	const missing = paths.filter(path => owned[path] === undefined);
	const lines = Object.entries(owned)
		.filter(([, owner]) => found.includes(owner))
		.map(([path, owner]) => `${owner.replace(' ', '\t')}\t${path}\n`);
	return {
		stdout: [...missing.map(path => `file ${path} is not owned by any package\n`), ...lines].join(''),
		code: missing.length,
	};
}
