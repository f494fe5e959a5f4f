/** io_uring, which Kata's packaged configurations of QEMU use for block devices. */
import type {Facts} from '../../facts.ts';
import {unreadWhy} from '../judgement.ts';
import {kernelAtLeast} from './kernel-release.ts';

/**
 * Why QEMU, started by root, may not use io_uring here; null if nothing says so. The setting came with Linux 6.6, and
 * earlier into the kernels of RHEL 9; io_uring itself came with 5.1.
 */
export function ioUringRefusal(facts: Facts): string | null {
	const {security, kernel} = facts;
	if (!security || unreadWhy(facts, 'security')) return null;
	const {ioUringDisabled, rights} = security;
	if (ioUringDisabled === 2) return 'kernel.io_uring_disabled is 2: the kernel refuses io_uring to everybody';
	if (ioUringDisabled === 1 && rights?.userNamespace)
		return 'kernel.io_uring_disabled is 1: the kernel refuses io_uring to this user namespace';
	if (kernelAtLeast(kernel, '5.1.0') === false) return `Linux ${kernel} has no io_uring, which came with 5.1`;
	if (ioUringDisabled === null && kernelAtLeast(kernel, '6.6.0'))
		return `Linux ${kernel} has no setting kernel.io_uring_disabled, so it was built without io_uring`;
	return null;
}
