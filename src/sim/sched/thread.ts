/** A thread of a stepped run: what it is about to do, which locks it holds, and what it sleeps on. */
import type { Lock } from './lock.js'
import type { Op, OpKind, Path } from './path.js'
import type { WaitQueue } from './wait-queue.js'

export type ThreadState = 'runnable' | 'waits-for-lock' | 'sleeps' | 'done'

export class Thread {
  readonly id: number
  /** Reads in a story: "glmark". */
  readonly name: string
  readonly path: Path<unknown>
  state: ThreadState = 'runnable'
  cpu = -1
  /** What it does next: the fields of the operation that it yielded. */
  op: Op | null = null
  kind: OpKind = 'wake'
  where = ''
  /** What the operation before came to. */
  answer = 0
  readonly held: Lock[] = []
  /** Spinlocks that it holds: it cannot be preempted, and must not sleep. */
  spinlocks = 0
  /** How deep it is in reclaim: 0 or 1. */
  inReclaim = false
  waitsFor: Lock | null = null
  sleepsOn: WaitQueue | null = null
  /** What it sleeps for. */
  condition: () => boolean = () => true
  /** What it is doing, for the story: "ioctl MADVISE bo 3". */
  doing = ''
  /** Calls that it has begun. */
  calls = 0
  /** Age of its wound-wait transaction; 0: none. */
  stamp = 0
  /** By the PCT strategy: the highest runs. */
  priority = 0

  constructor(id: number, name: string, path: Path<unknown>) {
    this.id = id
    this.name = name
    this.path = path
  }
}
