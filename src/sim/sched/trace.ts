/** What was done, step by step: a hash of all of it, and the last steps as a story. */
import type { Freeable } from './lock.js'
import { Lock } from './lock.js'
import type { Op, OpKind } from './path.js'
import type { Thread } from './thread.js'

/** Steps that a story can go back. */
const KEPT = 4096

/** How an operation went: done, or refused (a trylock), or it has to wait. */
export type StepResult = 'done' | 'refused' | 'blocked' | 'note'

/** A class, so that all entries are of one shape. */
class Entry {
  step = 0
  cpu = 0
  thread: Thread | null = null
  doing = ''
  kind: OpKind = 'wake'
  op: Op | null = null
  where = ''
  result: StepResult = 'done'
  /** Who had the lock that could not be had; what a note is about. */
  other = ''
}

export interface StoryLine {
  readonly step: number
  readonly cpu: number
  readonly thread: string
  readonly doing: string
  readonly text: string
  /** The locks and objects that the line is about. */
  readonly about: string
}

/** A switch, as a look into a record by so many names is a slow one. */
function numberOf(kind: OpKind): number {
  switch (kind) {
    case 'lock':
      return 1
    case 'trylock':
      return 2
    case 'lock-ww':
      return 3
    case 'unlock':
      return 4
    case 'allocate':
      return 5
    case 'enter-reclaim':
      return 6
    case 'leave-reclaim':
      return 7
    case 'wait':
      return 8
    case 'wake':
      return 9
  }
}

function resultNumberOf(result: StepResult): number {
  if (result === 'done') return 1
  return result === 'refused' ? 2 : result === 'blocked' ? 3 : 4
}

export class Trace {
  readonly #entries: Entry[] = []
  #at = 0
  /** A small integer for V8, as all that it becomes. */
  #hash = 0x811c_9dc5 | 0
  #nextOpId = 0

  /** A number for the run up to here: equal runs have equal ones. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  step(step: number, thread: Thread, op: Op, result: StepResult): void {
    if (op.traceId === 0) op.traceId = ++this.#nextOpId
    const what = (thread.id << 8) | (thread.cpu << 4) | numberOf(thread.kind)
    this.#hash = mix(mix(this.#hash, what), (op.traceId << 3) | resultNumberOf(result))
    const entry = this.#next()
    entry.step = step
    entry.cpu = thread.cpu
    entry.thread = thread
    entry.doing = thread.doing
    entry.kind = thread.kind
    entry.op = op
    entry.where = thread.where
    entry.result = result
    entry.other = result !== 'done' && op instanceof Lock && op.owner !== null ? op.owner.name : ''
  }

  note(step: number, thread: Thread, text: string, about: Freeable | null): void {
    const entry = this.#next()
    entry.step = step
    entry.cpu = thread.cpu
    entry.thread = thread
    entry.doing = thread.doing
    entry.op = null
    entry.where = text
    entry.result = 'note'
    entry.other = about?.label ?? ''
  }

  /** The steps that are still known, oldest first. */
  lines(): StoryLine[] {
    const kept = this.#entries.length < KEPT ? this.#entries : rotate(this.#entries, this.#at)
    return kept.map((entry) => ({
      step: entry.step,
      cpu: entry.cpu,
      thread: entry.thread?.name ?? '',
      doing: entry.doing,
      text: textOf(entry),
      about: entry.op?.name ?? entry.other,
    }))
  }

  #next(): Entry {
    if (this.#entries.length < KEPT) {
      const entry = new Entry()
      this.#entries.push(entry)
      return entry
    }
    const entry = this.#entries[this.#at] as Entry
    this.#at = (this.#at + 1) % KEPT
    return entry
  }
}

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x0100_0193)
  return mixed ^ (mixed >>> 15)
}

function rotate<T>(items: readonly T[], at: number): T[] {
  return [...items.slice(at), ...items.slice(0, at)]
}

function textOf({ kind, op, where, result, other }: Entry): string {
  if (op === null) return other === '' ? where : `${where} ${other}`
  const place = ` in ${where}`
  switch (kind) {
    case 'lock':
    case 'lock-ww':
      if (result === 'done') return `takes ${op.name}${place}`
      if (result === 'refused') return `backs off from ${op.name}, which ${other} holds${place}`
      return `waits for ${op.name}, which ${other} holds${place}`
    case 'trylock':
      if (result === 'done') return `tries ${op.name} and has it${place}`
      return `tries ${op.name}, which ${other} holds, and goes on without${place}`
    case 'unlock':
      return `gives back ${op.name}${place}`
    case 'allocate':
      if (result === 'refused') return `asks for memory and gets none${place}`
      return result === 'blocked'
        ? `asks for memory and must reclaim first${place}`
        : `asks for memory${place}`
    case 'enter-reclaim':
      return `enters reclaim${place}`
    case 'leave-reclaim':
      return `is through with reclaim${place}`
    case 'wait':
      return `${result === 'done' ? 'need not wait for' : 'sleeps until it is woken for'} ${op.name}${place}`
    case 'wake':
      return `wakes all who wait for ${op.name}${place}`
  }
}
