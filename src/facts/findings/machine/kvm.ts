/** /dev/kvm: whether a VM can start here, and if not, which of the many causes it is. */
import type {Facts} from '../../facts.ts';
import type {Finding} from '../../findings.ts';
import {type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';
import {blocker} from './kvm-finding.ts';
import {judgeMissing, judgeNoDriver} from './kvm-missing.ts';
import {judgePermission} from './kvm-permission.ts';
import {heldByAnother, judgeProof} from './kvm-proof.ts';

export const judgeKvm: Judgement = facts => {
	const why = unreadWhy(facts, 'kvm');
	if (why) return [unreadFinding('kvm', 'KVM', '/dev/kvm', why)];
	return [judgements[facts.kvm.state](facts)];
};

const judgements: Record<Facts['kvm']['state'], (facts: Facts) => Finding> = {
	opens: judgeProof,
	missing: judgeMissing,
	'no-permission': judgePermission,
	'no-driver': judgeNoDriver,
	busy: facts => heldByAnother(facts, 'Opening /dev/kvm gives EBUSY.'),
	error: ({kvm}) =>
		blocker({
			summary: `/dev/kvm cannot be opened: ${kvm.error}`,
			detail: ['It was opened for reading and writing, as a hypervisor does.'],
			remedy: ["`ls -l /dev/kvm` and the kernel's log (`dmesg | grep -i kvm`) say more."],
		}),
};
