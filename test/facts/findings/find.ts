/** The findings of sample facts with changes: what the tests of the judgements look at. */
import type {Facts, KvmFacts, VirtFacts} from '../../../src/facts/facts.ts';
import type {Finding} from '../../../src/facts/findings.ts';
import {judge} from '../../../src/facts/judge.ts';
import {sampleFacts} from '../../support/facts.ts';

export const findings = (changes: Partial<Facts> = {}): Finding[] => judge(sampleFacts(changes));

/** The finding of that name; `all` is a text that holds all of it. */
export function find(id: string, changes: Partial<Facts> = {}): Finding & {all: string} {
	const found = findings(changes).find(finding => finding.id === id);
	if (!found) throw new Error(`there is no finding ${id}`);
	const {summary, detail, sources, remedy, command} = found;
	return {...found, all: [summary, ...detail, ...sources, ...remedy, command ?? ''].join('\n')};
}

export const has = (id: string, changes: Partial<Facts>): boolean =>
	findings(changes).some(finding => finding.id === id);

export const kvm = (state: KvmFacts['state'], error: string | null, more: Partial<KvmFacts> = {}): KvmFacts => ({
	path: '/dev/kvm',
	state,
	error,
	proof:
		state === 'opens'
			? {state: 'ran', step: 'run', error: null, why: null}
			: {state: 'not-run', step: null, error: null, why: '/dev/kvm does not open.'},
	...more,
});
export const virt = (changes: Partial<VirtFacts> = {}): VirtFacts => ({
	isGuest: true,
	hypervisor: 'kvm',
	container: null,
	source: 'systemd-detect-virt',
	...changes,
});
export const noFlags: Facts['cpu'] = {model: 'AMD EPYC', vendor: 'AuthenticAMD', count: 2, virtualization: null};
export const asRoot: Facts['privileges'] = {uid: 0, user: 'root', root: 'root'};
