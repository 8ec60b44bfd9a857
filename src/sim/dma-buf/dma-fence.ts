/**
 * Fences: drivers/dma-buf/dma-fence.c, dma-fence-unwrap.c (6.12).
 *
 * A fence knows at which time it is signalled, and whoever looks says at which time it looks: processes whose clocks
 * differ by the work that they still have to do then see the same order of things. That time may come nearer (somebody
 * signals it early), never move into the past, and is Infinity while nobody knows it.
 */

/** A fence, or several that are one. */
export interface Fence {
  /** When it is signalled. */
  readonly signalsAtNs: number
  /** A negative errno that it is signalled with; 0 for none. */
  readonly error: number
  /** The fences that it is made of. */
  readonly parts: readonly DmaFence[]
}

export class DmaFence implements Fence {
  /** Who made it, for the name of a sync file. */
  readonly driverName: string
  readonly timelineName: string
  readonly context: number
  readonly seqno: number
  readonly #onChange = new Set<() => void>()
  #signalsAtNs: number
  #error = 0

  constructor(
    names: { readonly driver: string; readonly timeline: string },
    context: number,
    seqno: number,
    signalsAtNs: number,
  ) {
    this.driverName = names.driver
    this.timelineName = names.timeline
    this.context = context
    this.seqno = seqno
    this.#signalsAtNs = signalsAtNs
  }

  get signalsAtNs(): number {
    return this.#signalsAtNs
  }

  get error(): number {
    return this.#error
  }

  get parts(): readonly DmaFence[] {
    return [this]
  }

  /** Says (again) when it is signalled, and how. */
  setSignal(atNs: number, error = 0): void {
    if (atNs === this.#signalsAtNs && error === this.#error) return
    this.#signalsAtNs = atNs
    this.#error = error
    for (const changed of [...this.#onChange]) changed()
  }

  /** Calls `changed` whenever the time changes, until the function that it answers is called. */
  onChange(changed: () => void): () => void {
    this.#onChange.add(changed)
    return () => this.#onChange.delete(changed)
  }
}

/** dma_fence_is_signaled(). */
export function isSignaled(fence: Fence, nowNs: number): boolean {
  return fence.signalsAtNs <= nowNs
}

/** dma_fence_get_status(): 0 not yet, 1 signalled, or the error. */
export function statusOf(fence: Fence, nowNs: number): number {
  if (!isSignaled(fence, nowNs)) return 0
  return fence.error < 0 ? fence.error : 1
}

/** dma_fence_get_stub(): one that was always signalled. */
export const STUB_FENCE: Fence = new DmaFence({ driver: 'stub', timeline: 'stub' }, 0, 0, -Infinity)

class DmaFenceArray implements Fence {
  readonly parts: readonly DmaFence[]

  constructor(parts: readonly DmaFence[]) {
    this.parts = parts
  }

  get signalsAtNs(): number {
    return Math.max(...this.parts.map((part) => part.signalsAtNs))
  }

  get error(): number {
    return this.parts.find((part) => part.error < 0)?.error ?? 0
  }
}

/**
 * dma_fence_unwrap_merge(): what is signalled when all are. Signalled ones are left out, and of each context only the
 * last one counts.
 */
export function mergeFences(fences: readonly Fence[], nowNs: number): Fence {
  const latest = new Map<number, DmaFence>()
  for (const part of fences.flatMap((fence) => fence.parts)) {
    if (isSignaled(part, nowNs)) continue
    const known = latest.get(part.context)
    if (known === undefined || known.seqno < part.seqno) latest.set(part.context, part)
  }
  const [first, ...others] = latest.values()
  if (first === undefined) return STUB_FENCE
  return others.length === 0 ? first : new DmaFenceArray([first, ...others])
}
