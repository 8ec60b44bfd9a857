/** Reads the machine's memory state, and the kernel's log, at a steady pace while a run goes. */
import type { Board } from '../board/board.js'
import type { CgroupSample, SampleEvent } from '../events/stress-event.js'
import { ClientMemoryReader } from '../observe/client-memory.js'
import { GemsReader } from '../observe/gems.js'
import { readMemory } from '../observe/meminfo.js'
import { readStallTimes } from '../observe/pressure-stall.js'
import { KernelFileError } from '../observe/read.js'
import { readVmCounters } from '../observe/vmstat.js'
import type { Cgroup } from '../pressure/cgroup/cgroup.js'
import type { Actor } from './actor.js'
import type { KernelWatch } from './kernel-watch.js'
import type { Recorder } from './recorder.js'
import type { ShrinkerTrace } from './shrinker-trace.js'

const PERIOD_MS = 250
/** The files of cgroups, DRM clients and shrinkers cost more than all else together: they are read this seldom, */
const DETAILED_PERIOD_MS = 1000
/** and on a slow machine as seldom as this. */
const LONGEST_DETAILED_PERIOD_MS = 30_000
/**
 * On a slow machine the pace slackens, so that in the whole run samples with details take no more than this part of one
 * processor, and the others as much.
 */
const MOST_SHARE = 0.008
const LONGEST_PERIOD_MS = 10_000
/** The kernel's log would be overwritten. What reading it takes is up to what the kernel says, and no part of the shares. */
const LONGEST_LOG_PERIOD_MS = 5000

export interface SamplerSubjects {
  readonly kernel: KernelWatch
  readonly actors: () => readonly Actor[]
  readonly cgroups: { readonly run: Cgroup; readonly workload: Cgroup } | undefined
  readonly shrinkers: ShrinkerTrace | undefined
}

export function startSampler(
  board: Board,
  recorder: Recorder,
  subjects: SamplerSubjects,
): { stop(): Promise<void> } {
  const end = new AbortController()
  const clients = new Map<number, ClientMemoryReader>()
  const gems = new GemsReader(board.files)
  const runBegin = board.clock.nowUs()
  let detailedUs = runBegin
  let detailsCostUs = 0
  const spentUs = { detailed: 0, plain: 0 }
  const areDetailsDue = (nowUs: number) => {
    const sinceMs = (nowUs - detailedUs) / 1000
    const isAffordable = spentUs.detailed + detailsCostUs <= MOST_SHARE * (nowUs - runBegin)
    return sinceMs >= (isAffordable ? DETAILED_PERIOD_MS : LONGEST_DETAILED_PERIOD_MS)
  }
  /** Returns when the next one is due. */
  const sample = async (isLast: boolean): Promise<number> => {
    const begin = board.clock.nowUs()
    const cpuBegin = board.clock.cpuUs()
    const isDetailed = isLast || areDetailsDue(begin)
    const memory = {
      ...(await readMachine(board)),
      ...(isDetailed && (await readDetails(board, subjects, clients, gems))),
    }
    const costUs = board.clock.cpuUs() - cpuBegin
    recorder.emit({ type: 'sample', t: begin, ...memory, costUs })
    spentUs[isDetailed ? 'detailed' : 'plain'] += costUs
    if (isDetailed) [detailedUs, detailsCostUs] = [begin, costUs]
    const now = board.clock.nowUs()
    const paidUs = runBegin + spentUs.plain / MOST_SHARE
    return now + Math.min(Math.max(PERIOD_MS * 1000, paidUs - now), LONGEST_PERIOD_MS * 1000)
  }
  const sampling = (async () => {
    let dueUs = runBegin
    for (let isLast = false; !isLast;) {
      // What happened in the end belongs to the run, too.
      isLast = end.signal.aborted
      subjects.kernel.poll()
      if (isLast || board.clock.nowUs() >= dueUs) dueUs = await sample(isLast)
      const pauseMs = (dueUs - board.clock.nowUs()) / 1000
      if (!isLast) await board.clock.sleep(Math.min(Math.max(0, pauseMs), LONGEST_LOG_PERIOD_MS), end.signal)
    }
  })()
  // A failure is looked at in stop(); without this it would end the process before.
  sampling.catch(() => undefined)
  return {
    async stop() {
      end.abort()
      await sampling
    },
  }
}

type Sample = Omit<SampleEvent, 'type' | 't' | 'costUs'>
type Details = Pick<Sample, 'cgroups' | 'clients' | 'gems' | 'shrinkers'>

async function readMachine({ files }: Board): Promise<Omit<Sample, keyof Details>> {
  const { freeBytes, availableBytes, shmemBytes, swapFreeBytes } = await readMemory(files)
  const counters = await readVmCounters(files)
  const stall = await readStallTimes(files)
  return { freeBytes, availableBytes, shmemBytes, swapFreeBytes, ...counters, ...(stall && { stall }) }
}

async function readDetails(
  { files }: Board,
  { actors, cgroups, shrinkers }: SamplerSubjects,
  readers: Map<number, ClientMemoryReader>,
  gems: GemsReader,
): Promise<Details> {
  const groups = cgroups && {
    run: await readCgroup(cgroups.run),
    workload: await readCgroup(cgroups.workload),
  }
  const clients = []
  for (const { index, task } of actors()) {
    const reader = readers.get(index) ?? new ClientMemoryReader(files, task.pid)
    readers.set(index, reader)
    const memory = await reader.read()
    if (memory === undefined) continue
    const bytes = Object.entries(memory).map(([kind, value]) => [`${kind}Bytes`, value])
    clients.push({ actor: index, ...(Object.fromEntries(bytes) as Record<string, number>) })
  }
  const memoryOfGems = await gems.read()
  const called = (await shrinkers?.read()) ?? []
  return {
    ...(called.length > 0 && { shrinkers: called }),
    ...(groups?.run && groups.workload && { cgroups: { run: groups.run, workload: groups.workload } }),
    ...(clients.length > 0 && { clients }),
    ...(memoryOfGems !== undefined && { gems: memoryOfGems }),
  }
}

/** Undefined where a version of the interface lacks one of the files. */
async function readCgroup(cgroup: Cgroup): Promise<CgroupSample | undefined> {
  try {
    return {
      currentBytes: await cgroup.usageBytes(),
      ...(await cgroup.stat()),
      ...(await cgroup.events()),
    }
  } catch (error) {
    if (error instanceof KernelFileError) return undefined
    throw error
  }
}
