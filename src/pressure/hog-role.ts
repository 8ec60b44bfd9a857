/** The role of a hog: it takes memory, holds it and gives it back, as it is told. */
import type { MapHandle } from '../backend/memory-calls.js'
import type { Role, TaskContext } from '../board/task.js'
import { withDeadline } from './deadline.js'
import { takeMemory, type HogMemory } from './hog-memory.js'

export interface HogPlan {
  readonly memory: HogMemory
  /**
   * A hog that hears nothing for so long takes its keeper to be driven out, as everybody is, by what it holds, and lets go of
   * a part of it, and again. Without one it holds until it is told.
   */
  readonly leashMs?: number
}

export type HogCommand =
  | { readonly type: 'grow'; readonly bytes: number }
  /** Gives back the oldest chunks, at least so many bytes if there are as many. */
  | { readonly type: 'shrink'; readonly bytes: number }

/** Sent at the start and after every command. */
export interface HogReply {
  readonly heldBytes: number
  /** Undefined, or the errno with which the kernel refused. */
  readonly refused?: number
}

/** So finely it can give back what it took; large enough for huge pages, which are taken much faster. */
const CHUNK_BYTES = 8 << 20
/** Of what it holds, when its keeper is silent. */
const SILENCE_SHARE = 1 / 4

async function run(context: TaskContext, { memory: kind, leashMs }: HogPlan): Promise<void> {
  const { backend } = context
  const chunks: MapHandle[] = []
  const held = () => chunks.reduce((sum, chunk) => sum + chunk.lengthBytes, 0)
  const shrink = (bytes: number) => {
    const target = held() - bytes
    while (chunks.length > 0 && held() > target) {
      const chunk = chunks.shift()
      if (chunk !== undefined) backend.memory.munmap(chunk)
    }
  }
  const receive = async () => {
    const message = context.receive()
    if (leashMs === undefined) return message
    let heard = await withDeadline(context.clock, leashMs, message)
    for (; heard === 'late'; heard = await withDeadline(context.clock, leashMs, message))
      shrink(held() * SILENCE_SHARE)
    return heard
  }
  context.post({ heldBytes: 0 } satisfies HogReply)
  for (;;) {
    const command = (await receive()) as HogCommand | undefined
    if (command === undefined) return
    if (command.type === 'grow') {
      const refused = grow(kind, backend, chunks, command.bytes)
      if (refused !== undefined) {
        context.post({ heldBytes: held(), refused } satisfies HogReply)
        continue
      }
    } else shrink(command.bytes)
    context.post({ heldBytes: held() } satisfies HogReply)
  }
}

/** Returns the errno when the kernel refuses. */
function grow(
  kind: HogMemory,
  backend: TaskContext['backend'],
  chunks: MapHandle[],
  bytes: number,
): number | undefined {
  for (let taken = 0; taken < bytes; taken += CHUNK_BYTES) {
    const chunk = takeMemory(kind, backend, Math.min(CHUNK_BYTES, bytes - taken), BigInt(chunks.length + 1))
    if (typeof chunk === 'number') return -chunk
    chunks.push(chunk)
  }
  return undefined
}

export const hogRole: Role<HogPlan> = { moduleUrl: import.meta.url, exportName: 'hogRole', run }
