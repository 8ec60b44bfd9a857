/** Where paths sleep until another one wakes them: wait_event() and wake_up_all(), kernel/sched/wait.c (6.12). */
import { Op, type Path } from './path.js'

export class WaitQueue extends Op {
  readonly name: string
  /** What the one who yields it now waits for. */
  condition: () => boolean = () => true

  constructor(name: string) {
    super('wait')
    this.name = name
  }

  /** Sleeps until the condition holds. Whoever makes it true must wake; it is looked at again after each wake-up. */
  *waitUntil(condition: () => boolean, where: string): Path<void> {
    this.kind = 'wait'
    this.where = where
    this.condition = condition
    yield this
  }

  wakeAll(where: string): this {
    this.kind = 'wake'
    this.where = where
    return this
  }

  perform(): number {
    if (this.kind === 'wait' && !this.condition())
      throw new Error(`nobody will wake who waits for ${this.name}`)
    return 0
  }
}
