/**
 * How a fake board is named in words: `fake`, or `fake:` with parts after it. `fake:7.2` has the Panfrost of that Linux
 * release, `fake:7.2+shrinker` changes that were never merged, `fake:rk3588,swap=512M` a Panthor device and zram,
 * `fake:bug=shared-bo-purged` a bug that was fixed long ago (sim/bugs). Parts may come in any order.
 */
import type { FakeBoardOptions } from './board/fake-board.js'
import { BUG_NAMES } from './sim/bugs/bug.js'
import { PATCHES, RELEASES, type Release } from './sim/kernel.js'

export type FakeWish = 'fake' | `fake:${string}`

/** The release that unmerged changes are put on. */
const PATCHED = '7.2'

/** What can be put behind `fake:`, for messages. */
export const FAKE_PARTS = [
  ...RELEASES,
  ...PATCHES.map((patches) => `${PATCHED}+${patches}`),
  'rk3399',
  'rk3588',
  'i915',
  'swap=512M',
  'lru_gen',
  'shrinker-debug',
  ...BUG_NAMES.map((bug) => `bug=${bug}`),
]

const UNIT_BYTES: Readonly<Record<string, number>> = { K: 1 << 10, M: 1 << 20, G: 1 << 30 }
/** Pages that zram keeps in one. */
const ZRAM_RATIO = 3

export function isFakeWish(text: string): text is FakeWish {
  return text === 'fake' || text.startsWith('fake:')
}

/** Throws RangeError for a part that is none, or that contradicts another one. */
export function parseFakeWish(wish: FakeWish): FakeBoardOptions {
  const parts = wish === 'fake' ? [] : wish.slice('fake:'.length).split(',')
  let options: FakeBoardOptions = {}
  const add = (part: string, more: FakeBoardOptions): void => {
    if (Object.keys(more).some((key) => key in options))
      throw new RangeError(`'${wish}' says twice what '${part}' says`)
    options = { ...options, ...more }
  }
  for (const part of parts) add(part, optionsOf(wish, part))
  return options
}

function optionsOf(wish: FakeWish, part: string): FakeBoardOptions {
  const release = RELEASES.find((known): known is Release => known === part)
  if (release !== undefined) return { gpu: 'panfrost', release }
  const patches = PATCHES.find((known) => part === `${PATCHED}+${known}`)
  if (patches !== undefined) return { gpu: 'panfrost', release: PATCHED, patches }
  if (part === 'rk3399') return { gpu: 'panfrost' }
  // The one release whose Panthor is simulated.
  if (part === 'rk3588') return { gpu: 'panthor', release: '7.2' }
  if (part === 'i915') return { gpu: 'i915' }
  if (part === 'lru_gen') return { lruGen: true }
  if (part === 'shrinker-debug') return { shrinkerDebug: true }
  const bug = BUG_NAMES.find((known) => part === `bug=${known}`)
  if (bug !== undefined) return { bugs: [bug] }
  const [, amount, unit = 'M'] = /^swap=(\d+)([KMG]?)$/.exec(part) ?? []
  const bytes = Number(amount) * (UNIT_BYTES[unit || 'M'] ?? NaN)
  if (bytes > 0) return { swap: { bytes, zramRatio: ZRAM_RATIO } }
  throw new RangeError(`'${wish}': '${part}' is none of ${FAKE_PARTS.join(', ')}`)
}
