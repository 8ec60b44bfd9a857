/**
 * What nobody foresaw in gemrig itself: it must not look as if the kernel broke a promise (exit code 1, which Node has
 * for it), nor end a run without its clean-up.
 */
import { VERSION } from '../version.js'
import { EXIT } from './exit-codes.js'
import { endInOrder } from './interrupt.js'

/** What runs may have lost what it waits for; whatever is left then, the next run removes. */
const CLEAN_UP_MS = 30_000

let hasFailed = false

/** From now on such an error is told on stderr, and what runs ends in order. */
export function watchForUnexpected(): void {
  process.on('uncaughtException', onUnexpected)
}

/** Whether there was one: whatever else the exit code would be, nothing was shown. */
export function hadUnexpected(): boolean {
  return hasFailed
}

/** Also of rejections that nobody handles: Node makes them uncaught exceptions. */
function onUnexpected(error: unknown): void {
  process.stderr.write(unexpectedText(error))
  if (hasFailed) return
  hasFailed = true
  endInOrder()
  setTimeout(() => process.exit(EXIT.boardNotPrepared), CLEAN_UP_MS).unref()
}

/** One line, how to report it, and where it happened. */
export function unexpectedText(error: unknown): string {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  const where = stack.split('\n').filter((line) => line.startsWith('    at '))
  return [
    `gemrig: an error of gemrig itself: ${message.split('\n').join(' ')}`,
    `  please report it with these lines (gemrig ${VERSION}, Node ${process.version}, ${process.arch}):`,
    ...where,
    '',
  ].join('\n')
}
