/**
 * The texts that make a thin pool out of two files at every boot: a script, and the systemd unit that runs it before
 * containerd. Pure.
 *
 * A pool of loop devices is gone after a reboot, and containerd 2.x is wholly without images and containers where a
 * snapshotter's pool is missing (measured with 2.1.9: its plugin bolt is in state `error`). So containerd's section of it is
 * put in force by the script, in the unit's runtime folder, which systemd removes when the unit fails or is stopped: without
 * its pool containerd starts without that snapshotter, and everything else works.
 */
import {poolData, poolFolder, poolMetadata, poolName, poolRunFolder, poolScript, poolSection} from '../layout.ts';

/** The pool's blocks, in sectors of 512 bytes: 64 KiB, the least, for short-lived containers that write little. */
const blockSectors = 128;

const header = '# Written by kata-setup; `kata-setup uninstall` removes it.';

/**
 * `start` makes the pool where it is not there yet and brings containerd's section into force; `stop` takes away what nobody
 * uses of it. Blocks are zeroed before they are given out: a container's guest could read what another's left in them. A
 * full pool fails at once, where it would by default let its containers hang for a minute first.
 */
export const poolScriptText = `#!/bin/sh
${header}
# The thin pool of containerd's snapshotter devmapper, out of two files: pool start | pool stop
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C

name=${poolName}

# The loop device of a file, attached where it is not yet.
attached() { losetup --noheadings --output NAME --associated "$1" | head -n 1; }
attach() {
	device=$(attached "$1")
	[ -n "$device" ] || device=$(losetup --find --show "$1")
	echo "$device"
}

start() {
	if ! dmsetup info "$name" >/dev/null 2>&1; then
		data=$(attach ${poolData})
		metadata=$(attach ${poolMetadata})
		dmsetup create "$name" --table "0 $(blockdev --getsz "$data") thin-pool $metadata $data ${blockSectors} 0 1 error_if_no_space"
	fi
	case $(dmsetup status "$name") in
		*\\ Fail* | *\\ ro\\ * | *needs_check*)
			echo "the pool is there and does not work: $(dmsetup status "$name")" >&2
			exit 1
			;;
	esac
	cp ${poolSection} ${poolRunFolder}/pool.toml
}

# What a container still uses stays, and the pool with it.
stop() {
	for device in $(dmsetup ls | sed -n "s/^\\($name-snap-[0-9]*\\)[[:space:]].*/\\1/p"); do
		dmsetup remove "$device" || :
	done
	! dmsetup info "$name" >/dev/null 2>&1 || dmsetup remove "$name"
	for file in ${poolData} ${poolMetadata}; do
		device=$(attached "$file")
		[ -z "$device" ] || losetup --detach "$device"
	done
}

case \${1:-} in
	start | stop) "$1" ;;
	*)
		echo 'pool start | pool stop' >&2
		exit 2
		;;
esac
`;

/**
 * The unit. `Wants=` of containerd's, by a link in its folder: a pool that cannot be made does not keep containerd from
 * starting, shows as a failed unit, and is tried again at containerd's next start.
 * @param engineUnit containerd's own unit
 */
export const poolUnitText = (engineUnit: string): string => `${header}
[Unit]
Description=Thin pool of containerd's snapshotter devmapper (kata-setup)
Before=${engineUnit}
RequiresMountsFor=${poolFolder}

[Service]
Type=oneshot
RemainAfterExit=yes
RuntimeDirectory=${poolRunFolder.replace('/run/', '')}
ExecStart=/bin/sh ${poolScript} start
ExecStopPost=/bin/sh ${poolScript} stop

[Install]
WantedBy=${engineUnit}
`;
