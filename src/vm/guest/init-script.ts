/**
 * The guest's first process. It loads the modules, mounts, tells the host that it is ready, runs the command with its
 * output on virtio ports, tells the exit code, and powers off. It does so too when the host hangs up.
 *
 * Words on the control port, one a line. Host: `hello`, `interrupt`, `bye`. Guest: `ready SECONDS`, `exit CODE`,
 * `failed TEXT`. The guest writes the end mark to stdout and stderr before `exit`, and waits for `bye`, so that the
 * host knows that nothing of them is still under way.
 */

/** Numbers of the virtio ports. The kernel announces them in this order: when control works, all do. */
export const PORTS = { stdout: 1, stderr: 2, stdin: 3, control: 4 } as const

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

fail() {
  echo "gemrig: $1" >/dev/console
  [ -z "$control" ] || echo "failed $1" >&3
  sleep 5
  poweroff -f
}

failed_modules=
for module in /modules/*; do
  [ -e "$module" ] || continue # everything is built in
  insmod "$module" || failed_modules="$failed_modules \${module##*-}"
done

port() { echo /dev/vport*p$1; }
tries=0
until [ -c "$(port ${PORTS.control})" ]; do
  tries=$((tries + 1))
  [ $tries -lt 500 ] || fail 'the virtio ports did not appear'
  sleep 0.02
done
control=$(port ${PORTS.control})
exec 3<>"$control"
# A read answers end of file until the host's side is announced.
until read -r word <&3 && [ "$word" = hello ]; do sleep 0.02; done
exec 4>"$(port ${PORTS.stdout})" 5>"$(port ${PORTS.stderr})"

[ -z "$failed_modules" ] || fail "modules that do not load:$failed_modules"
mount -t ext4 -o ro,noatime /dev/vda /system || fail 'the system image does not mount'
mount -t 9p -o trans=virtio,version=9p2000.L,msize=131072,cache=none host /host || fail 'the shared folder does not mount'

listen() {
  echo -1000 >/proc/self/oom_score_adj
  while read -r word <&3; do
    case $word in
      interrupt) kill -INT "$(cat /run/command.pid)" ;;
      bye) break ;;
    esac
  done
  sync
  poweroff -f
}
. /guest-settings
read -r uptime _ </proc/uptime
echo "ready $uptime" >&3
listen </dev/null &

/guest-command <"$(port ${PORTS.stdin})" >&4 2>&5 3>&- 4>&- 5>&-
code=$?
printf %s "$END_MARK" >&4
printf %s "$END_MARK" >&5
echo "exit $code" >&3
wait
sleep 60
poweroff -f
`

/** Read by the init script: what differs from run to run. `endMark` is plain letters and digits. */
export function guestSettings(endMark: string, now: Date): string {
  return `END_MARK=${endMark}
date -s @${Math.floor(now.getTime() / 1000)} >/dev/null
`
}
