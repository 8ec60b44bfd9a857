/**
 * Shows how a stress run goes: one live line on a terminal, a plain line now and then elsewhere, in CI, and on a terminal
 * that cannot move its cursor. Without colours, so that NO_COLOR changes nothing.
 */
import { createLogUpdate } from 'log-update'
import type { StressEvent } from '../events/stress-event.js'
import { escapeControls } from './escape.js'
import { ProgressState } from './progress-state.js'

const LIVE_PERIOD_MS = 100
const PLAIN_PERIOD_US = 2_000_000
/** Told at once. */
const CHANGES = new Set<StressEvent['type']>(['phase-begin', 'interleavings', 'violation'])

export interface Progress {
  observe(event: StressEvent): void
  /** Leaves the terminal as it was. */
  end(): void
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  const state = new ProgressState()
  return isLive(stream) ? liveProgress(stream, state) : plainProgress(stream, state)
}

function isLive(stream: NodeJS.WriteStream): boolean {
  const { CI, TERM } = process.env
  return stream.isTTY && !CI && TERM !== 'dumb'
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
      update(state.line((stream.columns || 80) - 1))
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
      const line = event.type === 'violation' ? `${event.oracle}: ${event.message}` : state.line()
      stream.write(`${escapeControls(line)}\n`)
    },
    end: () => undefined,
  }
}
