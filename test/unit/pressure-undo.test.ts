import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import { createRealState } from '../../src/board/real-state.js'
import { createMemoryState, StateStoreError } from '../../src/board/state-store.js'
import type { KernelFiles } from '../../src/board/kernel-files.js'
import { KernelFileError } from '../../src/observe/read.js'
import { Undo, undoLeftovers } from '../../src/pressure/undo.js'

const GATE = '/proc/sys/vm/min_slab_ratio'
const OTHER = '/proc/sys/vm/min_unmapped_ratio'
const ownStat = (start: number) => `42 (node) S ${'0 '.repeat(18)}${start} 0`

function place() {
  const texts = new Map([
    ['/proc/self/stat', ownStat(7)],
    ['/proc/42/stat', ownStat(7)],
    [GATE, '5\n'],
    [OTHER, '1\n'],
  ])
  const refused = new Map<string, number>()
  const files: KernelFiles = {
    read: (path) => Promise.resolve(texts.get(path) ?? -ERRNO.ENOENT),
    write(path, text) {
      const errno = refused.get(`${path} ${text}`)
      if (errno !== undefined) return Promise.resolve(-errno)
      if (!texts.has(path)) return Promise.resolve(-ERRNO.ENOENT)
      texts.set(path, `${text}\n`)
      return Promise.resolve(0)
    },
    list: () => Promise.resolve(-ERRNO.ENOENT),
    makeDirectory: () => Promise.resolve(0),
    removeDirectory: () => Promise.resolve(0),
  }
  return { files, texts, refused, state: createMemoryState() }
}

describe('settings that are changed for a while', () => {
  test('are put back, the last one first, and then nothing is written down any more', async () => {
    const machine = place()
    const undo = await Undo.begin(machine)
    await undo.set(GATE, '0')
    await undo.set(OTHER, '0')
    await undo.set(GATE, '3')
    expect([machine.texts.get(GATE), machine.texts.get(OTHER)]).toEqual(['3\n', '0\n'])
    await undo.restore()
    expect([machine.texts.get(GATE), machine.texts.get(OTHER)]).toEqual(['5\n', '1\n'])
    expect(machine.state.list()).toEqual([])
  })

  test('are written down before they are changed, so that the next start finds them after kill -9', async () => {
    const machine = place()
    const undo = await Undo.begin(machine)
    await undo.set(GATE, '0')
    expect(machine.state.list()).toEqual(['gemrig-42-7'])

    expect(await undoLeftovers(machine), 'its maker is alive').toEqual([])
    expect(machine.texts.get(GATE)).toBe('0\n')

    machine.texts.set('/proc/42/stat', ownStat(8))
    expect(await undoLeftovers(machine)).toEqual([GATE])
    expect(machine.texts.get(GATE)).toBe('5\n')
    expect(machine.state.list()).toEqual([])
  })

  test('that cannot be read or written are not written down', async () => {
    const machine = place()
    const undo = await Undo.begin(machine)
    machine.refused.set(`${GATE} 0`, ERRNO.EACCES)
    expect(await undo.set(GATE, '0')).toBe(-ERRNO.EACCES)
    expect(await undo.set('/proc/sys/vm/nope', '0')).toBe(-ERRNO.ENOENT)
    expect(machine.state.list()).toEqual([])
  })

  test('that cannot be put back stay written down, and the others are put back', async () => {
    const machine = place()
    const undo = await Undo.begin(machine)
    await undo.set(GATE, '0')
    await undo.set(OTHER, '0')
    machine.refused.set(`${OTHER} 1`, ERRNO.EPERM)
    await expect(undo.restore()).rejects.toThrow(KernelFileError)
    expect(machine.texts.get(GATE)).toBe('5\n')
    expect(machine.state.read('gemrig-42-7')).toBe(JSON.stringify([{ path: OTHER, text: '1' }]))
    machine.refused.clear()
    await undo.restore()
    expect(machine.state.list()).toEqual([])
  })

  test.each(['/etc/passwd', '/proc/sys/../../etc/passwd', '/proc/self/mem', '/system'])(
    'a note never makes it write to %s',
    async (path) => {
      const machine = place()
      machine.texts.set(path, 'before')
      machine.state.write('gemrig-41-1', JSON.stringify([{ path, text: 'after' }]))
      expect(await undoLeftovers(machine)).toEqual([])
      expect(machine.texts.get(path)).toBe('before')
    },
  )

  test('a text that is not ours to read changes nothing', async () => {
    const machine = place()
    machine.state.write('gemrig-41-1', '[{"path":"relative","text":"1"},')
    machine.state.write('somebody', JSON.stringify([{ path: GATE, text: '9' }]))
    expect(await undoLeftovers(machine)).toEqual([])
    expect(machine.texts.get(GATE)).toBe('5\n')
    expect(machine.state.list()).toEqual(['somebody'])
  })
})

describe('the state of this machine', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gemrig-state-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  test('keeps texts in files, and leaves no other', () => {
    const state = createRealState(join(folder, 'state'))
    expect(state.list()).toEqual([])
    expect(state.read('a')).toBeUndefined()
    state.write('a', 'one')
    state.write('a', 'two')
    expect([state.list(), state.read('a')]).toEqual([['a'], 'two'])
    state.remove('a')
    state.remove('a')
    expect(readdirSync(join(folder, 'state'))).toEqual([])
  })

  test('is not taken from a folder that others can write to, or that is none', () => {
    const open = join(folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o777)
    writeFileSync(join(open, 'gemrig-1-1'), '[]')
    const link = join(folder, 'link')
    mkdirSync(join(folder, 'own'), { mode: 0o700 })
    symlinkSync(join(folder, 'own'), link)
    for (const path of [open, link]) {
      const state = createRealState(path)
      expect(() => state.list()).toThrow(StateStoreError)
      expect(() => state.read('gemrig-1-1')).toThrow(/not a folder that only you can write to/)
      expect(() => state.write('a', 'one')).toThrow(StateStoreError)
    }
  })

  test('says that nothing may be changed when it cannot be kept', () => {
    const state = createRealState('/proc/version/state')
    expect(() => state.write('a', 'one')).toThrow(StateStoreError)
  })
})
