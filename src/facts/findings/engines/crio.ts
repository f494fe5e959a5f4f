/** CRI-O: files that it cannot read, and Kata handlers that it would ignore. */
import type {CrioRuntimeFacts} from '../../facts.ts';
import {finding, type Judgement} from '../judgement.ts';

const common = {id: 'crio', label: 'CRI-O', severity: 'warning'} as const;

export const judgeCrio: Judgement = ({crio}) => {
	if (!crio) return [];
	const broken = crio.errors
		.filter(({why}) => why !== 'EACCES' && why !== 'EPERM')
		.map(({path, why}) =>
			finding({
				...common,
				summary: `${path} is broken`,
				detail: [why, 'CRI-O would not start with it.'],
				sources: [path],
				remedy: [`Mend ${path}; \`crio config\` says whether CRI-O takes it.`],
			}),
		);
	const ignored = Object.entries(crio.runtimes).flatMap(([name, runtime]) => {
		const faults = isKata(name, runtime) ? faultsOf(runtime) : [];
		if (faults.length === 0) return [];
		return [
			finding({
				...common,
				summary: `its handler \`${name}\` does not work`,
				detail: faults,
				sources: crio.files,
				remedy: [
					'A Kata handler needs runtime_type = "vm", runtime_root = "/run/vc" and a runtime_path that ends in containerd-shim-kata-v2 and is there.',
				],
			}),
		];
	});
	return [...broken, ...ignored];
};

const isKata = (name: string, {path, type}: CrioRuntimeFacts): boolean =>
	/kata/.test(name) || /kata/.test(path ?? '') || type === 'vm';

/** CRI-O's pkg/config/config.go: the name of the shim, and the files, are checked at its start; a bad handler is skipped. */
function faultsOf({type, path, pathExists, root, configPath, configExists}: CrioRuntimeFacts): string[] {
	return [
		...(type === 'vm' ? [] : [`runtime_type is ${type ?? 'not set'}: CRI-O takes it for a command-line runtime.`]),
		...(path !== null && /(^|\/)containerd-shim-[a-zA-Z0-9+-]+$/.test(path)
			? []
			: [`runtime_path is ${path ?? 'not set'}: it has to be a containerd-shim-NAME.`]),
		...(pathExists === false ? [`${path} is not there.`] : []),
		...(configExists === false ? [`${configPath} is not there.`] : []),
		...(type === 'vm' && root !== null && root !== '/run/vc'
			? [`runtime_root is ${root}, and Kata's is /run/vc.`]
			: []),
	];
}
