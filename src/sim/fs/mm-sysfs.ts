/**
 * What memory management has in /sys: lru_gen/enabled (mm/vmscan.c, 6.12), the node's reclaim file (drivers/base/node.c,
 * 7.2), shrinkers in debugfs (mm/shrinker_debug.c, 6.12).
 */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno } from '../../backend/outcome.js'
import type { Kernel } from '../kernel.js'
import { memparse } from '../lib/memparse.js'
import { reclaimNode } from '../mm/proactive-reclaim.js'
import type { Shrinker } from '../mm/shrinker.js'
import { cgroupFile, procFile, type PseudoFile } from './pseudo-file.js'

export function mmSysfsFiles(kernel: Kernel): [string, PseudoFile][] {
  const files: [string, PseudoFile][] = [['/sys/kernel/mm/lru_gen/enabled', lruGenFile(kernel)]]
  if (kernel.release === '7.2') {
    const node: PseudoFile = { read: () => -ERRNO.EACCES, write: (text) => reclaimNode(kernel, text) }
    files.push(['/sys/devices/system/node/node0/reclaim', node])
  }
  return files
}

/** Registered later than the file system is made, so made anew for each look. */
export function shrinkerDebugFiles(kernel: Kernel): [string, PseudoFile][] {
  if (!kernel.shrinkerDebug) return []
  return [...kernel.shrinkers.all()].flatMap(([id, shrinker]): [string, PseudoFile][] => {
    const directory = `/sys/kernel/debug/shrinker/${shrinker.name}-${id}`
    return [
      [`${directory}/count`, procFile(() => countText(kernel, shrinker))],
      [`${directory}/scan`, cgroupFile(null, (text) => writeScan(kernel, shrinker, text))],
    ]
  })
}

/** The Cortex cores of an RK3399 set no access flag by themselves, so of the three bits only the first shows. */
function lruGenFile({ sysctl }: Kernel): PseudoFile {
  return {
    read: () => (sysctl.lruGenEnabled ? '0x0001\n' : '0x0000\n'),
    write: (text) => {
      const first = text.charAt(0).toLowerCase()
      if (first === 'n' || first === 'y') {
        sysctl.lruGenEnabled = first === 'y'
        return 0
      }
      const parsed = memparse(text.trim())
      if (parsed?.rest !== '') return -ERRNO.EINVAL
      sysctl.lruGenEnabled = (parsed.value & 1n) !== 0n
      return 0
    },
  }
}

/** "<inode of the cgroup> <objects of node 0>", only where there are any. */
function countText(kernel: Kernel, shrinker: Shrinker): string {
  let text = ''
  for (const memcg of kernel.memcg.root.tree()) {
    const count = shrinker.countObjects({ memcg, nrToScan: 0, nrScanned: 0 })
    if (count > 0) text += `${memcg.ino} ${count}\n`
    if (!shrinker.memcgAware) break
  }
  return text
}

/** "<inode> <node> <number>". A shrinker that knows nothing of cgroups wants 0 as the inode. */
function writeScan(kernel: Kernel, shrinker: Shrinker, text: string): NegativeErrno | 0 {
  const match = /^\s*(\d+)\s+(-?\d+)\s+(\d+)/.exec(text)
  if (match === null) return -ERRNO.EINVAL
  const [ino, node, nrToScan] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (node !== 0) return -ERRNO.EINVAL
  if (nrToScan === 0) return 0
  if (!shrinker.memcgAware && ino !== 0) return -ERRNO.EINVAL
  const memcg = shrinker.memcgAware
    ? [...kernel.memcg.root.tree()].find((group) => group.ino === ino)
    : kernel.memcg.root
  if (memcg === undefined) return -ERRNO.ENOENT
  shrinker.scanObjects({ memcg, nrToScan, nrScanned: nrToScan })
  return 0
}
