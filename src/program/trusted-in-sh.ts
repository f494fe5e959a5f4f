/**
 * A function for our sh programs, POSIX and busybox alike: whether root alone can change a file, as `isRootsAlone` says in
 * node.ts. It and every folder above it are root's, and neither the group nor others may write to them.
 */
export const rootsAloneInSh = `roots_alone() {
	at=$(readlink -f "$1") || return 1
	while [ -n "$(find "$at" -prune -user 0 ! -perm -020 ! -perm -002)" ]; do
		[ "$at" != / ] || return 0
		at=$(dirname "$at")
	done
	return 1
}`;
