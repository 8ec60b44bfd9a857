/** All workloads. A new one is a file beside this one and a row here. */
import { BoCache, MEAN_BUFFER_BYTES, WORKLOAD_DRIVER } from '../bo-cache.js'
import type { Workload } from '../operation.js'
import type { Stage } from '../steps.js'
import { Churn } from './churn.js'
import { EvictRefault } from './evict-refault.js'
import { HandleGuess } from './handle-guess.js'
import { HeapChurn } from './heap-churn.js'
import { HeapImport } from './heap-import.js'
import { MadviseStorm } from './madvise-storm.js'
import { Mixed } from './mixed.js'
import { MmapFork } from './mmap-fork.js'
import { OpenClose } from './open-close.js'
import { PrimeShare } from './prime-share.js'
import { Submit } from './submit.js'

export interface Scenario {
  readonly name: ScenarioName
  /** One line: what it does. */
  readonly explanation: string
  /** The class of kernel bugs that it hunts. */
  readonly hunts: string
  /** Bugs of the simulated kernel (`--backend fake:bug=NAME`) that it is shown to find. */
  readonly bugs?: readonly string[]
  /** The board must have the dma-buf heap `system`. */
  readonly needsHeap?: true
  /** The drivers that it is written for, as DRM_IOCTL_VERSION names them; the first that is there. */
  readonly drivers: readonly [string, ...string[]]
  /**
   * Drivers without madvise that it runs on, too: there what it would give away is left idle (left-idle.ts), and what the
   * kernel can reclaim of it is evicted, to swap.
   */
  readonly idleOn?: readonly string[]
  /** Names of kernel messages (observe/kernel-messages) that it provokes where no GPU completes any of its jobs. */
  readonly expectsOfTimeouts?: readonly string[]
  /** What the kernel can reclaim of it: buffers that were given away, for good, or needed ones, to swap. */
  readonly reclaim?: 'eviction'
  /** What one actor's buffers may come to hold, in bytes, at so many buffers. */
  mostBytes(buffers: number): number
  create(stage: Stage): Workload
}

export const SCENARIO_NAMES = [
  'bo-cache',
  'madvise-storm',
  'churn',
  'prime-share',
  'heap-import',
  'heap-churn',
  'open-close',
  'handle-guess',
  'mmap-fork',
  'submit',
  'evict-refault',
  'mixed',
] as const
export type ScenarioName = (typeof SCENARIO_NAMES)[number]

/** Sizes are drawn at random: the sum may be above its mean by this factor. */
const SIZE_MARGIN = 1.5
const KIB = 1024
const MIB = 1024 * KIB

/** Drivers that evict, and take no advice. */
const EVICTING = ['panthor'] as const

/** Drivers that purge what was given away. */
const PURGING = ['panfrost', 'i915'] as const

const BO_CACHE: Scenario = {
  name: 'bo-cache',
  explanation: "the buffer cache of Mesa's Panfrost driver, with every buffer checked",
  hunts: 'lost content, purges of what is needed, leaks: what a desktop would meet',
  drivers: PURGING,
  mostBytes: (buffers) => buffers * MEAN_BUFFER_BYTES * SIZE_MARGIN,
  create: (stage) => new BoCache(stage),
}

const SINGLE: readonly [Scenario, ...Scenario[]] = [
  BO_CACHE,
  {
    name: 'madvise-storm',
    explanation:
      'the advice of the same buffers changes all the time, from threads on all processors at once',
    hunts: 'corruption of the list of purgeable buffers, locks taken in the wrong order',
    bugs: ['double-dontneed', 'madvise-shrinker-abba'],
    drivers: PURGING,
    mostBytes: (buffers) => buffers * 64 * KIB,
    create: (stage) => new MadviseStorm(stage),
  },
  {
    name: 'churn',
    explanation: 'buffers are made, given away and closed as fast as it goes',
    hunts: 'a purge that meets a buffer which is being freed',
    bugs: ['purge-against-free', 'gem-lru-on-stack', 'shmem-free-takes-resv'],
    drivers: PURGING,
    idleOn: EVICTING,
    mostBytes: (buffers) => buffers * 256 * KIB,
    create: (stage) => new Churn(stage),
  },
  {
    name: 'prime-share',
    explanation: 'buffers are shared between two open files, and given away in one of them',
    hunts: 'purges of what somebody else uses',
    bugs: ['shared-bo-purged'],
    // i915 may purge what it exported as long as no other device uses it.
    drivers: [WORKLOAD_DRIVER],
    mostBytes: () => 5 * MIB,
    create: (stage) => new PrimeShare(stage),
  },
  {
    name: 'heap-import',
    explanation: 'dma-bufs of the system heap are imported into the GPU driver, and given away there',
    hunts: "purges of memory that is not the driver's own, unbalanced references",
    bugs: ['shared-bo-purged'],
    needsHeap: true,
    drivers: [WORKLOAD_DRIVER],
    mostBytes: () => 10 * MIB,
    create: (stage) => new HeapImport(stage),
  },
  {
    name: 'heap-churn',
    explanation: 'dma-bufs of the system heap and of sealed memory come and go',
    hunts: 'memory that is handed out without being zeroed, leaks of pages',
    needsHeap: true,
    drivers: PURGING,
    idleOn: EVICTING,
    mostBytes: () => 18 * MIB,
    create: (stage) => new HeapChurn(stage),
  },
  {
    name: 'open-close',
    explanation: 'files are closed with all their buffers in them',
    hunts: 'a shrinker that walks the buffers of a client which is gone',
    drivers: PURGING,
    idleOn: EVICTING,
    mostBytes: () => 2 * MIB,
    create: (stage) => new OpenClose(stage),
  },
  {
    name: 'handle-guess',
    explanation: 'handles are closed by their numbers behind the back of those who use them',
    hunts: 'buffers that are used after they were freed, handles that lead to what another one had',
    bugs: ['handle-guess'],
    drivers: PURGING,
    idleOn: EVICTING,
    mostBytes: () => 2 * MIB,
    create: (stage) => new HandleGuess(stage),
  },
  {
    name: 'mmap-fork',
    explanation: 'mappings are inherited by processes that unmap parts of them, run a program or end',
    hunts: 'unbalanced references of mappings, pages that go while a child still sees them',
    bugs: ['shmem-private-mapping'],
    drivers: [WORKLOAD_DRIVER],
    idleOn: EVICTING,
    mostBytes: (buffers) => MIB + (buffers / 4 + 4) * 256 * KIB,
    create: (stage) => new MmapFork(stage),
  },
]

const SUBMIT: Scenario = {
  name: 'submit',
  explanation:
    'buffers are given away while GPU jobs use them; without a GPU that executes jobs these time out',
  hunts: 'purges of what a job uses, references that a job leaves behind',
  bugs: ['heap-fault-put-pages', 'heap-fault-got-pages-sgt'],
  drivers: [WORKLOAD_DRIVER],
  expectsOfTimeouts: ['panfrost-job-timeout', 'panfrost-job-slot-in-use', 'gpu-reset'],
  mostBytes: () => 2 * MIB,
  create: (stage) => new Submit(stage),
}

const EVICT_REFAULT: Scenario = {
  name: 'evict-refault',
  explanation: 'buffers that are needed are written to swap and come back; for Panthor and i915, with swap',
  hunts: 'content that is lost or stale after it was in swap, mappings of pages that are gone',
  bugs: ['evict-null-sgt', 'swapin-keeps-pages'],
  drivers: ['panthor', 'i915'],
  reclaim: 'eviction',
  mostBytes: (buffers) => buffers * 340 * KIB * SIZE_MARGIN,
  create: (stage) => new EvictRefault(stage),
}

export const SCENARIOS: readonly Scenario[] = [
  ...SINGLE,
  SUBMIT,
  EVICT_REFAULT,
  {
    name: 'mixed',
    explanation: 'all of them but submit and evict-refault, a frame of one after a frame of another',
    hunts: 'what none of them finds alone',
    needsHeap: true,
    drivers: [WORKLOAD_DRIVER],
    mostBytes: (buffers) => SINGLE.reduce((sum, scenario) => sum + scenario.mostBytes(buffers), 0),
    create(stage) {
      const [first, ...others] = SINGLE
      return new Mixed(stage, [first.create(stage), ...others.map((scenario) => scenario.create(stage))])
    },
  },
]

/** All drivers that it runs on. */
export function driversOf({ drivers, idleOn = [] }: Scenario): readonly [string, ...string[]] {
  return [...drivers, ...idleOn]
}

export function isLeftIdle({ idleOn = [] }: Scenario, driver: string): boolean {
  return idleOn.includes(driver)
}

/** Throws RangeError with the names that there are. */
export function findScenario(name: string): Scenario {
  const scenario = SCENARIOS.find((candidate) => candidate.name === name)
  if (scenario !== undefined) return scenario
  throw new RangeError(`unknown scenario '${name}'; there are: ${SCENARIO_NAMES.join(', ')}`)
}

/** Whether it is about memory that is evicted, not purged, on this driver; of an unknown scenario it is not. */
export function isAboutEviction(name: string, driver: string): boolean {
  const scenario = SCENARIOS.find((candidate) => candidate.name === name)
  return scenario !== undefined && (scenario.reclaim === 'eviction' || isLeftIdle(scenario, driver))
}
