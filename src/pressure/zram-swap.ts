/**
 * Swap on compressed memory for the time of a run: drivers that evict (Panthor, i915) do so only while there is room in
 * swap (get_nr_swap_pages). Documentation/admin-guide/blockdev/zram.rst; drivers/block/zram/zram_drv.c (6.12, 7.2).
 *
 * A device of its own is added for it, whose number is written down before anything is done with it, so that the next
 * start takes it away when this one is killed.
 */
import { errnoName } from '../backend/errno.js'
import type { Board } from '../board/board.js'
import { isMakerGone, ownRunName } from './run-name.js'

const CONTROL = '/sys/class/zram-control'
const MIB = 1024 * 1024
const MARK = 'zram '

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
  // Reading adds a device, and tells its number.
  const added = await files.read(`${CONTROL}/hot_add`)
  if (typeof added === 'number')
    return { reason: `zram adds no device (${errnoName(-added)}): this is for root` }
  const number = Number(added.trim())
  const name = `${await ownRunName(place)}-zram`
  const remove = async () => {
    const failure = await removeDevice(place, number)
    if (failure === undefined) state.remove(name)
    return failure
  }
  state.write(name, `${MARK}${number}`)
  const device = `/dev/zram${number}`
  const sized = await files.write(
    `/sys/block/zram${number}/disksize`,
    String(Math.ceil(sizeBytes / MIB) * MIB),
  )
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
    const number = text.startsWith(MARK) ? Number(text.slice(MARK.length)) : NaN
    const failure = Number.isSafeInteger(number) ? await removeDevice(place, number) : undefined
    if (failure !== undefined) continue
    place.state.remove(name)
    removed.push(`/dev/zram${number}`)
  }
  return removed
}

async function removeDevice({ files, swap }: Place, number: number): Promise<string | undefined> {
  const device = `/dev/zram${number}`
  const used = await files.read('/proc/swaps')
  if (typeof used === 'string' && new RegExp(`^${device}\\s`, 'm').test(used)) {
    const failure = await swap?.stop(device)
    if (failure !== undefined) return failure
  }
  if (typeof (await files.list(`/sys/block/zram${number}`)) === 'number') return undefined
  await files.write(`/sys/block/zram${number}/reset`, '1')
  const removed = await files.write(`${CONTROL}/hot_remove`, String(number))
  return removed < 0 ? `${device} cannot be removed: ${errnoName(-removed)}` : undefined
}
