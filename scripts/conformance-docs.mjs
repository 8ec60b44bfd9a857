// Writes the table of docs/conformance.md: fresh runs on the fake boards, and the saved runs on real kernels.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createFakeBoard } from '../dist/board/fake-board.js'
import { ROWS } from '../dist/conform/rows/index.js'
import { runConform } from '../dist/conform/run-conform.js'
import { readRun } from '../dist/conform/saved-run.js'
import { parseFakeWish } from '../dist/fake-wish.js'
import { callTable } from '../dist/report/conform/call-table.js'

const RUNS = new URL('../test/contract/runs/', import.meta.url)
const DOCS = new URL('../docs/conformance.md', import.meta.url)
const MARK = '<!-- generated from here on: npm run docs:conformance -->'

const fakes = []
for (const wish of ['fake', 'fake:rk3588,swap=512M'])
  fakes.push(await runConform(createFakeBoard(parseFakeWish(wish)), { rows: ROWS }))
const saved = readdirSync(RUNS)
  .sort()
  .map((name) => readRun(new URL(name, RUNS).pathname))
const text = readFileSync(DOCS, 'utf8')
const end = text.indexOf(MARK)
if (end === -1) throw new Error(`docs/conformance.md lacks its line '${MARK}'`)
writeFileSync(DOCS, `${text.slice(0, end)}${MARK}\n\n${callTable([...fakes, ...saved])}`)
