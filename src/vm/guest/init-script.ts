/**
 * The guest's first process. It loads the modules, mounts, tells the host that it is ready, runs the command with its
 * output on virtio ports, tells the exit code, and powers off. It does so too when the host hangs up.
 *
 * Words on the control port, one a line. Host: `hello`, `interrupt`, `ping`, `bye`. Guest: `ready SECONDS`, `exit CODE`,
 * `failed TEXT`, `pong`. What fails before that port is there stands on the console, after FAILURE_MARK. The guest writes the end mark to stdout and stderr before `exit`, and waits for `bye`, so that the
 * host knows that nothing of them is still under way.
 */

/** Numbers of the virtio ports. The kernel announces them in this order: when control works, all do. */
export const PORTS = { stdout: 1, stderr: 2, stdin: 3, control: 4 } as const

/** Begins the line on the console that says why the guest cannot go on. */
export const FAILURE_MARK = 'gemrig: '

/** The terminal of an interactive shell: a virtio console. */
export const SHELL_TERMINAL = '/dev/hvc0'

/** Where the kernel finds firmware: its own folders are below /lib, which is on a disk that is not mounted so early. */
export const FIRMWARE_FOLDER = 'firmware'

export const INIT_SCRIPT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/system/bin HOME=/tmp NO_COLOR=1 TERM=dumb
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
ln -s /proc/self/fd /dev/fd
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /tmp
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
. /guest-settings

fail() {
  echo "${FAILURE_MARK}$1" >/dev/console
  [ -z "$control" ] || echo "failed $1" >&3
  sleep 5
  poweroff -f
}

if [ -f /modules-release ] && [ "$(cat /modules-release)" != "$(uname -r)" ]; then
  fail "the kernel is $(uname -r), and the modules are of $(cat /modules-release)"
fi
failed_modules=
load() {
  for module in "$1"/*; do
    [ ! -f "$module" ] || insmod "$module" || failed_modules="$failed_modules \${module##*-}"
  done
}
load /modules

port() { echo /dev/vport*p$1; }
# By the clock: on a slow machine each look takes long.
seconds() { read -r uptime _ </proc/uptime && echo "\${uptime%.*}"; }
patience=$(($(seconds) + 10))
# A port's file is there a moment before the driver knows the port. exec without 'command' would end this shell then.
until [ -c "$(port ${PORTS.control})" ] && command exec 3<>"$(port ${PORTS.control})"; do
  [ "$(seconds)" -lt $patience ] || fail "the virtio ports did not appear\${failed_modules:+, and modules do not load:}$failed_modules"
  sleep 0.02
done 2>/dev/null
control=$(port ${PORTS.control})
# A read answers end of file until the host's side is announced.
until read -r word <&3 && [ "$word" = hello ]; do sleep 0.02; done
exec 4>"$(port ${PORTS.stdout})" 5>"$(port ${PORTS.stderr})"

[ -z "$failed_modules" ] || fail "modules that do not load:$failed_modules"
mount_system() { mount -t "$1" -o ro,noatime /dev/vda /system; }
mount_system ext4 2>/dev/null || mount_system ext2 || fail 'the system image does not mount'
mount_9p() { mount -t 9p -o "$1,trans=virtio,version=9p2000.L,msize=131072,cache=none" "$2" "$3"; }
mount_9p rw host /host || fail 'the shared folder does not mount'
index=0
for name in $SHARES; do
  mkdir -p "/share/$name"
  mount_9p ro share$index "/share/$name" || fail "the folder /share/$name does not mount"
  index=$((index + 1))
done

load /swap-modules
if [ -n "$SWAP_MIB" ]; then
  [ -b /dev/zram0 ] || fail "this kernel has no zram, which swap needs$failed_modules"
  echo "\${SWAP_MIB}M" >/sys/block/zram0/disksize
  mkswap /dev/zram0 >/dev/null && swapon /dev/zram0 || fail 'the swap does not start'
fi

driven() { [ -e "$(echo /sys/bus/platform/devices/*.gpu/driver)" ]; }
tries=0
until driven || [ $tries -eq 20 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
driven || [ -n "$SHELL_TERMINAL" ] || fail "no driver took the GPU: the kernel has no $DRIVER, or its driver refused"

listen() {
  echo -1000 >/proc/self/oom_score_adj
  while read -r word <&3; do
    case $word in
      interrupt) kill -INT "$(cat /run/command.pid)" ;;
      ping) echo pong >&3 ;;
      bye) break ;;
    esac
  done
  sync
  poweroff -f
}
# Held open: what is typed before the shell reads would be lost with a close.
[ -z "$SHELL_TERMINAL" ] || exec 6<>"$SHELL_TERMINAL"
read -r uptime _ </proc/uptime
echo "ready $uptime" >&3
listen </dev/null &

/guest-command <"$(port ${PORTS.stdin})" >&4 2>&5 3>&- 4>&- 5>&-
code=$?
printf %s "$END_MARK" >&4
printf %s "$END_MARK" >&5
# Opened anew: the end of the shell's session has hung up on those who had it open.
[ -z "$SHELL_TERMINAL" ] || printf %s "$END_MARK" >"$SHELL_TERMINAL"
echo "exit $code" >&3
wait
sleep 60
poweroff -f
`

export interface GuestSettings {
  /** Plain letters and digits. */
  readonly endMark: string
  /** The name of the GPU's driver, for messages. */
  readonly driver: string
  readonly swapMiB?: number | undefined
  /** The command is a shell on SHELL_TERMINAL. */
  readonly shell?: boolean | undefined
  /** Names of the folders that are shared beside the working directory, in QEMU's order. */
  readonly shareNames?: readonly string[] | undefined
}

/** Read by the init script: what differs from run to run. */
export function guestSettings(
  { endMark, driver, swapMiB, shell, shareNames = [] }: GuestSettings,
  now: Date,
): string {
  return `END_MARK=${endMark}
DRIVER=${driver}
SWAP_MIB=${swapMiB ?? ''}
SHELL_TERMINAL=${shell === true ? SHELL_TERMINAL : ''}
SHARES='${shareNames.join(' ')}'
date -s @${Math.floor(now.getTime() / 1000)} >/dev/null
`
}
