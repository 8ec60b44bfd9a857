/** What drivers tell, and let be done, through debugfs. */
import { describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import type { Board } from '../../src/board/board.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { GemsReader } from '../../src/observe/gems.js'
import { driverDebugfs } from '../../src/pressure/driver-debugfs.js'
import { Undo } from '../../src/pressure/undo.js'
import { stress } from './lying-board.js'

const DEBUG = '/sys/kernel/debug'

/** A simulated machine with these files in debugfs besides, and what was done to them. */
function withDebugfs(texts: Readonly<Record<string, string>>) {
  const { files: own, ...board } = createFakeBoard({ seed: 1 })
  const done: string[] = []
  const paths = Object.keys(texts).map((path) => `${DEBUG}/${path}`)
  const files: Board['files'] = {
    ...own,
    list: (path) => {
      if (!path.startsWith(DEBUG)) return own.list(path)
      const below = paths.filter((each) => each.startsWith(`${path}/`))
      const names = below.map((each) => each.slice(path.length + 1).split('/', 1)[0] ?? '')
      return Promise.resolve(names.length === 0 ? -ERRNO.ENOENT : [...new Set(names)])
    },
    read: (path) => {
      if (!paths.includes(path)) return own.read(path)
      done.push(`read ${path.slice(DEBUG.length + 1)}`)
      return Promise.resolve(texts[path.slice(DEBUG.length + 1)] ?? '')
    },
    write: (path, text) => {
      if (!paths.includes(path)) return own.write(path, text)
      done.push(`write ${path.slice(DEBUG.length + 1)} ${text}`)
      return Promise.resolve(0)
    },
  }
  return { board: { ...board, files } satisfies Board, done }
}

const GEMS = `GEM state flags: imported (0x1), exported (0x2), evicted (0x4)
created-by  size
x/1         4096
======
Total size: 8192, Total resident: 4096, Total reclaimable: 2048
`

describe('gems', () => {
  const panthor = (folder: string) => ({
    [`dri/${folder}/name`]: 'panthor dev=fb000000.gpu unique=fb000000.gpu\n',
    [`dri/${folder}/gems`]: GEMS,
  })

  test('are counted once for each device, of Panthor alone', async () => {
    const { board, done } = withDebugfs({
      ...panthor('fb000000.gpu'),
      ...panthor('1'),
      'dri/ff9a0000.gpu/name': 'panfrost dev=ff9a0000.gpu unique=ff9a0000.gpu\n',
      'dri/ff9a0000.gpu/gems': GEMS,
    })
    expect(await new GemsReader(board.files).read()).toEqual({
      sizeBytes: 8192,
      residentBytes: 4096,
      reclaimableBytes: 2048,
    })
    expect(done.filter((each) => each.endsWith('/gems'))).toEqual(['read dri/fb000000.gpu/gems'])
  })

  test('are undefined where nobody tells', async () => {
    expect(await new GemsReader(createFakeBoard().files).read()).toBeUndefined()
  })

  test('are in the samples with details', async () => {
    const { board } = withDebugfs(panthor('fb000000.gpu'))
    const { events } = await stress(board)
    const samples = events.filter((event) => event.type === 'sample')
    expect(samples.at(-1)).toMatchObject({ gems: { residentBytes: 4096 } })
    expect(samples.some(({ cgroups }) => (cgroups?.run.anonBytes ?? 0) > 0)).toBe(true)
  })
})

describe('driver-debugfs', () => {
  const pull = async (texts: Readonly<Record<string, string>>) => {
    const { board, done } = withDebugfs(texts)
    const notes: unknown[] = []
    const scene = {
      board,
      cgroups: { reason: 'none' },
      workloadBytes: 0,
      allowDisruptive: true,
      undo: await Undo.begin(board),
      signal: new AbortController().signal,
      note: (_step: string, detail: unknown) => notes.push(detail),
      hang: ({ what }: { readonly what: string }) => Promise.reject(new Error(what)),
    }
    expect(await driverDebugfs.unavailable(scene)).toBeUndefined()
    await board.run(() => driverDebugfs.apply(scene, 10))
    return { done, notes }
  }

  test('leaves out folders that are numbers where there are others', async () => {
    const { done } = await pull({ 'dri/fb000000.gpu/shrink': '', 'dri/0/shrink': '', 'dri/128/shrink': '' })
    expect(done).toEqual(['write dri/fb000000.gpu/shrink 1000000'])
  })

  test('takes those of primary nodes where there are no others', async () => {
    const { done } = await pull({ 'dri/0/i915_gem_drop_caches': '', 'dri/128/i915_gem_drop_caches': '' })
    expect(done).toEqual(['write dri/0/i915_gem_drop_caches 0x23'])
  })

  test('reads those of TTM, and notes what they tell', async () => {
    const { done, notes } = await pull({
      'dri/0/name': 'amdgpu',
      'ttm/page_pool_shrink': '12/352\n',
      'ttm/page_pool': '',
      'ttm/tt_shrink': '1\n',
    })
    expect(done).toEqual(['read ttm/page_pool_shrink', 'read ttm/tt_shrink'])
    expect(notes).toEqual([
      { path: `${DEBUG}/ttm/page_pool_shrink`, result: '12/352' },
      { path: `${DEBUG}/ttm/tt_shrink`, result: '1' },
    ])
  })
})
