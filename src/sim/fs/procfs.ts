/** /proc: fs/proc, kernel/sysctl.c (6.12), the files that memory management shows and listens to. */
import { ERRNO } from '../../backend/errno.js'
import { bufinfoText } from '../dma-buf/bufinfo.js'
import { ttmFiles } from '../drm/ttm/ttm-files.js'
import type { Kernel } from '../kernel.js'
import { parseInteger } from '../lib/memparse.js'
import { dropCaches } from '../mm/drop-caches.js'
import type { SimFile } from '../process/file.js'
import type { SimTask } from '../process/task-struct.js'
import { mmSysfsFiles } from './mm-sysfs.js'
import { meminfoText, swapsText } from './proc-meminfo.js'
import { vmSysctlFiles } from './proc-sys-vm.js'
import { vmstatText, zoneinfoText } from './proc-vmstat.js'
import { cgroupFile, procFile, type PseudoFile } from './pseudo-file.js'

const MOUNTS = [
  'rootfs / rootfs rw 0 0',
  'proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0',
  'sysfs /sys sysfs rw,nosuid,nodev,noexec,relatime 0 0',
  'devtmpfs /dev devtmpfs rw,nosuid,relatime 0 0',
  'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime 0 0',
]

/** Files whose path does not depend on a process, by path. */
export function procFiles(kernel: Kernel): Map<string, PseudoFile> {
  return new Map<string, PseudoFile>([
    ['/proc/meminfo', procFile(() => meminfoText(kernel))],
    ['/proc/vmstat', procFile(() => vmstatText(kernel))],
    ['/proc/zoneinfo', procFile(() => zoneinfoText(kernel))],
    ['/proc/pressure/memory', procFile(() => kernel.psi.text(kernel.nowNs()))],
    ['/proc/mounts', procFile(() => MOUNTS.join('\n') + '\n')],
    ['/proc/cmdline', procFile(() => 'console=ttyAMA0 panic=-1\n')],
    ['/proc/swaps', procFile(() => swapsText(kernel))],
    ['/proc/sys/kernel/osrelease', procFile(() => `${kernel.release}.0-simulated\n`)],
    ['/proc/sys/kernel/tainted', procFile(() => `${kernel.log.tainted}\n`)],
    ...vmSysctlFiles(kernel),
    ...mmSysfsFiles(kernel),
    ['/sys/kernel/debug/dma_buf/bufinfo', cgroupFile(() => bufinfoText(kernel))],
    ...(kernel.ttm === null ? [] : ttmFiles(kernel.ttm)),
    ['/proc/sysrq-trigger', sysrqFile(kernel)],
    ['/proc/sys/vm/drop_caches', dropCachesFile(kernel)],
    // Counters are always up to date here.
    ['/proc/sys/vm/stat_refresh', { read: () => '', write: () => 0 }],
  ])
}

/** The files of one process, by name. */
export function processFiles(task: SimTask): Map<string, PseudoFile> {
  return new Map<string, PseudoFile>([
    ['comm', procFile(() => `${task.name.slice(0, 15)}\n`)],
    ['stat', procFile(() => statText(task))],
    ['cgroup', procFile(() => `0::${task.cgroup.path}\n`)],
    ['oom_score_adj', oomScoreAdjFile(task)],
  ])
}

/** fs/proc/fd.c, seq_show(): the text of /proc/<pid>/fdinfo/<fd>. Position and mount are not modelled, and inode numbers of dma-bufs only. */
export function fdinfoText(kernel: Kernel, file: SimFile): string {
  return `pos:\t0\nflags:\t02100002\nmnt_id:\t1\nino:\t${file.ino}\n${file.fdinfo(kernel.taskNowNs())}`
}

/**
 * fs/proc/array.c, do_task_stat: 52 fields, of which pid, name, state and start time (the 22nd) are told. A simulated
 * pid is never used again, so it serves as the start time.
 */
function statText(task: SimTask): string {
  const zeros = (count: number) => new Array<number>(count).fill(0).join(' ')
  return `${task.pid} (${task.name.slice(0, 15)}) S ${zeros(18)} ${task.pid} ${zeros(30)}\n`
}

function oomScoreAdjFile(task: SimTask): PseudoFile {
  return {
    read: () => `${task.oomScoreAdj}\n`,
    write: (text) => {
      const value = parseInteger(text.trim())
      if (value === null || value < -1000 || value > 1000) return -ERRNO.EINVAL
      task.oomScoreAdj = value
      return 0
    },
  }
}

/** write_sysrq_trigger(): f runs the OOM killer, drivers/tty/sysrq.c. Other letters are not modelled. */
function sysrqFile(kernel: Kernel): PseudoFile {
  return {
    read: () => -ERRNO.EIO,
    write: (text) => {
      if (!text.startsWith('f')) return -ERRNO.EINVAL
      kernel.log.print('sysrq: Manual OOM execution')
      if (!kernel.oom.outOfMemory(null, 'sysrq'))
        kernel.log.print('sysrq: OOM request ignored. No task eligible')
      return 0
    },
  }
}

function dropCachesFile(kernel: Kernel): PseudoFile {
  return {
    // Mode 0200, and a sysctl asks for the mode even when root reads.
    read: () => -ERRNO.EACCES,
    write: (text) => {
      const value = parseInteger(text.trim())
      if (value === null || value < 1 || value > 4) return -ERRNO.EINVAL
      const task = kernel.current?.task
      dropCaches(kernel, value)
      if (!kernel.sysctl.dropCachesQuiet)
        kernel.log.print(`${task?.name ?? ''} (${task?.pid ?? 0}): drop_caches: ${value}`)
      // Bit 2 silences the line from the next write on, for ever.
      if ((value & 4) !== 0) kernel.sysctl.dropCachesQuiet = true
      return 0
    },
  }
}
