#!/usr/bin/env bash
# Installs what the end-to-end suite uses, as root on Debian or Ubuntu. Idempotent: what is there is left alone, and
# nothing is printed then. The engines, and later the guest's kernel, are not installed but unpacked into the cache.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive PATH="$PATH:/usr/sbin:/sbin"
here=$(dirname "$(readlink -f "$0")")

packages=(
	containerd runc util-linux # journeys: a real engine in a mount namespace (unshare, nsenter)
	iproute2 kmod procps # what facts are gathered with
	qemu-system-x86 busybox-static zstd xz-utils # the stand-in release: a guest that boots
	sudo opendoas # the way to root
	strace # what the kernel is asked, and made to refuse
	qemu-utils debootstrap e2fsprogs openssh-client # the lab server
	gcc gcc-aarch64-linux-gnu gcc-s390x-linux-gnu gcc-powerpc64le-linux-gnu qemu-user-static # assets from their sources
	binutils binutils-aarch64-linux-gnu binutils-s390x-linux-gnu binutils-powerpc64le-linux-gnu
	git tmux debian-archive-keyring ca-certificates
)

die() {
	printf 'prepare: %s\n' "$1" >&2
	[ $# -lt 2 ] || printf '     %s\n' "${@:2}" >&2
	exit 1
}
[ "$(id -u)" = 0 ] || die 'root is needed to install packages' "sudo $0"
command -v apt-get >/dev/null || die 'there is no apt here' "Install by hand what is in Debian's packages: ${packages[*]}"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
	# Another apt at work (a machine that has just booted) is waited for.
	"$@" -o DPkg::Lock::Timeout=300 </dev/null >"$log" 2>&1 || {
		tail -20 "$log" >&2
		die "$* failed"
	}
}
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

absent=()
for package in "${packages[@]}"; do installed "$package" || absent+=("$package"); done
if [ ${#absent[@]} -gt 0 ]; then
	printf 'prepare: installing %s\n' "${absent[*]}" >&2
	quietly apt-get update -q
	# A service of the suite's packages must not run here: journeys bring an engine of their own.
	policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
		trap 'rm -f "$log" "$policy"' EXIT
	fi
	quietly apt-get install -q -y --no-install-recommends "${absent[@]}"
fi

# Lists may be missing though all packages are there; the mirror and the guest's kernel are found by them.
apt-cache show linux-image-cloud-amd64 >/dev/null 2>&1 || quietly apt-get update -q
"$here/support/fetch-engines"
