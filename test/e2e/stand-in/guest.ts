/**
 * The guest's first file system, which the stand-in release ships in place of Kata's guest image: busybox, and an init
 * that plays Kata's agent. The shim appends a second archive with the container: `container/rootfs` and `container/run`.
 *
 * Serial ports: ttyS0 is the kernel's console, ttyS1 the container's output, ttyS2 the talk with the shim. The guest says
 * `ready`, waits for `start`, takes `kill NUMBER`, says `exit STATUS` when all output is out, and goes off.
 */
import {readFileSync} from 'node:fs';
import {cpio} from './shim/cpio.ts';

const init = `#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs dev /dev
$b stty -F /dev/ttyS1 115200 raw -echo
$b stty -F /dev/ttyS2 115200 raw -echo
# An open file keeps the settings: they go with the last one.
exec 3<>/dev/ttyS1 4<>/dev/ttyS2
$b mkdir -p /container/rootfs/proc /container/rootfs/sys /container/rootfs/dev
$b mount -t proc proc /container/rootfs/proc
$b mount -t sysfs sysfs /container/rootfs/sys
$b mount -t devtmpfs dev /container/rootfs/dev
echo ready >&4
while read -r word <&4 && [ "$word" != start ]; do :; done
/container/run </dev/null >&3 2>&3 3>&- 4>&- &
child=$!
while read -r word number <&4; do [ "$word" != kill ] || kill -"$number" $child; done 3>&- &
wait $child
status=$?
# Changing a terminal's settings waits until everything written to it is out.
$b stty -F /dev/ttyS1 115200 raw
echo "exit $status" >&4
$b stty -F /dev/ttyS2 115200 raw
$b reboot -f
`;

const folder = 0o40755;

/** @param busybox the path of a statically linked busybox */
export const guestBase = (busybox: string): Buffer =>
	cpio([
		...['bin', 'dev', 'proc', 'sys', 'container'].map(path => ({path, mode: folder})),
		{path: 'bin/busybox', mode: 0o100755, content: readFileSync(busybox)},
		{path: 'init', mode: 0o100755, content: init},
	]);
