import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { StressEvent } from '../../src/events/stress-event.js'
import { Journal } from '../../src/report/journal.js'
import {
  prepareResultDirectory,
  ResultDirectoryError,
  resultDirectoryName,
} from '../../src/report/result-directory.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemrig-journal-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const event = (t: number): StressEvent => ({ type: 'phase-begin', t, phase: 'root-reclaim' })
const written = () => readFileSync(join(folder, 'events.jsonl'), 'utf8')

describe('the journal', () => {
  test('is one event a line, complete when it is closed, and closed once', () => {
    const journal = new Journal(folder)
    for (let t = 0; t < 3; t++) expect(journal.tryWrite(event(t))).toBe(true)
    journal.close()
    journal.close()
    const lines = written().split('\n')
    expect(lines.pop()).toBe('')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([event(0), event(1), event(2)])
  })

  test('is on the disk while the run goes: after much text, and after some time', async () => {
    const journal = new Journal(folder)
    journal.tryWrite(event(0))
    await new Promise((resolve) => setTimeout(resolve, 300))
    journal.tryWrite(event(1))
    expect(written().trimEnd().split('\n')).toHaveLength(2)
    for (let t = 0; t < 5000; t++) journal.tryWrite(event(t))
    expect(written().length).toBeGreaterThan(64 * 1024)
    journal.close()
    expect(written().trimEnd().split('\n')).toHaveLength(5002)
  })

  test('never overwrites another one', () => {
    writeFileSync(join(folder, 'events.jsonl'), 'mine')
    const journal = new Journal(folder)
    journal.tryWrite(event(0))
    expect(() => journal.close()).toThrow(/EEXIST/)
    expect(written()).toBe('mine')
  })

  test('of a run that told nothing is not made', () => {
    new Journal(folder).close()
    expect(readdirSync(folder)).toEqual([])
  })

  test('tells when the disk refuses it, at once and at its end', () => {
    const gone = join(folder, 'gone')
    mkdirSync(gone)
    const journal = new Journal(gone)
    rmSync(gone, { recursive: true })
    const long: StressEvent = { type: 'run-end', t: 0, verdict: 'pass', reason: 'x'.repeat(100_000) }
    expect(journal.tryWrite(long)).toBe(false)
    expect(journal.tryWrite(event(1))).toBe(false)
    expect(() => journal.close()).toThrow(ResultDirectoryError)
    expect(() => journal.close()).not.toThrow()
  })
})

describe('the result directory', () => {
  test('is made with all that leads to it, and may be there already', () => {
    const wish = join(folder, 'a', 'b', 'c')
    expect(prepareResultDirectory(wish, 'fake')).toBe(wish)
    expect(prepareResultDirectory(wish, 'fake')).toBe(wish)
  })

  test('is refused when it holds a run, is a file, or cannot be made', () => {
    const refused = (wish: string) => {
      try {
        prepareResultDirectory(wish, 'fake')
      } catch (error) {
        expect(error).toBeInstanceOf(ResultDirectoryError)
        return (error as Error).message
      }
      throw new Error('it was taken')
    }
    writeFileSync(join(folder, 'events.jsonl'), '')
    expect(refused(folder)).toContain('holds a run already: choose another --out')
    rmSync(join(folder, 'events.jsonl'))
    writeFileSync(join(folder, 'kmsg.log'), '')
    expect(refused(folder)).toContain('holds a run already')
    const file = join(folder, 'file')
    writeFileSync(file, '')
    expect(refused(file)).toContain('(ENOTDIR)')
    expect(refused(join(file, 'below'))).toContain('(ENOTDIR)')
    expect(refused('/proc/gemrig-no-such')).toContain('(ENOENT)')
  })

  test('has a name of its own for each process when nobody wishes one', () => {
    expect(resultDirectoryName(undefined, 'fake')).toMatch(/gemrig-results\/\d{8}-\d{6}-fake-\d+$/)
  })
})
