/**
 * The main program in a virtual board: says on stdout what the board has, then runs each program that comes on stdin, a
 * line of JSON each, and answers with a line of outcomes. The comparison is the host's, whose processors are many times
 * faster; so here is as little as can be.
 */
import { readSync, writeFileSync } from 'node:fs'
import { createRealBoard } from '../board/real-board.js'
import { kernelSeries } from '../conform/title.js'
import { loadNativeBackend } from '../native-backend/native-backend.js'
import type { BoardParts } from './call-kind.js'
import { findNodes } from './call-machine.js'
import { localRunner, partsOf } from './call-runner.js'
import type { CallStep } from './call-step.js'

/** The first line. */
export interface GuestHello {
  readonly description: string
  /** `6.12`. */
  readonly series: string
  readonly parts: BoardParts
}

const STDIN = 0
const STDOUT = 1
const CHUNK_BYTES = 1 << 16

const say = (value: unknown) => writeFileSync(STDOUT, `${JSON.stringify(value)}\n`)

/** Nothing else happens in this process, so it may wait in read(2). */
function* lines(): Generator<string> {
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let rest = ''
  for (;;) {
    const length = readSync(STDIN, chunk)
    if (length === 0) return
    const parts = (rest + chunk.toString('latin1', 0, length)).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
}

const native = loadNativeBackend()
if ('missing' in native) throw new Error(native.missing)
const board = createRealBoard(native.backend)
const nodes = findNodes(board.backend)
if (nodes === undefined) throw new Error('there is no panfrost or panthor device')
const runner = localRunner(() => board, nodes)
const hello: GuestHello = {
  description: board.description,
  series: kernelSeries(board),
  parts: partsOf(board.backend, nodes),
}
say(hello)
for (const line of lines()) say(await runner.run(JSON.parse(line) as CallStep[]))
