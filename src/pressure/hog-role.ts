/** The role of a hog: it takes anonymous memory, holds it and gives it back, as it is told. */
import type { MapHandle, MemoryCalls } from '../backend/memory-calls.js'
import type { Role, TaskContext } from '../board/task.js'

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

async function run(context: TaskContext): Promise<void> {
  const { memory } = context.backend
  const chunks: MapHandle[] = []
  const held = () => chunks.reduce((sum, chunk) => sum + chunk.lengthBytes, 0)
  context.post({ heldBytes: 0 } satisfies HogReply)
  for (;;) {
    const command = (await context.receive()) as HogCommand | undefined
    if (command === undefined) return
    if (command.type === 'grow') {
      const refused = grow(memory, chunks, command.bytes)
      if (refused !== undefined) {
        context.post({ heldBytes: held(), refused } satisfies HogReply)
        continue
      }
    } else {
      const target = held() - command.bytes
      while (chunks.length > 0 && held() > target) {
        const chunk = chunks.shift()
        if (chunk !== undefined) memory.munmap(chunk)
      }
    }
    context.post({ heldBytes: held() } satisfies HogReply)
  }
}

/** Takes memory and touches all of it. Returns the errno when the kernel refuses. */
function grow(memory: MemoryCalls, chunks: MapHandle[], bytes: number): number | undefined {
  for (let taken = 0; taken < bytes; taken += CHUNK_BYTES) {
    const size = Math.min(CHUNK_BYTES, bytes - taken)
    const chunk = memory.mapAnonymous(size)
    if (typeof chunk === 'number') return -chunk
    chunks.push(chunk)
    // Every word differs, so that the memory can neither be merged nor compressed to nothing.
    memory.fill(chunk, BigInt(chunks.length), 0, size)
  }
  return undefined
}

export const hogRole: Role<null> = { moduleUrl: import.meta.url, exportName: 'hogRole', run }
