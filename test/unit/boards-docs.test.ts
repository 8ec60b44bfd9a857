/** docs/boards.md has the tables of the saved measurements, and those know every board. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { boardsTables, reachedOf, type BoardMeasurement } from '../../src/report/boards-table.js'
import { boardNotes } from '../../src/vm/boards/board-notes.js'
import { VIRTUAL_BOARDS } from '../../src/vm/boards/index.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const saved = JSON.parse(read('test/board/runs/boards.json')) as BoardMeasurement[]
const KERNELS = ['6.1', '6.12', '7.2']
/** prettier pads the cells of a table. */
const unpadded = (text: string) => text.replaceAll(/ +\|/g, ' |').replaceAll(/-{3,}/g, '---')

test('the tables of docs/boards.md are up to date (node scripts/boards-table.mjs writes them)', () => {
  expect(unpadded(read('docs/boards.md'))).toContain(unpadded(boardsTables(saved)))
})

test('what boards can do is in docs/boards.md as their descriptions say it (the same script writes it)', () => {
  const notes = boardNotes(VIRTUAL_BOARDS)
  expect(read('docs/boards.md')).toContain(notes)
  expect(notes).toContain('- rk3399, rk3568\n')
  for (const { notes: own } of VIRTUAL_BOARDS) for (const note of own) expect(notes).toContain(note)
})

test('each board was measured with each kernel', () => {
  const wanted = VIRTUAL_BOARDS.flatMap(({ name }) => KERNELS.map((series) => `${name} ${series}`))
  expect(saved.map(({ board, series }) => `${board} ${series}`)).toEqual(wanted)
  for (const { impossible, conform, reach } of saved)
    if (impossible === undefined) expect([conform?.passed, reach?.length]).not.toContain(undefined)
})

test('measurements are of boards that there are, and no row failed', () => {
  for (const { board, summary, conform } of saved) {
    expect(VIRTUAL_BOARDS.find(({ name }) => name === board)?.summary).toBe(summary)
    expect(conform?.failed ?? 0).toBe(0)
  }
})

test('a refused source and one that does not tell are not taken for numbers', () => {
  const cell = { source: 'drop-caches', driver: 'msm', node: 'n' } as const
  const rest = { given: 4, intact: 4, oomKills: 0, hogsKilled: 0, targetKilled: false, swappedOutBytes: 0 }
  const reach = reachedOf([
    { ...cell, refused: 'no' },
    { ...cell, ...rest, source: 'root-reclaim', slabsScanned: 0, broken: [] },
  ])
  const table = boardsTables([{ board: 'b', summary: 's', series: '1.0', reach }])
  expect(table).toContain('| `drop-caches` | - |')
  expect(table).toContain('| `root-reclaim` | ?/4 |')
  expect(boardsTables([{ board: 'b', summary: 's', series: '1.0', impossible: 'x' }])).toContain('| none |')
})
