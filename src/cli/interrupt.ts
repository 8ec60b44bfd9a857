/** Ctrl-C: the first one asks for an orderly end, the second one ends the process. */
import { EXIT } from './exit-codes.js'

/** Of what runs now. */
const running = new Set<AbortController>()

/** Asks what runs to end, as the first interrupt does. */
export function endInOrder(): void {
  for (const controller of running) controller.abort()
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs `work` with a signal that the first interrupt aborts. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    process.stderr.write('\ngemrig: interrupted, cleaning up (again to end at once)\n')
    controller.abort()
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  running.add(controller)
  try {
    return await work(controller.signal)
  } finally {
    running.delete(controller)
    for (const name of SIGNALS) process.off(name, onSignal)
  }
}
