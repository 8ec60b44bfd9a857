import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import type fileSystem from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { StressEvent } from '../../src/events/stress-event.js'
import { GrowingFile } from '../../src/report/growing-file.js'
import { Journal } from '../../src/report/journal.js'
import { KernelLogFile } from '../../src/report/kernel-log-file.js'
import {
  prepareResultDirectory,
  ResultDirectoryError,
  resultDirectoryName,
} from '../../src/report/result-directory.js'

const synced = vi.hoisted(() => vi.fn())
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof fileSystem>()
  synced.mockImplementation(fs.fdatasyncSync)
  return { ...fs, fdatasyncSync: synced }
})

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemrig-journal-'))
})
afterEach(() => {
  vi.useRealTimers()
  synced.mockClear()
  rmSync(folder, { recursive: true })
})

const event = (t: number): StressEvent => ({ type: 'phase-begin', t, phase: 'root-reclaim' })
const written = () => readFileSync(join(folder, 'events.jsonl'), 'utf8')

describe('the journal', () => {
  test('is one event a line, complete when it is closed, and closed once', () => {
    const journal = new Journal(folder)
    for (let t = 0; t < 3; t++) journal.observe(event(t))
    journal.close()
    journal.close()
    expect(journal.failure).toBeUndefined()
    const lines = written().split('\n')
    expect(lines.pop()).toBe('')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([event(0), event(1), event(2)])
  })

  test('is on the disk while the run goes: after much text, and after a while, also when no more comes', () => {
    vi.useFakeTimers()
    const journal = new Journal(folder)
    journal.observe(event(0))
    vi.advanceTimersByTime(250)
    expect(written().trimEnd().split('\n')).toHaveLength(1)
    for (let t = 0; t < 5000; t++) journal.observe(event(t))
    expect(written().length).toBeGreaterThan(64 * 1024)
    journal.close()
    expect(vi.getTimerCount()).toBe(0)
    expect(written().trimEnd().split('\n')).toHaveLength(5001)
  })

  test('is there beside the kernel log, which is on the disk as soon', () => {
    vi.useFakeTimers()
    const kernelLog = new KernelLogFile(folder)
    const oops = { t: 0, sequence: 1, uptimeUs: 1_500_000, level: 1, name: 'oops', severity: 'fail' } as const
    kernelLog.observe({ type: 'kernel-log', ...oops, text: 'Oops', lines: ['Oops', 'Call trace:'] })
    kernelLog.observe(event(1))
    vi.advanceTimersByTime(250)
    expect(readFileSync(join(folder, 'kmsg.log'), 'utf8')).toBe(
      '[    1.500000] Oops\n[    1.500000] Call trace:\n',
    )
    expect(synced).toHaveBeenCalledTimes(1)
    kernelLog.close()
  })

  test('never overwrites another one', () => {
    writeFileSync(join(folder, 'events.jsonl'), 'mine')
    const journal = new Journal(folder)
    journal.observe(event(0))
    journal.close()
    expect(journal.failure).toMatch(/^cannot write .*events.jsonl \(EEXIST\)$/)
    expect(written()).toBe('mine')
  })

  test('of a run that told nothing is not made', () => {
    new Journal(folder).close()
    expect(readdirSync(folder)).toEqual([])
  })

  test('tells when the disk refuses it, at once and at its end', () => {
    const gone = join(folder, 'gone')
    mkdirSync(gone)
    const onFailure = vi.fn()
    const journal = new Journal(gone, onFailure)
    rmSync(gone, { recursive: true })
    const long: StressEvent = { type: 'run-end', t: 0, verdict: 'pass', reason: 'x'.repeat(100_000) }
    journal.observe(long)
    journal.observe(event(1))
    journal.close()
    expect(onFailure).toHaveBeenCalledTimes(1)
    expect(journal.failure).toContain('(ENOENT)')
  })

  test('tells also when the disk refuses what was the last for a while', () => {
    vi.useFakeTimers()
    symlinkSync('/dev/full', join(folder, 'kmsg.log'))
    const onFailure = vi.fn()
    const file = new GrowingFile(join(folder, 'kmsg.log'), 'a', onFailure)
    file.append('x')
    expect(onFailure).not.toHaveBeenCalled()
    vi.advanceTimersByTime(250)
    expect(onFailure).toHaveBeenCalledTimes(1)
    expect(file.failure).toContain('kmsg.log (ENOSPC)')
    file.close()
    expect(vi.getTimerCount()).toBe(0)
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
