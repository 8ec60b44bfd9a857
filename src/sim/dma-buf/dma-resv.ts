/** The fences of a buffer: drivers/dma-buf/dma-resv.c (6.12). */
import { isSignaled, mergeFences, type DmaFence, type Fence } from './dma-fence.js'

/** enum dma_resv_usage, as far as user space can bring it about: bookkeep is for who reclaims, and no implicit fence. */
export type ResvUsage = 'write' | 'read' | 'bookkeep'

/** Whose fences somebody waits for who asks for a usage: those above it in the enum too. */
const STRENGTH: Readonly<Record<ResvUsage, number>> = { write: 0, read: 1, bookkeep: 2 }

export class DmaResv {
  /** By context: a later fence of a context takes the place of an earlier one. */
  readonly #fences = new Map<number, { readonly fence: DmaFence; readonly usage: ResvUsage }>()

  /** dma_resv_add_fence(). A fence that writes keeps that when it is added as a reader's too. */
  add(fence: Fence, usage: ResvUsage, nowNs: number): void {
    for (const [context, { fence: old }] of this.#fences) {
      if (isSignaled(old, nowNs)) this.#fences.delete(context)
    }
    for (const part of fence.parts) {
      if (isSignaled(part, nowNs)) continue
      const known = this.#fences.get(part.context)
      if (known !== undefined && known.fence.seqno > part.seqno) continue
      this.#fences.set(part.context, { fence: part, usage: stronger(known?.usage, usage) })
    }
  }

  /**
   * Whom somebody must wait for: a reader for the writers, a writer for the readers too (dma_resv_usage_rw()), who
   * bookkeeps for all.
   */
  fences(forAccess: ResvUsage): DmaFence[] {
    const weakest = forAccess === 'bookkeep' ? 2 : forAccess === 'write' ? 1 : 0
    return [...this.#fences.values()]
      .filter(({ usage }) => STRENGTH[usage] <= weakest)
      .map(({ fence }) => fence)
  }

  /** All that were not replaced yet, signalled ones too. */
  entries(): { readonly fence: DmaFence; readonly usage: ResvUsage }[] {
    return [...this.#fences.values()]
  }

  /** dma_resv_get_singleton(). */
  singleton(forAccess: ResvUsage, nowNs: number): Fence {
    return mergeFences(this.fences(forAccess), nowNs)
  }

  /** When the last of them is signalled; -Infinity when there is none. */
  idleAtNs(forAccess: ResvUsage): number {
    return this.fences(forAccess).reduce((last, fence) => Math.max(last, fence.signalsAtNs), -Infinity)
  }

  /** dma_resv_test_signaled(). */
  isIdle(forAccess: ResvUsage, nowNs: number): boolean {
    return this.idleAtNs(forAccess) <= nowNs
  }
}

function stronger(known: ResvUsage | undefined, usage: ResvUsage): ResvUsage {
  return known !== undefined && STRENGTH[known] < STRENGTH[usage] ? known : usage
}
