/** The files of a cgroup directory that do not belong to a controller: cgroup_base_files[], kernel/cgroup/cgroup.c (6.12). */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno } from '../../backend/outcome.js'
import type { Kernel } from '../kernel.js'
import { parseInteger } from '../lib/memparse.js'
import type { Cgroup } from './cgroup.js'
import { memoryFiles } from './cgroupfs-memory.js'
import { cgroupFile, type PseudoFile } from './pseudo-file.js'

/** By name. */
export function cgroupFiles(kernel: Kernel, group: Cgroup): Map<string, PseudoFile> {
  const { cgroups } = kernel
  const files = new Map<string, PseudoFile>([
    ['cgroup.controllers', cgroupFile(() => controllersText(group.memcg !== null))],
    [
      'cgroup.subtree_control',
      cgroupFile(
        () => controllersText(group.subtreeHasMemory),
        (text) => writeSubtreeControl(kernel, group, text),
      ),
    ],
    [
      'cgroup.procs',
      cgroupFile(
        () =>
          cgroups
            .tasksIn(group)
            .map((task) => `${task.pid}\n`)
            .join(''),
        (text) => writeProcs(kernel, group, text),
      ),
    ],
    ['memory.pressure', cgroupFile(() => group.psi.text(kernel.nowNs()))],
  ])
  if (group.parent !== null) {
    files.set(
      'cgroup.type',
      cgroupFile(() => 'domain\n'),
    )
    files.set(
      'cgroup.events',
      cgroupFile(() => `populated ${cgroups.isPopulated(group) ? 1 : 0}\nfrozen 0\n`),
    )
    files.set(
      'cgroup.kill',
      cgroupFile(null, (text) => writeKill(kernel, group, text)),
    )
  }
  for (const [name, file] of memoryFiles(kernel, group)) files.set(name, file)
  return files
}

function controllersText(hasMemory: boolean): string {
  return hasMemory ? 'memory\n' : '\n'
}

function writeSubtreeControl(kernel: Kernel, group: Cgroup, text: string): NegativeErrno | 0 {
  let enable: boolean | null = null
  for (const token of text.trim().split(' ')) {
    if (token === '') continue
    if (token !== '+memory' && token !== '-memory') return -ERRNO.EINVAL
    enable = token.startsWith('+')
  }
  if (enable === null) return 0
  return enable ? kernel.cgroups.enableMemory(group) : kernel.cgroups.disableMemory(group)
}

function writeProcs(kernel: Kernel, group: Cgroup, text: string): NegativeErrno | 0 {
  const pid = parseInteger(text.trim())
  if (pid === null || pid < 0) return -ERRNO.EINVAL
  const task = pid === 0 ? kernel.current?.task : kernel.tasks.get(pid)
  return task === undefined ? -ERRNO.ESRCH : kernel.cgroups.attach(group, task)
}

function writeKill(kernel: Kernel, group: Cgroup, text: string): NegativeErrno | 0 {
  const value = parseInteger(text.trim())
  if (value === null) return -ERRNO.EINVAL
  if (value !== 1) return -ERRNO.ERANGE
  for (const task of kernel.cgroups.tasksIn(group)) kernel.tasks.kill(task)
  for (const child of group.children.values()) writeKill(kernel, child, text)
  return 0
}
