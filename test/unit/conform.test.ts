/** The conformance engine: what it notices, what it skips and why, and what it writes down. */
import { describe, expect, it } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import type { Board } from '../../src/board/board.js'
import { group, NEEDS, type RowOf } from '../../src/conform/row.js'
import { ROWS } from '../../src/conform/rows/index.js'
import { runConform, type ConformOptions } from '../../src/conform/run-conform.js'
import { DEDICATED_FILE } from '../../src/pressure/dedicated.js'
import { selectRows } from '../../src/conform/select-rows.js'
import { compareVersions } from '../../src/conform/version-range.js'

const rowsOf = (rows: readonly RowOf[]) => group('test', { source: 'here', needs: [] }, rows)
const run = (
  rows: readonly RowOf[],
  options: Partial<ConformOptions> = {},
  board: Board = createFakeBoard(),
) => runConform(board, { rows: rowsOf(rows), ...options })
const plain = { name: 'a row', expected: 1, run: () => 1 }

describe('the engine', () => {
  it('tells a row that is kept from one that is not and one that throws', async () => {
    const { passed, failed, rows } = await run([
      { ...plain, id: 'right' },
      { ...plain, id: 'wrong', run: () => 2 },
      { ...plain, id: 'throws', run: (t) => t.keepFd(-9) },
      { ...plain, id: 'later', run: () => Promise.resolve(1) },
      { ...plain, id: 'undefined', run: () => undefined },
    ])
    expect([passed, failed]).toEqual([2, 3])
    expect(rows.map((row) => (row.outcome === 'fail' ? row.actual : row.outcome))).toEqual([
      'pass',
      2,
      'Error: refused: -EBADF',
      'pass',
      undefined,
    ])
  })

  it('skips what the place lacks, what holds elsewhere, and what harms, and says why', async () => {
    const old = { panfrost: { before: '1.1' }, why: 'it was so once' }
    const rows: RowOf[] = [
      { ...plain, id: 'needs', needs: ['panthor'] },
      { ...plain, id: 'old-driver', needs: ['panfrost'], holds: old },
      { ...plain, id: 'new-kernel', holds: { kernel: { from: '7.2' }, why: 'it is new' } },
      { ...plain, id: 'harms', onlyWhenAsked: 'it taints' },
    ]
    const result = await run(rows)
    expect(result.rows.map((row) => row.outcome === 'skip' && row.why)).toEqual([
      'there is no panthor device',
      'holds before panfrost 1.1 (here 1.2): it was so once',
      'holds from Linux 7.2 (here 6.12): it is new',
      'only when asked for: it taints',
    ])
    const asked = await run(rows, { asked: new Set(['test.harms', 'test.needs']) })
    expect(asked.rows.map(({ outcome }) => outcome)).toEqual(['skip', 'skip', 'skip', 'pass'])
  })

  it('purges nothing on a machine that is in use', async () => {
    const board = createFakeBoard()
    const writes: string[] = []
    const files = {
      ...board.files,
      write: (path: string) => Promise.resolve(writes.push(path)) as Promise<0>,
    }
    const rows: RowOf[] = [{ ...plain, id: 'purge', needs: ['purge'], run: (t) => t.purge() }]
    const result = await run(rows, {}, { ...board, files, expendable: false })
    expect(result.rows[0]).toMatchObject({
      outcome: 'skip',
      why: expect.stringContaining('in use') as string,
    })
    expect(writes).toEqual([])
  })

  it('purges on a machine in use that is there for tests alone, or when it may', async () => {
    const board = { ...createFakeBoard(), expendable: false }
    const read: typeof board.files.read = (path) =>
      path === DEDICATED_FILE ? Promise.resolve('') : board.files.read(path)
    const rows: RowOf[] = [
      { ...plain, id: 'purge', needs: ['purge'] },
      {
        ...plain,
        id: 'press',
        needs: ['root-reclaim'],
        run: async (t) => await t.press('root-reclaim', 'panfrost'),
        expected: 'all',
      },
    ]
    const rights = [
      await run(rows, { allowDisruptive: true }, board),
      await run(rows, {}, { ...board, files: { ...board.files, read } }),
    ]
    for (const result of rights) expect(result).toMatchObject({ skipped: 0, failed: 0 })
  })

  it('closes what a row opened, also when it throws', async () => {
    const board = createFakeBoard()
    const first = board.backend.drm.open('/dev/null')
    board.backend.drm.close(first)
    await run(
      [{ ...plain, id: 'opens', needs: ['panfrost'], run: (t) => [t.fd, t.open(), t.keepFd(-9)] }],
      {},
      board,
    )
    expect(board.backend.drm.open('/dev/null')).toBe(first)
  })

  it('writes down which calls a row made and how they ended', async () => {
    const { rows, calls } = await run([
      {
        ...plain,
        id: 'calls',
        needs: ['panfrost'],
        run: async (t) => {
          const { panfrost, blocking } = t.backend
          t.bo()
          panfrost.createBo(t.fd, 0, 1)
          t.thrown(() => panfrost.createBo(t.fd, NaN, 1))
          await blocking.createBuffer('panfrost', t.fd, 0, 1).result
          return 1
        },
      },
    ])
    expect(rows[0]?.calls).toMatchObject({
      'drm.open': ['ok'],
      'panfrost.createBo': ['-EINVAL', 'TypeError', 'ok'],
      'blocking.createBuffer': ['-EINVAL'],
    })
    expect(calls).toContain('panthor.vmBind')
  })

  it('ends after the row in which it was interrupted', async () => {
    const controller = new AbortController()
    const rows = ['one', 'two'].map((id) => ({ ...plain, id }))
    const result = await run(rows, { signal: controller.signal, onRow: () => controller.abort() })
    expect([result.interrupted, result.rows.length]).toEqual([true, 1])
  })
})

describe('the rows', () => {
  it('have ids that are unique and can stand in KTAP and LAVA', () => {
    expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length)
    expect(ROWS.filter(({ id }) => !/^[A-Za-z0-9_.-]+$/.test(id))).toEqual([])
  })

  it('say where they come from, and need only what the engine looks for', () => {
    expect(ROWS.filter(({ source, name }) => source === '' || name === '')).toEqual([])
    expect(ROWS.flatMap(({ needs }) => needs).filter((need) => !NEEDS.includes(need))).toEqual([])
  })
})

describe('selectRows', () => {
  const rows = rowsOf(['one', 'two', 'two-more'].map((id) => ({ ...plain, id })))
  const ids = (patterns: string[]) => selectRows(rows, patterns).rows.map(({ id }) => id)

  it('takes a part of an id, and * for anything', () => {
    expect(ids([])).toHaveLength(3)
    expect(ids(['two'])).toEqual(['test.two', 'test.two-more'])
    expect(ids(['te*e'])).toEqual(['test.one', 'test.two-more'])
    expect(ids(['.one', 'more'])).toEqual(['test.one', 'test.two-more'])
  })

  it('refuses a pattern that no row has', () => {
    expect(() => selectRows(rows, ['one', 'testXone'])).toThrow(/'testXone'.*--list/)
  })
})

it('versions are numbers, not text', () => {
  expect(['6.9', '6.12', '7.2', '1.10'].sort(compareVersions)).toEqual(['1.10', '6.9', '6.12', '7.2'])
})
