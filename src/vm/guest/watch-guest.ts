/** Waits for the end of a guest, whichever comes first: its command's, its own, a deadline, an interrupt. */
import { timerMs } from '../../duration.js'
import type { Guest } from './guest.js'

export type GuestEnd =
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'interrupted' | 'boot-deadline' | 'run-deadline' | 'hung' | 'died' }
  | { readonly kind: 'failed'; readonly reason: string }

export interface WatchOptions {
  readonly bootTimeoutMs: number
  readonly runTimeoutMs: number
  /** How long the command may clean up after it was interrupted, and the guest's init take for an answer. */
  readonly graceMs: number
  readonly signal?: AbortSignal | undefined
  onReady?(uptimeSeconds: number): void
}

/** Never rejects, and always resolves: the deadlines see to it. The guest may still be there afterwards. */
export async function watchGuest(guest: Guest, options: WatchOptions): Promise<GuestEnd> {
  const alarm = new Alarm()
  const interrupted = aborted(options.signal)
  try {
    const ends: Promise<GuestEnd>[] = [
      guest.exited.then((status) => ({ kind: 'exit', status })),
      guest.failed.then((reason) => ({ kind: 'failed', reason })),
      // An exit that was told is the end, even when QEMU is gone in the same moment.
      guest.gone.then(() => ({ kind: 'died' })),
    ]
    const booted = guest.ready.then((uptime) => {
      options.onReady?.(uptime)
      return { kind: 'ready' as const }
    })
    const interrupt = interrupted.promise.then(() => ({ kind: 'interrupted' as const }))
    const boot = await Promise.race([
      booted,
      ...ends,
      interrupt,
      alarm.after(options.bootTimeoutMs, 'boot-deadline'),
    ])
    if (boot.kind !== 'ready') return boot
    const run = await Promise.race([...ends, interrupt, alarm.after(options.runTimeoutMs, 'run-deadline')])
    if (run.kind === 'interrupted' || run.kind === 'run-deadline') {
      guest.interrupt()
      const grace = alarm.after(options.graceMs, 'run-deadline')
      const answer = guest.ping().then(() => ({ kind: 'answers' as const }))
      const first = await Promise.race([answer, ...ends, grace])
      if (run.kind === 'run-deadline' && first.kind === 'run-deadline') return { kind: 'hung' }
      await Promise.race([...ends, grace])
    }
    return run
  } finally {
    alarm.clear()
    interrupted.forget()
  }
}

class Alarm {
  readonly #timers: NodeJS.Timeout[] = []

  after(ms: number, kind: 'boot-deadline' | 'run-deadline'): Promise<GuestEnd> {
    return new Promise((resolve) => {
      if (Number.isFinite(ms)) this.#timers.push(setTimeout(() => resolve({ kind }), timerMs(ms)))
    })
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }
}

function aborted(signal: AbortSignal | undefined): { promise: Promise<void>; forget(): void } {
  let listener: () => void = () => undefined
  const promise = new Promise<void>((resolve) => {
    listener = resolve
    if (signal?.aborted === true) resolve()
    signal?.addEventListener('abort', listener)
  })
  return { promise, forget: () => signal?.removeEventListener('abort', listener) }
}
