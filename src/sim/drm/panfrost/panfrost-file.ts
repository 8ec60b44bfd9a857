/** An open Panfrost node with its GPU address space: panfrost_drv.c panfrost_open(), panfrost_mmu.c (6.12). */
import { PAGE_SHIFT } from '../../mm/page.js'
import { Lock } from '../../sched/lock.js'
import { DrmFile } from '../drm-file.js'
import { DrmMm } from '../drm-mm.js'
import type { PanfrostDevice } from './panfrost-device.js'
import { JmContexts } from './panfrost-jm-ctx.js'
import type { PanfrostGemObject } from './panfrost-gem.js'

const MIB = 1 << 20
/** panfrost_mmu_ctx_create(): 32 MiB to 4 GiB, in pages. */
const VA_START = (32 * MIB) >> PAGE_SHIFT
const VA_END = 2 ** (32 - PAGE_SHIFT)
const ALIGN_2M = (2 * MIB) >> PAGE_SHIFT
const LAST_16M = (16 * MIB) >> PAGE_SHIFT

export class PanfrostFile extends DrmFile {
  override readonly device: PanfrostDevice
  readonly contexts: JmContexts
  /** Ranges of GPU addresses, in pages. */
  readonly mm = new DrmMm(VA_START, VA_END)
  readonly mmLock = new Lock('spinlock', 'mm_lock')
  /** Heap buffers by the first page of their range: what a fault of the GPU looks for. */
  readonly heaps = new Map<number, PanfrostGemObject>()

  constructor(device: PanfrostDevice) {
    super(device)
    this.device = device
    this.contexts = new JmContexts(device.kernel)
  }

  /** panfrost_postclose() comes after the handles are gone. */
  protected override release(): void {
    super.release()
    for (const context of this.contexts.all()) this.device.jobs.close(context)
  }

  /** The first page of a range for a buffer; undefined when the address space is full: panfrost_gem_open(). */
  insertVa(pages: number, noexec: boolean): number | undefined {
    if (noexec) return this.mm.insert(pages, { alignPages: pages >= ALIGN_2M ? ALIGN_2M : 1 })
    return this.mm.insert(pages, { alignPages: pages, adjust: adjustExecutable })
  }
}

/**
 * panfrost_drm_mm_color_adjust(): code never begins or ends on a boundary of 4 GiB, and never begins in the last
 * 16 MiB below one.
 */
function adjustExecutable({ start, end }: { start: number; end: number }): { start: number; end: number } {
  if (start % VA_END === 0) start++
  if (end % VA_END === 0) end--
  const boundary = Math.ceil(start / VA_END) * VA_END
  if (boundary - start <= LAST_16M) start = boundary + 1
  return { start, end: Math.min(end, Math.ceil(start / VA_END) * VA_END - 1) }
}
