/** Facts from a file: what `kata-setup check --json` recorded, on this host or on another. */
import {KataSetupError} from '../errors.ts';
import type {
	ContainerdConfigFacts,
	ContainerdFacts,
	CpuFacts,
	DeviceFacts,
	Facts,
	InstallationFacts,
	KataInstallFacts,
	KvmFacts,
	MemoryFacts,
	OtherEngineFacts,
	PrivilegeFacts,
	SpaceFacts,
	UnreadProbe,
	VirtFacts,
} from './facts.ts';
import {
	anything,
	count,
	list,
	nullable,
	object,
	oneOf,
	optional,
	type Reader,
	record,
	text,
	truth,
} from './json-shape.ts';

const moduleState = oneOf(['loaded', 'built-in', 'loadable', 'absent']);
const engineName = oneOf(['containerd', 'docker', 'crio', 'k3s', 'rke2', 'k0s', 'microk8s', 'podman', 'nerdctl']);
const otherEngineName = oneOf(['docker', 'crio', 'k3s', 'rke2', 'k0s', 'microk8s', 'podman', 'nerdctl']);

const cpu = object<CpuFacts>({
	model: nullable(text),
	vendor: nullable(text),
	count,
	virtualization: nullable(text),
	flags: optional(list(text)),
});

const kvm = object<KvmFacts>({
	path: oneOf(['/dev/kvm']),
	state: oneOf(['opens', 'missing', 'no-permission', 'no-driver', 'busy', 'error']),
	error: nullable(text),
	module: optional(object<NonNullable<KvmFacts['module']>>({name: text, state: nullable(moduleState)})),
	mshv: optional(truth),
});

const dmi = object<NonNullable<VirtFacts['dmi']>>({
	vendor: nullable(text),
	product: nullable(text),
	assetTag: nullable(text),
});

const virt = object<VirtFacts>({
	isGuest: nullable(truth),
	hypervisor: nullable(text),
	container: nullable(text),
	source: text,
	dmi: optional(nullable(dmi)),
});

const memory = object<MemoryFacts>({
	totalBytes: count,
	availableBytes: count,
	shm: nullable(object<NonNullable<MemoryFacts['shm']>>({totalBytes: count, freeBytes: count})),
});

const device = object<DeviceFacts>({path: text, state: text, module: text, moduleState: nullable(moduleState)});

const privileges = object<PrivilegeFacts>({
	uid: count,
	user: text,
	root: oneOf(['root', 'passwordless', 'password', 'none', 'unknown']),
});

const space = object<SpaceFacts>({
	path: text,
	on: text,
	freeBytes: count,
	freeInodes: count,
	fileSystem: nullable(text),
	readOnly: truth,
	noExec: truth,
});

const config = object<ContainerdConfigFacts>({
	path: text,
	text: nullable(text),
	sha256: nullable(text),
	version: nullable(count),
	imports: list(text),
	criDisabled: truth,
	runtimes: nullable(record(record(anything))),
	defaultRuntime: nullable(text),
	dumpError: nullable(text),
	criImportedFrom: optional(nullable(text)),
	ownDropIn: optional(nullable(object<{path: string; text: string}>({path: text, text}))),
});

const containerd = object<ContainerdFacts>({
	name: oneOf(['containerd']),
	pid: count,
	binary: text,
	ctr: nullable(text),
	version: text,
	address: text,
	unit: nullable(text),
	ownedBy: nullable(engineName),
	snapshotters: nullable(record(text)),
	config,
});

const otherEngine = object<OtherEngineFacts>({
	name: otherEngineName,
	version: nullable(text),
	running: truth,
	detail: text,
});

const kata = object<KataInstallFacts>({
	path: text,
	owner: oneOf(['kata-setup', 'kata-deploy', 'kata-manager', 'package', 'snap', 'unknown']),
	version: nullable(text),
	evidence: text,
});

const installation = object<InstallationFacts>({
	version: text,
	runtime: oneOf(['go', 'rust']),
	hypervisor: text,
	tree: text,
	handler: nullable(text),
	unfinishedRun: nullable(text),
	sequence: count,
});

const schemaOne: Reader<1> = (value, at) => {
	if (value === 1) return 1;
	const newer = typeof value === 'number' && value > 1;
	throw new KataSetupError(
		'usage',
		value === undefined ? `The field \`${at}\` is missing.` : `These facts have the ${at} ${JSON.stringify(value)}.`,
		{
			why: newer ? 'A newer kata-setup recorded them; this one reads schema 1.' : 'This kata-setup reads schema 1.',
			remedy: newer
				? 'Use that kata-setup, or record them again with this one.'
				: 'kata-setup check --json > facts.json',
		},
	);
};

const facts = object<Facts>({
	schema: schemaOne,
	takenAt: text,
	kataSetup: text,
	hostname: text,
	os: object<Facts['os']>({id: text, name: text, versionId: nullable(text)}),
	kernel: text,
	machine: text,
	cpu,
	kvm,
	virt,
	memory,
	devices: list(device),
	privileges,
	systemd: truth,
	space: list(space),
	containerd: list(containerd),
	otherEngines: list(otherEngine),
	kata: list(kata),
	paths: record(text),
	unread: optional(list(object<UnreadProbe>({probe: text, why: text}))),
	installation: nullable(installation),
});

/**
 * Facts of a recording.
 * @param recorded parsed JSON: the facts alone, or the whole document of `check --json`, which holds them as `facts`
 * @throws KataSetupError (`usage`) that names the first field that is missing, wrong, or of a newer schema
 */
export function parseFacts(recorded: unknown): Facts {
	const inside = (recorded as {facts?: unknown} | null)?.facts;
	return inside === undefined ? facts(recorded, '') : facts(inside, 'facts');
}
