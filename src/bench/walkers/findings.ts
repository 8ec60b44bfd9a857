/**
 * What each side of the debate on TTM's walker (dri-devel, July and August 2024) claims, tried on the numbers of a run.
 * A claim compares two walkers under the same conditions; the sentence says where it is right and where it is not.
 */
import type { WalkerName } from './conditions.js'
import type { WalkerRun } from './run-walkers.js'

export interface Finding {
  readonly id: string
  readonly claim: string
  /** Conditions in which it holds, in which the opposite does, and in which there is no difference worth a word. */
  readonly right: number
  readonly wrong: number
  readonly even: number
  readonly sentence: string
}

/** Differences below this are none. */
const WORTH_A_WORD = 0.05

interface Claim {
  readonly id: string
  readonly claim: string
  /** Said to have more, or less, of `measure` than `other`. */
  readonly walker: WalkerName
  readonly other: WalkerName
  readonly measure: (run: WalkerRun) => number
  readonly wants: 'more' | 'less'
  readonly unit: string
}

const perFreedPage = (amount: number, run: WalkerRun): number => amount / Math.max(1, run.freedPages)

const CLAIMS: readonly Claim[] = [
  {
    id: 'fair-between-shrinkers',
    claim: 'one object a call keeps shrinkers fair to each other, a walk over many does not',
    walker: 'one-object',
    other: 'walk',
    measure: (run) => run.shrinkerFairness ?? 0,
    wants: 'more',
    unit: "Jain's index between shrinkers",
  },
  {
    id: 'fair-with-nr-scanned',
    claim:
      'a cursor with a budget in pages that it reports is fairer between shrinkers than one object a call',
    walker: 'cursor',
    other: 'one-object',
    measure: (run) => run.shrinkerFairness ?? 0,
    wants: 'more',
    unit: "Jain's index between shrinkers",
  },
  {
    id: 'close-to-what-was-asked',
    claim: 'one object a call frees less beyond what was asked for than a walk',
    walker: 'one-object',
    other: 'walk',
    measure: (run) => run.freedPages / run.askedPages,
    wants: 'less',
    unit: 'pages freed for each page asked',
  },
  {
    id: 'same-object-again',
    claim: 'without context the same object that cannot be freed is returned again and again',
    walker: 'one-object',
    other: 'cursor',
    measure: (run) => run.foundBusy / Math.max(1, run.freedOfDevicePages),
    wants: 'more',
    unit: 'busy objects taken for each page that the device freed',
  },
  {
    id: 'cpu-time',
    claim: 'keeping the state of the walk between calls saves CPU time',
    walker: 'cursor',
    other: 'one-object',
    measure: (run) => perFreedPage(run.elapsedSteps * run.cpus, run),
    wants: 'less',
    unit: 'CPU steps for each page freed',
  },
  {
    id: 'no-second-look',
    claim: 'a cursor looks at fewer entries than a walk that begins at the head in each call',
    walker: 'cursor',
    other: 'walk',
    measure: (run) => perFreedPage(run.looks, run),
    wants: 'less',
    unit: 'entries looked at for each page freed',
  },
  {
    id: 'lock-contention',
    claim: 'one object a call has CPUs wait longer for the LRU lock than a cursor',
    walker: 'one-object',
    other: 'cursor',
    measure: (run) => perFreedPage(run.lockWaitSteps, run),
    wants: 'more',
    unit: 'steps of waiting for each page freed',
  },
]

export function findingsOf(runs: readonly WalkerRun[]): Finding[] {
  return CLAIMS.map((claim) => judge(claim, runs))
}

function judge(claim: Claim, runs: readonly WalkerRun[]): Finding {
  const pairs = pairsOf(claim, runs).map((pair) => ({ ...pair, gain: gainOf(claim, pair) }))
  const right = pairs.filter(({ gain }) => gain > WORTH_A_WORD)
  const wrong = pairs.filter(({ gain }) => gain < -WORTH_A_WORD)
  const { id, claim: text, walker, other, unit } = claim
  const parts = [`right in ${right.length} of ${pairs.length} conditions${where(right, pairs)}`]
  parts.push(`the opposite in ${wrong.length}${where(wrong, pairs)}`)
  const best = right.reduce<(typeof pairs)[number] | null>(
    (most, pair) => (most === null || pair.gain > most.gain ? pair : most),
    null,
  )
  const example =
    best === null
      ? ''
      : `; most of all with ${describe(best.mine)}: ${walker} ${number(claim.measure(best.mine))}, ${other} ${number(claim.measure(best.theirs))} ${unit}`
  return {
    id,
    claim: text,
    right: right.length,
    wrong: wrong.length,
    even: pairs.length - right.length - wrong.length,
    sentence: `"${text}" is ${parts.join(', ')}${example}.`,
  }
}

interface Pair {
  readonly mine: WalkerRun
  readonly theirs: WalkerRun
}

function pairsOf({ walker, other }: Claim, runs: readonly WalkerRun[]): Pair[] {
  const key = (run: WalkerRun): string => `${run.cpus} ${run.objectSize} ${run.obstacle} ${run.bulkMoves}`
  const others = new Map(runs.filter((run) => run.walker === other).map((run) => [key(run), run]))
  return runs.flatMap((mine) => {
    const theirs = mine.walker === walker ? others.get(key(mine)) : undefined
    return theirs === undefined ? [] : [{ mine, theirs }]
  })
}

/** How much the claim is right: the difference as a share of the larger value, above 0 when it is as claimed. */
function gainOf({ measure, wants }: Claim, { mine, theirs }: Pair): number {
  const [a, b] = [measure(mine), measure(theirs)]
  if (a === b) return 0
  return ((a - b) / Math.max(a, b)) * (wants === 'more' ? 1 : -1)
}

type Dimension = 'objectSize' | 'obstacle' | 'cpus'
const NAMES: Readonly<Record<Dimension, string>> = {
  objectSize: 'objects of',
  obstacle: 'obstacle',
  cpus: 'CPUs:',
}

/** Names the values of the dimension that tells these conditions best from all; nothing when none does. */
function where(some: readonly Pair[], all: readonly Pair[]): string {
  if (some.length === 0 || some.length === all.length) return ''
  for (const dimension of ['objectSize', 'obstacle', 'cpus'] as const) {
    const values = [...new Set(all.map(({ mine }) => mine[dimension]))]
    const hit = values.filter((value) => some.some(({ mine }) => mine[dimension] === value))
    if (hit.length < values.length) return ` (only ${NAMES[dimension]} ${hit.join(', ')})`
  }
  return ''
}

function describe({ cpus, objectSize, obstacle, bulkMoves }: WalkerRun): string {
  const objects = objectSize === 'mixed' ? 'objects of mixed sizes' : `objects of ${objectSize}`
  const more = `${obstacle === 'none' ? '' : `, ${obstacle}`}${bulkMoves ? ', bulk moves' : ''}`
  return `${objects}, ${cpus} CPU${cpus === 1 ? '' : 's'}${more}`
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
