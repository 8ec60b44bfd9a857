/** The kernel's log and its taint flags: kernel/printk/printk.c, lib/ratelimit.c, kernel/panic.c (6.12). */

interface LogLine {
  readonly timeNs: number
  /** Facility times 8 (0 is the kernel), and the level. */
  readonly priority: number
  readonly text: string
}

/** TAINT_DIE: the kernel has died recently. */
const TAINT_DIE = 1 << 7
/** TAINT_WARN: the kernel warned. */
const TAINT_WARN = 1 << 9

/** KERN_WARNING: also the level of a line that names none. */
const LEVEL_WARNING = 4

/** Lines that are kept; older ones are lost, as in a ring buffer. */
const CAPACITY = 4096

export class KernelLog {
  readonly #nowNs: () => number
  #lines: LogLine[] = []
  #firstSequence = 0
  #tainted = 0

  constructor(nowNs: () => number) {
    this.#nowNs = nowNs
  }

  get lines(): readonly LogLine[] {
    return this.#lines
  }

  /** The sequence number of the oldest line that is kept. */
  get firstSequence(): number {
    return this.#firstSequence
  }

  /** What /proc/sys/kernel/tainted says. */
  get tainted(): number {
    return this.#tainted
  }

  print(text: string, priority = LEVEL_WARNING): void {
    this.#lines.push({ timeNs: this.#nowNs(), priority, text })
    if (this.#lines.length <= 2 * CAPACITY) return
    this.#firstSequence += this.#lines.length - CAPACITY
    this.#lines = this.#lines.slice(-CAPACITY)
  }

  /** WARN(): `where` is a source file and line, and a function of the kernel, as the kernel prints them. */
  warn(where: string, pid: number): void {
    this.print('------------[ cut here ]------------')
    this.print(`WARNING: CPU: 0 PID: ${pid} at ${where}+0x0/0x0`)
    this.print('---[ end trace 0000000000000000 ]---')
    this.#tainted |= TAINT_WARN
  }

  /** die(): what is broken kills who met it. */
  oops(what: string, { pid, name }: { readonly pid: number; readonly name: string }): void {
    this.print('------------[ cut here ]------------')
    this.print(what)
    this.print('Internal error: Oops - BUG: 0 [#1] SMP')
    this.print(`CPU: 0 UID: 0 PID: ${pid} Comm: ${name.slice(0, 15)}`)
    this.print('---[ end trace 0000000000000000 ]---')
    this.#tainted |= TAINT_DIE
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
