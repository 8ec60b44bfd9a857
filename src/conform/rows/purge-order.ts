/** Rows: which buffers a purge takes first, and how many. panfrost_gem_shrinker.c (6.12). */
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const SHRINKER = 'drivers/gpu/drm/panfrost/panfrost_gem_shrinker.c'
const WILLNEED = 0
const DONTNEED = 1
const PAGE = 4096

/** Buffers of that many pages, given away in this order. Nothing else is listed. */
async function listed(t: Trial, ...pages: number[]): Promise<number[]> {
  await t.purge()
  const handles = pages.map((count) => t.bo(count * PAGE))
  for (const handle of handles) t.madvise(handle, DONTNEED)
  return handles
}

/** Which of them are still there. */
const retained = (t: Trial, handles: readonly number[]) =>
  handles.map((handle) => t.madvise(handle, WILLNEED))

/** By its offset: of free ranges of one size a new buffer gets the newest. */
async function shownByOffsets(t: Trial): Promise<number[]> {
  const handles = Array.from({ length: 7 }, () => t.bo(3 * PAGE))
  const offsets = handles.map((handle) => t.offset(handle))
  // 5 comes first, and goes behind the others with its second DONTNEED.
  const given = [5, 1, 3, 5]
  for (const index of given) t.madvise(handles[index] ?? 0, DONTNEED)
  await t.purge()
  return [1, 2, 3].map(() => offsets.indexOf(t.offset(t.bo(3 * PAGE))))
}

const SHOWN_ROWS = group('purge-order', { source: SHRINKER, needs: ['panfrost', 'purge'] }, [
  {
    id: 'shown-by-offsets',
    name: 'who was given away last is purged last: its offset is the newest that is free',
    source: `${SHRINKER}; drm_mm.c best_hole() (6.12)`,
    holds: { lacks: 'shmem-shrinker', why: 'the generic shrinker has lists of its own' },
    run: shownByOffsets,
    expected: [5, 3, 1],
  },
])

const ASKED_ROWS = group(
  'purge-order',
  {
    source: `${SHRINKER} panfrost_gem_shrinker_scan() (6.12, 7.2)`,
    needs: ['panfrost', 'shrinker-debugfs'],
  },
  [
    {
      id: 'whole-buffers',
      name: 'a scan of one page takes the whole of the buffer that was given away first',
      run: async (t) => {
        const handles = await listed(t, 4, 1, 8)
        await t.shrinker.scan(1)
        return retained(t, handles)
      },
      expected: [0, 1, 1],
    },
    {
      id: 'until-enough',
      name: 'a scan ends with the buffer that makes it enough',
      run: async (t) => {
        const exact = await listed(t, 4, 1, 8)
        await t.shrinker.scan(5)
        const first = retained(t, exact)
        const more = await listed(t, 4, 4, 8)
        await t.shrinker.scan(5)
        return [first, retained(t, more)]
      },
      expected: [
        [0, 0, 1],
        [0, 0, 1],
      ],
    },
    {
      id: 'again-is-last',
      name: 'DONTNEED again puts a buffer behind the others, also after WILLNEED',
      run: async (t) => {
        const again = await listed(t, 1, 1)
        t.madvise(again[0] ?? 0, DONTNEED)
        await t.shrinker.scan(1)
        const first = retained(t, again)
        const back = await listed(t, 1, 1)
        for (const advice of [WILLNEED, DONTNEED]) t.madvise(back[0] ?? 0, advice)
        await t.shrinker.scan(1)
        return [first, retained(t, back)]
      },
      expected: [
        [1, 0],
        [1, 0],
      ],
    },
    {
      id: 'count',
      name: 'the shrinker counts the pages of what could be purged, and nothing else',
      run: async (t) => {
        const [first = 0, second = 0] = await listed(t, 4, 8)
        const counts = [await t.shrinker.count()]
        t.madvise(second, WILLNEED)
        counts.push(await t.shrinker.count())
        t.keepFd(t.backend.drm.primeHandleToFd(t.fd, first, 0))
        return [...counts, await t.shrinker.count()]
      },
      expected: [12, 4, 0],
    },
    {
      id: 'shared-is-passed-by',
      name: 'a scan passes by what is exported, and takes the next one',
      run: async (t) => {
        const handles = await listed(t, 1, 1)
        t.keepFd(t.backend.drm.primeHandleToFd(t.fd, handles[0] ?? 0, 0))
        await t.shrinker.scan(1)
        return retained(t, handles)
      },
      expected: [1, 0],
    },
  ],
)

export const PURGE_ORDER_ROWS = [...SHOWN_ROWS, ...ASKED_ROWS]
