/** Shows how a stress run goes: one live line on a terminal, a plain line now and then elsewhere. */
import { createLogUpdate } from 'log-update'
import type { StressEvent } from '../events/stress-event.js'

const LIVE_PERIOD_MS = 100
const PLAIN_PERIOD_US = 2_000_000
const MIB = 1024 * 1024
/** Told at once. */
const CHANGES = new Set<StressEvent['type']>(['phase-begin', 'interleavings', 'violation'])

export interface Progress {
  observe(event: StressEvent): void
  /** Leaves the terminal as it was. */
  end(): void
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  const state = new ProgressState()
  return stream.isTTY ? liveProgress(stream, state) : plainProgress(stream, state)
}

/** What is worth telling at any time. */
class ProgressState {
  phase = 'starting'
  t = 0
  operations = 0
  purged = 0
  freeMiB = 0
  violations = 0

  observe(event: StressEvent): void {
    this.t = Math.max(this.t, event.t)
    if (event.type === 'phase-begin') this.phase = event.phase
    else if (event.type === 'interleavings') this.phase = `interleavings of ${event.hunt}`
    else if (event.type === 'sample') this.freeMiB = Math.round(event.freeBytes / MIB)
    else if (event.type === 'violation') this.violations++
    else if (event.type === 'operation') {
      this.operations++
      // Every purged buffer raises SIGBUS once, when it is touched to be sure.
      if (event.outcome.result === 'sigbus') this.purged++
    }
  }

  line(): string {
    const time = `${(this.t / 1e6).toFixed(1)} s`
    const trouble = this.violations === 0 ? '' : `  BROKEN PROMISES ${this.violations}`
    return `${this.phase}  ${time}  ${this.operations} operations  ${this.purged} purged  ${this.freeMiB} MiB free${trouble}`
  }
}

function liveProgress(stream: NodeJS.WriteStream, state: ProgressState): Progress {
  const update = createLogUpdate(stream)
  let shownAt = 0
  return {
    observe(event) {
      state.observe(event)
      const now = performance.now()
      if (now - shownAt < LIVE_PERIOD_MS) return
      shownAt = now
      // A terminal that does not know its width has 80 columns.
      update(state.line().slice(0, (stream.columns || 80) - 1))
    },
    end: () => {
      update.clear()
      update.done()
    },
  }
}

function plainProgress(stream: NodeJS.WriteStream, state: ProgressState): Progress {
  let shownAt = 0
  return {
    observe(event) {
      state.observe(event)
      const changed = CHANGES.has(event.type)
      if (!changed && state.t - shownAt < PLAIN_PERIOD_US) return
      shownAt = state.t
      stream.write(`${event.type === 'violation' ? `${event.oracle}: ${event.message}` : state.line()}\n`)
    },
    end: () => undefined,
  }
}
