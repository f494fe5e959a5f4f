/** /dev/kvm, opened for real and used, and the module behind it. */
import * as os from 'node:os';
import type {Host} from '../../host/host.ts';
import type {KvmFacts, KvmState} from '../facts.ts';
import type {Probe} from '../probe.ts';
import {quietly} from '../processes.ts';
import {exists, readLine} from '../read-text.ts';
import {notProven, proveKvm} from './kvm-proof.ts';
import {moduleState} from './modules.ts';

const path = '/dev/kvm';

export const kvmProbe: Probe<KvmFacts> = {
	name: 'kvm',
	unknown: {path, state: 'error', error: 'not read', proof: notProven(`${path} was not read.`)},
	async read(host) {
		const [error, module, mshv, stat] = await Promise.all([
			openKvm(host),
			kvmModule(host),
			exists(host, '/dev/mshv'),
			quietly(host.files.stat(path)),
		]);
		const proof = error === null ? await prove(host) : notProven(`${path} does not open.`);
		return {
			path,
			state: stateOf(error),
			error,
			mshv,
			proof,
			...(stat ? {mode: stat.mode} : {}),
			...(module ? {module} : {}),
		};
	},
};

/** Null if it opened. A plain file of that name opens too; it is told apart on a real host. */
async function openKvm(host: Host): Promise<string | null> {
	const error = await host.files.openReadWrite(path);
	if (error !== null || host.kind !== 'real') return error;
	return (await host.files.stat(path))?.type === 'file' ? 'ENODEV' : null;
}

async function prove(host: Host): Promise<KvmFacts['proof']> {
	const {code, stdout} = await host.run('uname', ['-m']);
	return proveKvm(host, code === 0 ? stdout.trim() : os.machine());
}

const states: Record<string, KvmState> = {
	ENOENT: 'missing',
	ENOTDIR: 'missing',
	// open(2): EACCES by the file's mode; EPERM by a container's device rules.
	EACCES: 'no-permission',
	EPERM: 'no-permission',
	ENODEV: 'no-driver',
	ENXIO: 'no-driver',
	EBUSY: 'busy',
};

const stateOf = (error: string | null): KvmState => (error === null ? 'opens' : (states[error] ?? 'error'));

/** The module by the processor; null where KVM is part of the kernel or the processor has none. */
async function kvmModule(host: Host): Promise<KvmFacts['module'] | null> {
	const cpuinfo = (await readLine(host, '/proc/cpuinfo')) ?? '';
	const name = [
		{says: /GenuineIntel|CentaurHauls|Shanghai/, module: 'kvm_intel'},
		{says: /AuthenticAMD|HygonGenuine/, module: 'kvm_amd'},
		{says: /IBM\/S390/, module: 'kvm'},
		{says: /^cpu\s*:\s*POWER/m, module: 'kvm_hv'},
	].find(({says}) => says.test(cpuinfo))?.module;
	return name ? {name, state: await moduleState(host, name)} : null;
}
