import { describe, expect, it } from 'vitest'
import type { KernelFiles } from '../../src/board/kernel-files.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { ShrinkerDebugfs } from '../../src/pressure/shrinker-debugfs.js'
import { shrinkerScan } from '../../src/pressure/shrinker-scan.js'
import type { PressureScene } from '../../src/pressure/pressure-source.js'

const ENOENT = -2
const EACCES = -13

function kernel(shrinkers: Readonly<Record<string, string>> | undefined) {
  const written: string[] = []
  const missing = () => Promise.resolve(ENOENT)
  const files: KernelFiles = {
    read: (path) => Promise.resolve(shrinkers?.[path.split('/').at(-2) ?? ''] ?? ENOENT),
    write: (path, text) => {
      written.push(`${path.replace('/sys/kernel/debug/shrinker/', '')} ${text}`)
      return Promise.resolve(0)
    },
    list: () => Promise.resolve(shrinkers === undefined ? EACCES : Object.keys(shrinkers)),
    makeDirectory: missing,
    removeDirectory: missing,
  }
  return { files, written }
}

describe('shrinkers of debugfs', () => {
  const { files, written } = kernel({
    'drm-panfrost-13': '1 6\n',
    'drm-panfrost-mmu-2': '',
    'sb-ext4-7': '1 5 6\n4021 7 0\n',
    'mm-zspool:zram0-9': '',
  })
  const one = async (name: string) => {
    const [shrinker] = await ShrinkerDebugfs.find(files, name)
    if (shrinker === undefined) throw new Error(`no ${name}`)
    return shrinker
  }

  it('are found by their names, which end before the number', async () => {
    const found = await ShrinkerDebugfs.find(files, 'drm-panfrost')
    expect(found.map(({ directory }) => directory)).toEqual(['drm-panfrost-13'])
    expect(await ShrinkerDebugfs.find(files, 'drm')).toEqual([])
  })

  it('count what they could free, of all nodes and cgroups', async () => {
    expect(await (await one('drm-panfrost')).count()).toBe(6)
    expect(await (await one('sb-ext4')).count()).toBe(18)
    expect(await (await one('mm-zspool:zram0')).count()).toBe(0)
  })

  it('scan as one that knows no cgroups', async () => {
    await (await one('drm-panfrost')).scan(22)
    expect(written).toEqual(['drm-panfrost-13/scan 0 0 22\n'])
  })

  it('say why there is none', async () => {
    await expect(ShrinkerDebugfs.find(kernel(undefined).files, 'drm-panfrost')).rejects.toThrow(
      'cannot read /sys/kernel/debug/shrinker: EACCES',
    )
  })
})

describe('the pressure source of that name', () => {
  const notes: unknown[] = []
  const scene = (files: KernelFiles, allowDisruptive = true) => {
    const board = { ...createFakeBoard(), files, clock: createFakeBoard().clock }
    const signal = AbortSignal.abort()
    return {
      board,
      allowDisruptive,
      signal,
      note: (...note: unknown[]) => notes.push(note),
    } as unknown as PressureScene
  }

  it("scans each DRM driver's shrinker for what it counts, and no other", async () => {
    const { files, written } = kernel({
      'drm-panfrost-13': '1 6\n',
      'drm-ttm_pool-2': '',
      'sb-ext4-7': '1 5\n',
    })
    expect(await shrinkerScan.unavailable(scene(files))).toBeUndefined()
    const live = new AbortController().signal
    const board = createFakeBoard()
    await board.run(() =>
      shrinkerScan.apply({ ...scene(files), board: { ...board, files }, signal: live }, 100),
    )
    expect(written).toEqual(['drm-panfrost-13/scan 0 0 6\n'])
    expect(notes).toEqual([['scan', { shrinker: 'drm-panfrost-13', before: 6, after: 6 }]])
  })

  it('says why it cannot be used', async () => {
    const none = kernel(undefined).files
    expect(await shrinkerScan.unavailable(scene(none, false))).toMatch(/--allow-disruptive/)
    expect(await shrinkerScan.unavailable(scene(none))).toMatch(/CONFIG_SHRINKER_DEBUG/)
    expect(await shrinkerScan.unavailable(scene(kernel({ 'sb-ext4-7': '' }).files))).toMatch(/no DRM driver/)
  })
})
