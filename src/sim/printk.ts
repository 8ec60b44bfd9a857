/** The kernel's log and its taint flags: kernel/printk/printk.c, lib/ratelimit.c, kernel/panic.c (6.12). */

interface LogLine {
  readonly timeNs: number
  readonly text: string
}

/** TAINT_WARN: the kernel warned. */
const TAINT_WARN = 1 << 9

/** Lines that are kept; older ones are lost, as in a ring buffer. */
const CAPACITY = 4096

export class KernelLog {
  readonly #nowNs: () => number
  #lines: LogLine[] = []
  #tainted = 0

  constructor(nowNs: () => number) {
    this.#nowNs = nowNs
  }

  get lines(): readonly LogLine[] {
    return this.#lines
  }

  /** What /proc/sys/kernel/tainted says. */
  get tainted(): number {
    return this.#tainted
  }

  print(text: string): void {
    this.#lines.push({ timeNs: this.#nowNs(), text })
    if (this.#lines.length > 2 * CAPACITY) this.#lines = this.#lines.slice(-CAPACITY)
  }

  /** WARN(): `where` is a source file and function of the kernel. */
  warn(where: string, pid: number): void {
    this.#tainted |= TAINT_WARN
    this.print(`WARNING: CPU: 0 PID: ${pid} at ${where}`)
  }

  /** A printer that lets 10 lines through in 5 s, as printk_ratelimited() does. */
  ratelimited(): (text: string) => void {
    let windowStartNs = -Infinity
    let printed = 0
    return (text) => {
      const nowNs = this.#nowNs()
      if (nowNs - windowStartNs > 5e9) {
        windowStartNs = nowNs
        printed = 0
      }
      if (printed++ < 10) this.print(text)
    }
  }
}

/** The simulated kernel cannot go on. */
export class KernelPanic extends Error {
  override readonly name = 'KernelPanic'
}
