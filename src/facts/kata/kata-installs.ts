/** Every Kata that is on the host already, and who put it there. */

import type {Host} from '../../host/host.ts';
import {kataPrefix} from '../../layout.ts';
import type {KataInstallFacts, KataOwner} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {readLine} from '../read-text.ts';
import {contentOf} from './kata-content.ts';
import {isShimName, type KataPiece, kataPieces} from './kata-pieces.ts';
import {isOurs, type KataPrefix, kataPrefixes, makerOf} from './kata-prefixes.ts';
import {type PackageOwners, packageOwners} from './packages.ts';

export const kataProbe: Probe<KataInstallFacts[]> = {
	name: 'kata',
	unknown: [],
	async read(host) {
		const [prefixes, pieces, snap] = await Promise.all([kataPrefixes(host), kataPieces(host), readSnap(host)]);
		const ours = prefixes.filter(isOurs);
		const others = prefixes.filter(prefix => !isOurs(prefix));
		const packages = await packageOwners(host, [
			...others.flatMap(({asked}) => asked),
			...pieces.map(({path}) => path),
		]);
		const unpacked = await Promise.all(others.map(prefix => describePrefix(host, prefix, packages)));
		const hasShim = prefixes.length > 0 || snap !== null || pieces.some(({path}) => isShimName(nameOf(path)));
		return [
			...ours.map(describeOurs),
			...unpacked,
			...describePieces(pieces, packages, hasShim),
			...(snap === null ? [] : [snap]),
		];
	},
};

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const describeOurs = ({path, version, target}: KataPrefix): KataInstallFacts => ({
	path,
	owner: 'kata-setup',
	version,
	evidence: `${path} is a link to ${target}.`,
});

async function describePrefix(host: Host, prefix: KataPrefix, packages: PackageOwners): Promise<KataInstallFacts> {
	const {path, version, asked, isLink} = prefix;
	const package_ = asked.map(file => packages.owners.get(file)).find(owner => owner !== undefined);
	if (package_) return {path, owner: 'package', version, evidence: belongsTo(package_.name), package: package_};
	const maker = await makerOf(host, path);
	return {
		path,
		version,
		...(maker.owner === 'unknown' ? {...maker, evidence: doubted(maker.evidence, packages)} : maker),
		...(packages.silent.length > 0 ? {ownerInDoubt: true} : {}),
		...(path === kataPrefix && !isLink ? {content: await contentOf(host)} : {}),
	};
}

const belongsTo = (name: string): string => `It belongs to the package ${name}.`;

/** That no package owns it is known only if all that are asked answer. */
const doubted = (evidence: string, {silent}: PackageOwners): string =>
	silent.length === 0
		? evidence
		: `${silent.join(' and ')} did not answer in time: whether a package owns it is not known.`;

/** One entry for each package, one for what is left of Kata 1.x, and one for each file that nobody owns. */
function describePieces(pieces: KataPiece[], packages: PackageOwners, hasShim: boolean): KataInstallFacts[] {
	const isOld = ({path, onlyOld}: KataPiece): boolean => onlyOld || (!hasShim && nameOf(path) === 'kata-runtime');
	const byPackage = new Map<string, KataPiece[]>();
	const unowned: KataPiece[] = [];
	for (const piece of pieces) {
		const name = packages.owners.get(piece.path)?.name;
		if (name === undefined) unowned.push(piece);
		else byPackage.set(name, [...(byPackage.get(name) ?? []), piece]);
	}
	const packaged = [...byPackage].map(([name, [first, ...rest]]): KataInstallFacts => {
		const path = first?.path ?? '';
		const package_ = packages.owners.get(path) ?? null;
		return {
			path,
			owner: 'package',
			version: package_?.version ?? null,
			evidence: belongsTo(name),
			package: package_,
			...partsOf(rest),
			...(first && [first, ...rest].some(isOld) ? {old: true} : {}),
		};
	});
	const [first, ...rest] = unowned;
	if (first && unowned.some(isOld))
		return [
			...packaged,
			{
				path: first.path,
				owner: 'unknown',
				version: null,
				evidence: doubted('No package owns it; it is what Kata 1.x leaves.', packages),
				...partsOf(rest),
				old: true,
			},
		];
	return [...packaged, ...unowned.map(piece => describeUnowned(piece, packages))];
}

const partsOf = (pieces: KataPiece[]): {parts?: string[]} =>
	pieces.length === 0 ? {} : {parts: pieces.map(({path}) => path)};

function describeUnowned({path, danglingTo}: KataPiece, packages: PackageOwners): KataInstallFacts {
	const common = {path, version: null};
	if (danglingTo === null)
		return {
			...common,
			owner: 'unknown',
			evidence: doubted('No package owns it; it was probably copied by hand.', packages),
		};
	return {...common, owner: linkMaker(path), evidence: `It is a link to ${danglingTo}, which is not there any more.`};
}

/** kata-manager links into /usr/bin, kata-deploy's old scripts into /usr/local/bin under a hypervisor's name. */
function linkMaker(path: string): KataOwner {
	if (path.startsWith('/usr/bin/')) return 'kata-manager';
	return /\/containerd-shim-kata-.+-v2$/.test(path) ? 'kata-deploy' : 'unknown';
}

async function readSnap(host: Host): Promise<KataInstallFacts | null> {
	const path = '/snap/kata-containers/current';
	const yaml = await readLine(host, `${path}/meta/snap.yaml`);
	if (yaml === null) return null;
	const version = /^version:\s*['"]?([^'"\s]+)/m.exec(yaml)?.[1] ?? null;
	return {path, owner: 'snap', version, evidence: `${path}/meta/snap.yaml is there.`};
}
