/**
 * Swap on compressed memory for the time of a run: drivers that evict (Panthor, i915) do so only while there is room in
 * swap (get_nr_swap_pages). Documentation/admin-guide/blockdev/zram.rst; drivers/block/zram/zram_drv.c (6.12, 7.2).
 *
 * A device of its own is added for it. Which ones there were is written down before, and its number as soon as it is known,
 * so that the next start takes it away when this one is killed.
 */
import { errnoName } from '../backend/errno.js'
import type { Board } from '../board/board.js'
import { isMakerGone, ownRunName } from './run-name.js'

const CONTROL = '/sys/class/zram-control'
const MIB = 1024 * 1024
const BLOCK = '/sys/block'
const MARK = 'zram '
/** Before the number is known: which devices there were. */
const BEFORE_MARK = 'zram besides '

type Place = Pick<Board, 'files' | 'state' | 'swap'>

export interface ZramSwap {
  readonly device: string
  /** Turns the swap off and removes the device. The reason when it cannot; then the next start tries again. */
  remove(): Promise<string | undefined>
}

/** Adds it; or why it cannot be had, and then nothing is left of it. Throws StateStoreError. */
export async function addZramSwap(
  place: Place,
  sizeBytes: number,
): Promise<ZramSwap | { readonly reason: string }> {
  const { files, state, swap } = place
  if (swap === undefined) return { reason: 'this board has no swap that could be set up' }
  if (typeof (await files.list(CONTROL)) === 'number') {
    const failure = await swap.loadZram()
    if (typeof (await files.list(CONTROL)) === 'number')
      return { reason: `there is no zram (CONFIG_ZRAM)${failure === undefined ? '' : `: ${failure}`}` }
  }
  const name = `${await ownRunName(place)}-zram`
  state.write(name, `${BEFORE_MARK}${(await listDevices(place)).join(' ')}`)
  // Reading adds a device, and tells its number.
  const added = await files.read(`${CONTROL}/hot_add`)
  if (typeof added === 'number') {
    state.remove(name)
    return { reason: `zram adds no device (${errnoName(-added)}): this is for root` }
  }
  const number = Number(added.trim())
  const remove = async () => {
    const failure = await removeDevice(place, number)
    if (failure === undefined) state.remove(name)
    return failure
  }
  try {
    state.write(name, `${MARK}${number}`)
  } catch (error) {
    await remove()
    throw error
  }
  const device = `/dev/zram${number}`
  const sized = await files.write(`${BLOCK}/zram${number}/disksize`, String(Math.ceil(sizeBytes / MIB) * MIB))
  const failure = sized < 0 ? `disksize: ${errnoName(-sized)}` : await swap.start(device)
  if (failure === undefined) return { device, remove }
  await remove()
  return { reason: `${device} does not become swap: ${failure}` }
}

/** Removes those of runs whose process is gone. Returns their devices. */
export async function removeZramLeftovers(place: Place): Promise<readonly string[]> {
  const removed: string[] = []
  for (const name of new Set([...place.state.list(), ...place.state.unfinished()])) {
    if (!name.endsWith('-zram') || !(await isMakerGone(place, name.slice(0, -'-zram'.length)))) continue
    const text = place.state.read(name) ?? ''
    const numbers = text.startsWith(BEFORE_MARK)
      ? await unusedSince(place, text.slice(BEFORE_MARK.length).split(' '))
      : [text.startsWith(MARK) ? Number(text.slice(MARK.length)) : NaN].filter(Number.isSafeInteger)
    const failures = []
    for (const number of numbers) {
      const failure = await removeDevice(place, number)
      if (failure === undefined) removed.push(`/dev/zram${number}`)
      else failures.push(failure)
    }
    if (failures.length === 0) place.state.remove(name)
  }
  return removed
}

async function listDevices({ files }: Place): Promise<number[]> {
  const names = await files.list(BLOCK)
  return typeof names === 'number'
    ? []
    : names.flatMap((name) => /^zram(\d+)$/.exec(name)?.[1] ?? []).map(Number)
}

/** Devices that were not there, and have no size: one that somebody else uses has. */
async function unusedSince(place: Place, before: readonly string[]): Promise<number[]> {
  const unused: number[] = []
  for (const number of await listDevices(place)) {
    if (before.includes(String(number))) continue
    const size = await place.files.read(`${BLOCK}/zram${number}/disksize`)
    if (typeof size === 'string' && Number(size) === 0) unused.push(number)
  }
  return unused
}

async function removeDevice({ files, swap }: Place, number: number): Promise<string | undefined> {
  const device = `/dev/zram${number}`
  const used = await files.read('/proc/swaps')
  if (typeof used === 'string' && new RegExp(`^${device}\\s`, 'm').test(used)) {
    const failure = await swap?.stop(device)
    if (failure !== undefined) return failure
  }
  if (typeof (await files.list(`${BLOCK}/zram${number}`)) === 'number') return undefined
  await files.write(`${BLOCK}/zram${number}/reset`, '1')
  const removed = await files.write(`${CONTROL}/hot_remove`, String(number))
  return removed < 0 ? `${device} cannot be removed: ${errnoName(-removed)}` : undefined
}
