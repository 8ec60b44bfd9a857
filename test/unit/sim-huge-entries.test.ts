import { describe, expect, test } from 'vitest'
import { RAISED_SIGBUS, type MapHandle } from '../../src/backend/memory-calls.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { findNodes } from '../../src/differential/call-machine.js'
import type { Release } from '../../src/sim/kernel.js'

const HUGE = 2 << 20
/** Reads as purged, and nothing is taken: what has an entry can be read, and nothing else faults. */
const PURGED = 0xffff_ffff

/** A mapping, and what makes its buffer one that faults no more. */
function mapped(release: Release, bufferBytes: number, lengthBytes = bufferBytes) {
  const { backend } = createFakeBoard({ release })
  const fd = backend.drm.open(findNodes(backend)?.gpu ?? '')
  const bo = backend.panfrost.createBo(fd, bufferBytes, 1)
  if (typeof bo === 'number') throw new Error('no buffer')
  const answer = backend.panfrost.mmapBo(fd, bo.handle, 0)
  if (typeof answer === 'number') throw new Error('no offset')
  const map = backend.memory.mmap(fd, answer.offset, lengthBytes) as MapHandle
  const read = (offset: number) => {
    const bytes = backend.memory.read(map, offset, 1)
    return typeof bytes === 'number' ? bytes : 0
  }
  const fill = (offset: number) => backend.memory.fill(map, 1n, offset, 8)
  return { read, fill, lose: () => backend.panfrost.madvise(fd, bo.handle, PURGED) }
}

describe('a mapping of 2 MiB', () => {
  test('is filled in at once by one fault in Linux 7.2, page by page in 6.12', () => {
    const answers = (['6.12', '7.2'] as const).map((release) => {
      const { read, lose } = mapped(release, HUGE)
      read(HUGE - 1)
      lose()
      return [read(HUGE - 1), read(0)]
    })
    expect(answers).toEqual([
      [0, RAISED_SIGBUS],
      [0, 0],
    ])
  })

  test('faults again at a store when a load filled it in, as no single page does', () => {
    const answers = (['6.12', '7.2'] as const).map((release) => {
      const { read, fill, lose } = mapped(release, HUGE)
      read(0)
      lose()
      return [fill(0), read(0)]
    })
    expect(answers).toEqual([
      [0, 0],
      [RAISED_SIGBUS, 0],
    ])
  })

  test('and takes every store after the first one', () => {
    const { read, fill, lose } = mapped('7.2', HUGE)
    read(0)
    fill(4096)
    read(8192)
    lose()
    expect([fill(0), fill(HUGE - 8)]).toEqual([0, 0])
  })

  test('has no huge page at an end that is shorter, of the buffer or of the mapping', () => {
    const whole = mapped('7.2', HUGE + 4096)
    whole.read(0)
    whole.lose()
    expect([whole.read(HUGE - 1), whole.read(HUGE)]).toEqual([0, RAISED_SIGBUS])
    const part = mapped('7.2', HUGE, HUGE - 4096)
    part.read(0)
    part.lose()
    expect(part.read(4096)).toBe(RAISED_SIGBUS)
  })
})
