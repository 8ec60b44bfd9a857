/** /sys/kernel/debug/dri/<device>: i915_gem_objects, i915_gem_drop_caches; i915_debugfs.c (6.12). */
import { ERRNO } from '../../../backend/errno.js'
import { cgroupFile, type PseudoFile } from '../../fs/pseudo-file.js'
import { PAGE_SIZE } from '../../mm/page.js'
import { memparse } from '../../lib/memparse.js'
import type { I915Device } from './i915-device.js'
import { I915GemObject } from './i915-gem-object.js'
import { I915_SHRINK } from './i915-gem-shrinker.js'

/** DROP_*. Those that are not here let go of what is not modelled: idle engines, RCU, freed objects. */
const DROP = { UNBOUND: 1, BOUND: 2, ACTIVE: 8, SHRINK_ALL: 0x20, IDLE: 0x40 } as const
const DROP_ALL = 0x3ff

export function i915DebugFiles(device: I915Device): [string, PseudoFile][] {
  return [
    ['i915_gem_objects', cgroupFile(() => gemObjectsText(device))],
    [
      'i915_gem_drop_caches',
      {
        read: () => `0x${DROP_ALL.toString(16).padStart(8, '0')}\n`,
        write: (text) => {
          const parsed = memparse(text.trim())
          if (parsed?.rest !== '') return -ERRNO.EINVAL
          dropCaches(device, Number(BigInt.asUintN(32, parsed.value)))
          return 0
        },
      },
    ],
  ]
}

/** intel_memory_region_debug() of system memory, of which nothing is set aside. */
function gemObjectsText({ mm, kernel }: I915Device): string {
  const total = kernel.pages.totalPages * PAGE_SIZE
  return (
    `${mm.shrinkCount} shrinkable [0 free] objects, ${mm.shrinkPages * PAGE_SIZE} bytes\n` +
    `system: total:0x${total.toString(16)} bytes\n`
  )
}

/** i915_drop_caches_set(). */
function dropCaches(device: I915Device, value: number): void {
  const { shrinker } = device
  if ((value & (DROP.IDLE | DROP.ACTIVE)) !== 0) waitForIdle(device)
  if ((value & DROP.BOUND) !== 0) shrinker.shrink(Infinity, I915_SHRINK.BOUND)
  if ((value & DROP.UNBOUND) !== 0) shrinker.shrink(Infinity, I915_SHRINK.UNBOUND)
  if ((value & DROP.SHRINK_ALL) !== 0) shrinker.shrinkAll()
}

/** intel_gt_wait_for_idle(): of work that has an end. */
function waitForIdle({ kernel, objects }: I915Device): void {
  const nowNs = kernel.taskNowNs()
  let idleAtNs = nowNs
  for (const object of objects) {
    const atNs = object instanceof I915GemObject ? object.resv.idleAtNs('write') : nowNs
    if (Number.isFinite(atNs)) idleAtNs = Math.max(idleAtNs, atNs)
  }
  kernel.spend(idleAtNs - nowNs)
}
