/**
 * How much reclaim asks of each shrinker and what it gets: the trace events mm_shrink_slab_start and mm_shrink_slab_end
 * (mm/shrinker.c, do_shrink_slab, 6.12), which the kernel itself adds up (Documentation/trace/histogram.rst), in a trace
 * instance that is the run's alone.
 *
 * The instance's name is written down before it is made, so that the next start removes it when this one is killed.
 */
import type { Board } from '../board/board.js'
import { ERRNO } from '../backend/errno.js'
import { StateStoreError } from '../board/state-store.js'
import type { ShrinkerSample } from '../events/stress-event.js'
import { parseShrinkerHistogram, type HistogramEntry } from '../observe/shrinker-histogram.js'
import { isMakerGone, ownRunName } from '../pressure/run-name.js'

const INSTANCES = '/sys/kernel/tracing/instances'
const START = 'events/vmscan/mm_shrink_slab_start'
const END = 'events/vmscan/mm_shrink_slab_end'
/** More shrinkers than any machine has kinds of. The smallest that the kernel makes is 128. */
const ENTRIES = 256
const MARK = '-trace'

type Place = Pick<Board, 'files' | 'state'>

export interface ShrinkerTrace {
  /** The shrinkers that were called since the last reading, by name. */
  read(): Promise<readonly ShrinkerSample[]>
  /** Removes the instance. When the kernel refuses, the next start tries again. */
  remove(): Promise<void>
}

/** Undefined where there is no tracefs, it is not ours to write to, the kernel makes no histograms, or no note can be kept. */
export async function startShrinkerTrace(place: Place): Promise<ShrinkerTrace | undefined> {
  const { files, state } = place
  if (typeof (await files.list(INSTANCES)) === 'number') return undefined
  const name = await ownRunName(place)
  const path = `${INSTANCES}/${name}`
  try {
    state.write(`${name}${MARK}`, name)
  } catch (error) {
    if (error instanceof StateStoreError) return undefined
    throw error
  }
  const remove = async () => {
    await removeInstance(place, name)
  }
  if (!(await setUp(place, path))) {
    await remove()
    return undefined
  }
  const before = new Map<string, ShrinkerSample>()
  return {
    remove,
    async read() {
      const started = await readHistogram(place, `${path}/${START}/hist`)
      const ended = await readHistogram(place, `${path}/${END}/hist`)
      return [...together(started, ended)].flatMap(([shrinker, now]) => {
        const last = before.get(shrinker) ?? { name: shrinker, calls: 0, asked: 0, freed: 0 }
        before.set(shrinker, now)
        const calls = now.calls - last.calls
        const [asked, freed] = [now.asked - last.asked, now.freed - last.freed]
        return calls === 0 && asked === 0 && freed === 0 ? [] : [{ name: shrinker, calls, asked, freed }]
      })
    },
  }
}

/** Removes those of runs whose process is gone. Returns their names. */
export async function removeTraceLeftovers(place: Place): Promise<readonly string[]> {
  const removed: string[] = []
  for (const name of new Set([...place.state.list(), ...place.state.unfinished()])) {
    const run = name.endsWith(MARK) ? name.slice(0, -MARK.length) : ''
    if ((await isMakerGone(place, run)) && (await removeInstance(place, run))) removed.push(run)
  }
  return removed
}

async function setUp({ files }: Place, path: string): Promise<boolean> {
  if ((await files.makeDirectory(path)) < 0) return false
  // Nothing is recorded but the sums, so the buffer of each processor may be as small as it gets.
  await files.write(`${path}/buffer_size_kb`, '4')
  const add = async (event: string, field: string) =>
    files.write(`${path}/${event}/trigger`, `hist:keys=shrink.sym:vals=${field}:size=${ENTRIES}`)
  return (await add(START, 'total_scan')) === 0 && (await add(END, 'retval')) === 0
}

/** Whether nothing is left of it. */
async function removeInstance({ files, state }: Place, run: string): Promise<boolean> {
  const result = await files.removeDirectory(`${INSTANCES}/${run}`)
  if (result < 0 && result !== -ERRNO.ENOENT) return false
  state.remove(`${run}${MARK}`)
  return true
}

async function readHistogram({ files }: Place, path: string): Promise<readonly HistogramEntry[]> {
  const text = await files.read(path)
  return typeof text === 'number' ? [] : parseShrinkerHistogram(text)
}

function together(
  started: readonly HistogramEntry[],
  ended: readonly HistogramEntry[],
): Map<string, ShrinkerSample> {
  const all = new Map<string, ShrinkerSample>()
  const add = (name: string, calls: number, asked: number, freed: number) => {
    // Two modules may each have a static function of that name.
    const known = all.get(name)
    all.set(name, {
      name,
      calls: calls + (known?.calls ?? 0),
      asked: asked + (known?.asked ?? 0),
      freed: freed + (known?.freed ?? 0),
    })
  }
  for (const { name, hits, sum } of started) add(name, hits, sum, 0)
  for (const { name, sum } of ended) add(name, 0, 0, sum)
  return all
}
