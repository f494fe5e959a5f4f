/**
 * Facts: what was found on the host. Plain JSON, recordable by `kata-setup check --json` and replayable by
 * `--facts FILE`. Facts hold readings, never judgements; `findings.ts` judges them.
 *
 * `null` means "looked and could not tell" and the field's comment says when that happens.
 */
import type {DriftFacts} from './drift-facts.ts';
import type {
	ContainerdFacts,
	CrioFacts,
	DockerFacts,
	EngineUnitFacts,
	IdleContainerdFacts,
	KubernetesFacts,
	OtherEngineFacts,
	RenderedConfigFacts,
	RootlessFacts,
} from './engine-facts.ts';
import type {
	DropInFacts,
	InstallationFacts,
	KataConfigurationFacts,
	KataHandlerFacts,
	KataInstallFacts,
	KataProcessFacts,
	KataProgramFacts,
	TheirSettingsFacts,
	TreeOffersFacts,
} from './kata-facts.ts';
import type {BoardFacts, CgroupFacts, SecurityFacts} from './kernel-facts.ts';
import type {
	BlockToolFacts,
	CpuFacts,
	DeviceFacts,
	KvmFacts,
	MemoryFacts,
	PassthroughFacts,
	PrivilegeFacts,
	SpaceFacts,
	VirtFacts,
} from './machine-facts.ts';
import type {ModuleFacts} from './module-facts.ts';
import type {NetworkFacts} from './network-facts.ts';

export type * from './drift-facts.ts';
export type * from './engine-facts.ts';
export type * from './kata-facts.ts';
export type * from './kernel-facts.ts';
export type * from './machine-facts.ts';
export type * from './module-facts.ts';
export type * from './network-facts.ts';

/** The machine names of uname(2) that Kata publishes releases for. */
export const architectures = ['x86_64', 'aarch64', 's390x', 'ppc64le'] as const;
export type Architecture = (typeof architectures)[number];

export interface Facts {
	schema: 1;
	/** ISO 8601, UTC. */
	takenAt: string;
	kataSetup: string;
	hostname: string;
	os: {id: string; name: string; versionId: string | null};
	kernel: string;
	/** uname -m as it is; only the names in `architectures` can be served. */
	machine: string;
	cpu: CpuFacts;
	kvm: KvmFacts;
	virt: VirtFacts;
	memory: MemoryFacts;
	devices: DeviceFacts[];
	/** Absent in recordings of versions that did not look. */
	blockTools?: BlockToolFacts;
	/** Absent in recordings of versions that did not look. */
	passthrough?: PassthroughFacts;
	/** Absent in recordings of versions that did not look. */
	modules?: ModuleFacts;
	/** These three are absent in recordings of versions that did not look. */
	cgroup?: CgroupFacts;
	security?: SecurityFacts;
	board?: BoardFacts;
	privileges: PrivilegeFacts;
	/** Is systemd process 1? */
	systemd: boolean;
	space: SpaceFacts[];
	containerd: ContainerdFacts[];
	otherEngines: OtherEngineFacts[];
	/** These are absent in recordings of versions that did not look. Null: there is none. */
	idleContainerd?: IdleContainerdFacts | null;
	engineUnits?: EngineUnitFacts[];
	docker?: DockerFacts | null;
	crio?: CrioFacts | null;
	renderedConfigs?: RenderedConfigFacts[];
	rootless?: RootlessFacts[];
	kubernetes?: KubernetesFacts;
	kata: KataInstallFacts[];
	/** These six are absent in recordings of versions that did not look. */
	kataProcesses?: KataProcessFacts[];
	kataConfiguration?: KataConfigurationFacts[];
	kataHandlers?: KataHandlerFacts[];
	kataPrograms?: KataProgramFacts[];
	dropIns?: DropInFacts[];
	/** What people have set for a Kata that is not ours; absent in recordings of versions that did not look. */
	theirSettings?: TheirSettingsFacts[];
	/** Absent in recordings of versions that did not look. */
	treeOffers?: TreeOffersFacts[];
	network?: NetworkFacts;
	/** What stands at paths that a plan may touch: `absent`, `file:SHA256`, `link:TARGET`, `directory`. */
	paths: Record<string, string>;
	/** Probes that failed or did not end in time; what they would have read stands at its "unknown" value. */
	unread?: UnreadProbe[];
	/** Our own installation, from the journal; null if there is none. See `apply/receipt.ts`. */
	installation: InstallationFacts | null;
	/**
	 * What changed of ours behind our back; null where nothing of ours is installed. Absent in recordings of versions that did
	 * not look.
	 */
	drift?: DriftFacts | null;
	/**
	 * The journal's last sequence number, also where `check --fix` alone was here; 0 if nothing of ours stands. Absent in
	 * recordings of versions that did not tell.
	 */
	sequence?: number;
}

export interface UnreadProbe {
	/** The probe's name, for example `memory`. */
	probe: string;
	/** One sentence. */
	why: string;
}
