/** The kernel's log during a run: marks its begin and end there, and turns what comes in between into events. */
import type { Board } from '../board/board.js'
import type { KernelLogEvent, StressEvent } from '../events/stress-event.js'
import { findKernelMessage } from '../observe/kernel-messages/catalogue.js'
import type { KmsgGroup } from '../observe/kmsg-groups.js'
import { KmsgWatcher } from '../observe/kmsg-watcher.js'
import { OomKillReader } from '../observe/oom-kill.js'
import { readTaint, taintLetters } from '../observe/taint.js'
import type { OwnTasks } from './own-tasks.js'

/** Writing here makes the kernel forget which of its one-time messages it has printed (kernel/panic.c, clear_warn_once_set, 6.12). */
const CLEAR_WARN_ONCE = '/sys/kernel/debug/clear_warn_once'
const OWN_MARK = 'gemrig: '
/** KERN_CRIT and worse. */
const CRITICAL_LEVEL = 2
const MESSAGE_CHARACTERS = 500

interface KernelEvents {
  emit(event: StressEvent): void
}

export class KernelWatch {
  readonly #board: Board
  readonly #recorder: KernelEvents
  readonly #tasks: OwnTasks | undefined
  readonly #oomKills = new OomKillReader()
  #watcher: KmsgWatcher | undefined
  #taint: number | undefined
  #lost = 0
  /** The board's time minus the kernel's. */
  #offsetUs: number | undefined
  /** Names of messages that what goes on now provokes. */
  #expected: readonly string[] = []
  #conditional: readonly string[] = []
  /** Records were told of which it shows when the phase is over whether they are expected: what actors met is told later. */
  #areUnsettled = false

  /** With `tasks`, it tells whom the OOM killer took as well. */
  constructor(board: Board, recorder: KernelEvents, tasks?: OwnTasks) {
    this.#board = board
    this.#recorder = recorder
    this.#tasks = tasks
  }

  /** A WARN_ON_ONCE that an earlier run met is printed again where debugfs is ours to write to. */
  async begin(mark: string): Promise<void> {
    const warnOnceCleared = (await this.#board.files.write(CLEAR_WARN_ONCE, '1')) === 0
    this.#taint = await readTaint(this.#board.files)
    const watcher = KmsgWatcher.open(this.#board)
    const isReadable = !('reason' in watcher)
    const begin = this.#board.clock.nowUs()
    this.#recorder.emit({
      type: 'kernel-log-begin',
      t: begin,
      readable: isReadable,
      warnOnceCleared,
      ...(!isReadable && { reason: watcher.reason }),
      ...(this.#taint !== undefined && { taint: this.#taint }),
    })
    if (!isReadable) return
    this.#watcher = watcher
    if (!watcher.mark(`${mark} begins`)) return
    this.#take(watcher.read(), begin)
  }

  /** What has come until now belongs to what went on until now. */
  expect(names: readonly string[] = [], conditional: readonly string[] = []): void {
    this.poll()
    this.#expected = names
    this.#conditional = conditional
  }

  /**
   * The phase is over. `met`: those of the conditional names that it did provoke; they may come for a while yet, as jobs of
   * an actor that was killed time out after it.
   */
  settle(met: readonly string[]): void {
    this.expect(met)
    if (!this.#areUnsettled) return
    this.#areUnsettled = false
    this.#recorder.emit({ type: 'kernel-log-settled', t: this.#board.clock.nowUs(), provoked: met })
  }

  poll(): void {
    if (this.#watcher !== undefined) this.#take(this.#watcher.read())
  }

  /** The last that is told of the log itself. Waits for nothing, so that it serves when the board is lost, too. */
  stop(mark: string): void {
    const watcher = this.#watcher
    this.#watcher = undefined
    watcher?.mark(`${mark} ends`)
    if (watcher !== undefined) this.#take(watcher.close())
    this.settle([])
  }

  async end(mark: string): Promise<void> {
    this.stop(mark)
    const taint = await readTaint(this.#board.files)
    const before = taintLetters(this.#taint ?? 0)
    this.#recorder.emit({
      type: 'kernel-log-end',
      t: this.#board.clock.nowUs(),
      lost: this.#lost,
      ...(taint !== undefined && { taint }),
      newTaint:
        taint === undefined || this.#taint === undefined
          ? []
          : taintLetters(taint).filter((letter) => !before.includes(letter)),
    })
  }

  #take({ groups, lost }: ReturnType<KmsgWatcher['read']>, markedAtUs?: number): void {
    this.#lost += lost
    for (const group of groups) {
      if (markedAtUs !== undefined && group.first.text.startsWith(OWN_MARK))
        this.#offsetUs = markedAtUs - group.first.uptimeUs
      const event = this.#describe(group)
      this.#areUnsettled ||= event.conditional === true
      this.#recorder.emit(event)
      if (group.first.facility === 0) this.#tellOomKills(group, event.t)
    }
  }

  #tellOomKills({ lines }: KmsgGroup, t: number): void {
    const tasks = this.#tasks
    if (tasks === undefined) return
    for (const line of lines) {
      const kill = this.#oomKills.add(line)
      if (kill !== undefined) this.#recorder.emit({ type: 'oom-kill', t, ...kill, ...tasks.whose(kill) })
    }
  }

  #describe({ first, lines }: KmsgGroup): KernelLogEvent {
    const isKernel = first.facility === 0
    const known = isKernel ? findKernelMessage(lines.join('\n')) : undefined
    const telling = lines.find((line) => known?.pattern.test(line)) ?? lines[1] ?? first.text
    const unknown = first.level <= CRITICAL_LEVEL && isKernel ? 'suspicious' : 'information'
    const { level, sequence, uptimeUs } = first
    return {
      type: 'kernel-log',
      t: this.#offsetUs === undefined ? this.#board.clock.nowUs() : Math.max(0, uptimeUs + this.#offsetUs),
      sequence,
      uptimeUs,
      level,
      name: known?.name ?? (isKernel ? 'other' : 'user-space'),
      severity: known?.severity ?? unknown,
      ...(known !== undefined && { meaning: known.meaning }),
      text: (lines.length > 1 ? telling : first.text).slice(0, MESSAGE_CHARACTERS),
      ...(lines.length > 1 && { lines }),
      ...(known !== undefined && this.#ofPhase(known.name)),
    }
  }

  #ofPhase(name: string): Pick<KernelLogEvent, 'expected' | 'conditional'> {
    if (this.#expected.includes(name)) return { expected: true }
    return this.#conditional.includes(name) ? { conditional: true } : {}
  }
}
