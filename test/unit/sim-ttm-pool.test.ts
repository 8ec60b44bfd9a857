import { describe, expect, test } from 'vitest'
import { pagePoolShrinkText, pagePoolText, poolText } from '../../src/sim/drm/ttm/ttm-pool-debugfs.js'
import { TtmPool, type TtmPoolOptions } from '../../src/sim/drm/ttm/ttm-pool.js'
import { TtmPoolManager } from '../../src/sim/drm/ttm/ttm-pool-manager.js'
import type { TtmCaching } from '../../src/sim/drm/ttm/ttm-pool-type.js'
import { SHRINK_EMPTY, SHRINK_STOP } from '../../src/sim/mm/shrinker.js'
import { dropCaches } from '../../src/sim/mm/drop-caches.js'
import { TestMachine } from './sim-machine.js'

const LIMIT = 4096

function setUp(options: TtmPoolOptions = {}, isX86 = true, limit = LIMIT) {
  const { kernel } = new TestMachine({ pageCacheBytes: 0 })
  const manager = new TtmPoolManager(kernel, limit, isX86)
  const pool = new TtmPool(kernel, manager, options)
  const alloc = (pages: number, caching: TtmCaching = 'write-combined') => {
    const blocks = pool.alloc(pages, caching)
    if (typeof blocks === 'number') throw new Error(`errno ${blocks}`)
    return blocks
  }
  const give = (pages: number, caching: TtmCaching = 'write-combined') =>
    pool.free(alloc(pages, caching), caching)
  const scan = (nrToScan: number) => {
    const control = { memcg: kernel.memcg.root, nrToScan, nrScanned: nrToScan }
    return { freed: manager.scanObjects(control), scanned: control.nrScanned }
  }
  return { kernel, manager, pool, alloc, give, scan }
}

const wcOrders = (manager: TtmPoolManager): number[] => manager.globals.wc.map(({ blocks }) => blocks)

describe("TTM's page pools", () => {
  test('a buffer is made of the largest blocks that fit, up to order 10', () => {
    const { alloc, kernel } = setUp()
    expect(alloc(2048 + 5)).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2])
    expect(kernel.pages.used('ttm')).toBe(2053)
    kernel.checkInvariants()
  })

  test('freed pages stay in the pool of their caching, counted as used, and serve the next buffer', () => {
    const { alloc, give, manager, kernel } = setUp()
    give(5)
    expect(manager.allocatedPages).toBe(5)
    expect(wcOrders(manager).slice(0, 3)).toEqual([1, 0, 1])
    const free = kernel.pages.freePages
    expect(alloc(4)).toEqual([0, 0, 1])
    expect(kernel.pages.freePages).toBe(free)
    expect(manager.allocatedPages).toBe(1)
    // Another caching has another pool.
    alloc(1, 'uncached')
    expect(kernel.pages.freePages).toBe(free - 1)
  })

  test('cached pages are never kept, nor is anything elsewhere than on x86', () => {
    const cached = setUp()
    cached.give(8, 'cached')
    expect(cached.manager.allocatedPages).toBe(0)
    const arm = setUp({}, false)
    arm.give(8)
    expect(arm.manager.allocatedPages).toBe(0)
    expect(arm.kernel.pages.used('ttm')).toBe(0)
  })

  test('with coherent DMA memory a device has pools of its own, of cached pages too', () => {
    const { give, manager, pool, kernel } = setUp({ useDmaAlloc: true }, false)
    give(6, 'cached')
    expect(manager.allocatedPages).toBe(6)
    expect(manager.globals.wc.every(({ blocks }) => blocks === 0)).toBe(true)
    pool.fini()
    expect(manager.allocatedPages).toBe(0)
    expect(kernel.pages.used('ttm')).toBe(0)
  })

  test('32-bit devices share pools of their own', () => {
    const { give, manager } = setUp({ useDma32: true })
    give(1)
    expect(manager.globals['wc 32'][0]?.blocks).toBe(1)
    expect(manager.globals.wc[0]?.blocks).toBe(0)
  })

  test('over the limit, blocks go in turn until it is kept', () => {
    const { alloc, pool, manager } = setUp({}, true, 8)
    const [one, two] = [alloc(8), alloc(4)]
    pool.free(one, 'write-combined')
    expect(manager.allocatedPages).toBe(8)
    pool.free(two, 'write-combined')
    expect(manager.allocatedPages).toBeLessThanOrEqual(8)
    manager.pageLimit = 0
    expect(manager.allocatedPages).toBeGreaterThan(0)
    pool.free(alloc(1), 'write-combined')
    expect(manager.allocatedPages).toBe(0)
  })

  test('what was got is given back when memory runs out', () => {
    const { kernel, pool, manager } = setUp()
    expect(pool.alloc(kernel.pages.totalPages, 'write-combined', true)).toBe(-12)
    expect(kernel.pages.used('ttm')).toBe(manager.allocatedPages)
    kernel.checkInvariants()
  })
})

describe('the shrinker of the pools', () => {
  test('counts free pages, SHRINK_EMPTY for none, and stops when it freed none', () => {
    const { give, manager, scan } = setUp()
    expect(manager.countObjects()).toBe(SHRINK_EMPTY)
    expect(scan(128)).toEqual({ freed: SHRINK_STOP, scanned: 0 })
    give(3)
    expect(manager.countObjects()).toBe(3)
  })

  test('takes one block of one pool in each step, and goes round the pools', () => {
    const { alloc, pool, manager, scan } = setUp()
    const buffers = [alloc(8), alloc(8), alloc(8)]
    const small = alloc(1, 'uncached')
    for (const blocks of buffers) pool.free(blocks, 'write-combined')
    pool.free(small, 'uncached')
    // The list begins with order 0: of write-combined pages there is none, of uncached ones the single page.
    expect(scan(1)).toEqual({ freed: 1, scanned: 1 })
    expect(manager.globals.uc[0]?.blocks).toBe(0)
    // A block goes whole, whatever was asked for.
    expect(scan(1)).toEqual({ freed: 8, scanned: 8 })
    expect(scan(9)).toEqual({ freed: 16, scanned: 16 })
    expect(scan(1).freed).toBe(SHRINK_STOP)
  })

  test('a shortage of the machine brings the pages back, so does drop_caches', () => {
    const { give, kernel, manager } = setUp({}, true, 1e9)
    give(1024)
    dropCaches(kernel, 1)
    expect(manager.allocatedPages).toBe(1024)
    dropCaches(kernel, 2)
    expect(manager.allocatedPages).toBe(0)

    give(16 * 1024)
    const used = kernel.pages.used('ttm')
    const half = kernel.pages.freePages + used / 2
    let got = 0
    while (got < half) {
      const granted = kernel.pages.allocate('dmabuf', half - got, {
        directReclaim: true,
        kswapdReclaim: true,
        retryMayfail: true,
      })
      if (granted === 0) break
      got += granted
      kernel.kswapd.runIfWoken()
    }
    expect(got).toBeGreaterThanOrEqual(half)
    expect(kernel.pages.used('ttm')).toBeLessThan(used)
    expect(kernel.shrinkers.stat(manager).freed).toBeGreaterThan(0)
  })
})

describe('the text of the pools', () => {
  test('has a column for each order, and the total', () => {
    const { give, manager } = setUp()
    give(5)
    give(2, 'uncached')
    const row = (...blocks: number[]) =>
      Array.from({ length: 11 }, (_, i) => ` ${String(blocks[i] ?? 0).padStart(8)}`).join('')
    expect(pagePoolText(manager)).toBe(
      '\t  --- 0--- --- 1--- --- 2--- --- 3--- --- 4--- --- 5--- --- 6--- --- 7--- --- 8--- --- 9--- ---10---\n' +
        `wc\t:${row(1, 0, 1)}\nuc\t:${row(0, 1)}\nwc 32\t:${row()}\nuc 32\t:${row()}\n` +
        '\ntotal\t:        7 of     4096\n',
    )
  })

  test("tells a device's own pools, if it has any", () => {
    const without = setUp()
    expect(poolText(without.pool, without.manager)).toBe('unused\n')
    const { give, pool, manager } = setUp({ useDmaAlloc: true })
    give(1, 'cached')
    const lines = poolText(pool, manager).split('\n')
    expect(lines.map((line) => line.slice(0, 7)).slice(1, 4)).toEqual(['DMA uc\t', 'DMA wc\t', 'DMA \t: '])
    expect(lines[3]).toMatch(/^DMA \t: {8}1 /)
  })

  test('reading page_pool_shrink frees one block at most; an empty pool shows the raw answers', () => {
    const { give, kernel, manager } = setUp()
    give(4)
    give(4)
    const texts: string[] = []
    while (manager.allocatedPages > 0) texts.push(pagePoolShrinkText(kernel, manager))
    expect(texts.at(-1)).toBe('4/4\n')
    expect(texts[0]).toBe('4/18446744073709551615\n')
    expect(pagePoolShrinkText(kernel, manager)).toBe('18446744073709551614/18446744073709551615\n')
  })
})
