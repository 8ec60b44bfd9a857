/** `gems` and `shrink` in debugfs: panthor_gem_debugfs_bo_print(), shrink_set(), panthor_gem.c (7.2). */
import { ERRNO } from '../../../backend/errno.js'
import type { PseudoFile } from '../../fs/pseudo-file.js'
import { parseInteger } from '../../lib/memparse.js'
import { PAGE_SIZE } from '../../mm/page.js'
import type { PanthorDevice } from './panthor-device.js'
import { PanthorGemObject } from './panthor-gem.js'
import { RECLAIM_STATE } from './panthor-reclaim-state.js'

const FLAGS = `GEM state flags: imported (0x1), exported (0x2), evicted (0x4)
GEM usage flags: kernel (0x1), fw-mapped (0x2)

`
const HEAD =
  'created-by                      global-name     refcount   evictions  size            resident-size   ' +
  'file-offset       state      usage       label\n'
const RULE = `${'-'.repeat(148)}\n`

export function panthorDebugfs(device: PanthorDevice): [string, PseudoFile][] {
  return [
    ['gems', { read: () => gemsText(device), write: () => -ERRNO.EINVAL }],
    ['shrink', shrinkFile(device)],
  ]
}

function gemsText(device: PanthorDevice): string {
  const objects = [...device.objects].filter((object) => object instanceof PanthorGemObject)
  const total = { size: 0, resident: 0, reclaimable: 0 }
  let text = FLAGS + HEAD + RULE
  for (const bo of objects) {
    const bytes = bo.sizePages * PAGE_SIZE
    const resident = bo.pages === null ? 0 : bytes
    text += lineOf(bo, bytes, resident)
    total.size += bytes
    total.resident += resident
    if (bo.reclaimState !== RECLAIM_STATE.UNRECLAIMABLE) total.reclaimable += resident
  }
  const { size, resident, reclaimable } = total
  return `${text}${RULE.replaceAll('-', '=')}Total size: ${size}, Total resident: ${resident}, Total reclaimable: ${reclaimable}\n`
}

function lineOf(bo: PanthorGemObject, bytes: number, resident: number): string {
  const isImported = bo.importedFrom !== null
  const isEvicted = !isImported && resident === 0 && bo.reclaimedCount > 0
  const state = (isImported ? 1 : 0) | (bo.dmaBuf === null ? 0 : 2) | (isEvicted ? 4 : 0)
  // Without an address space of its own it is the microcontroller's.
  const usage = bo.isKernel ? (bo.exclusive === null ? 3 : 1) : 0
  const fields = [bo.creator.padEnd(32), '0'.padEnd(16), String(bo.references).padEnd(11)]
  fields.push(String(bo.reclaimedCount).padEnd(11), String(bytes).padEnd(16), String(resident).padEnd(16))
  fields.push(`0x${(bo.offsetPage ?? 0).toString(16).padEnd(16)}`)
  fields.push(`0x${state.toString(16).padEnd(8)} `, `0x${usage.toString(16).padEnd(10)}`)
  return `${fields.join('')}${bo.userLabel ?? ''}\n`
}

/** A number of pages to scan for; what the last scan freed. Nothing can go wrong but the number. */
function shrinkFile(device: PanthorDevice): PseudoFile {
  return {
    read: () => `0x${device.reclaim.pagesOfLastScan.toString(16).padStart(8, '0')}\n`,
    write(text) {
      const nrToScan = parseInteger(text.trim())
      if (nrToScan === null || nrToScan < 0) return -ERRNO.EINVAL
      const { kernel, shrinker } = device
      shrinker.scanObjects({ memcg: kernel.memcg.root, nrToScan, nrScanned: nrToScan })
      return 0
    },
  }
}
