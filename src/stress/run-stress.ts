/**
 * The main job: actors work on a device while one pressure source after the other makes the kernel reclaim, and
 * oracles judge every answer.
 *
 * Emits events and prints nothing. Whatever happens, actors and hogs are ended and cgroups are removed before it
 * returns.
 */
import type { Board } from '../board/board.js'
import { openDeviceOf, type DeviceChoice } from '../device/open-device.js'
import type { InterleavingsEvent, StressEvent, StressPlan } from '../events/stress-event.js'
import { readMemory } from '../observe/meminfo.js'
import { KernelFileError } from '../observe/read.js'
import { createRunCgroup, type RunCgroup } from '../pressure/cgroup/run-cgroup.js'
import { mayDisrupt } from '../pressure/dedicated.js'
import { findPressureSource } from '../pressure/sources.js'
import { DISRUPTIVE_REFUSAL } from '../pressure/pressure-source.js'
import { Undo } from '../pressure/undo.js'
import { addZramSwap, removeZramLeftovers, type ZramSwap } from '../pressure/zram-swap.js'
import { VERSION } from '../version.js'
import { BoardError } from './board-error.js'
import { deviceFor } from './fitting.js'
import { startHangWatch } from './hang-watch.js'
import { KernelWatch } from './kernel-watch.js'
import { checkMemory } from './memory-check.js'
import { protectFromOom } from './oom-protection.js'
import { runPhase } from './phase.js'
import { plannedBytes, workloadBytes } from './plan.js'
import { Recorder, type StressResult } from './recorder.js'
import { startSampler } from './sampler.js'
import { removeTraceLeftovers, startShrinkerTrace } from './shrinker-trace.js'
import { driversOf, findScenario, SCENARIOS } from '../workload/scenarios/index.js'
import { Troupe } from './troupe.js'

export interface StressOptions {
  readonly plan: StressPlan
  readonly device?: DeviceChoice
  /** Swap on compressed memory is set up for the run, of so many bytes. */
  readonly swapBytes?: number
  /** Pressure on the whole machine is allowed although the machine is in use. */
  readonly allowDisruptive?: boolean
  readonly signal?: AbortSignal
  /** An actor that gives no sign of life for so long hangs. A minute unless told. */
  readonly hangDeadlineMs?: number
  /** What shows only between two system calls, looked for by stepping a simulated kernel; the last thing of a run. */
  readonly interleavings?: () => Iterable<Omit<InterleavingsEvent, 't'>>
  /** Called with every event, in order, while the run goes. What it throws ends the run. */
  readonly emit: (event: StressEvent) => void
}

const MIB = 1024 * 1024
/** Half of the kernel's own hung_task_timeout_secs, and long enough for an emulated machine at its watermark. */
const HANG_DEADLINE_MS = 60_000

/**
 * Throws BoardError when the board cannot do it or is lost, NoDeviceError and PermissionError from opening the device.
 * A run that was interrupted returns with that verdict.
 */
export async function runStress(board: Board, options: StressOptions): Promise<StressResult> {
  return board.run(() => stress(board, options))
}

async function stress(board: Board, options: StressOptions): Promise<StressResult> {
  const { plan } = options
  const hang = new AbortController()
  const signal = options.signal === undefined ? hang.signal : AbortSignal.any([options.signal, hang.signal])
  assertHeap(board, plan)
  await assertEnoughMemory(board, plan)
  const recorder = new Recorder(board.clock, plan, options.emit)
  const node = describeDevice(board, options, recorder)
  const undo = await Undo.begin(board)
  const swap = await setUpSwap(board, options)
  const cgroup = await createRunCgroup(board)
  const troupe = new Troupe(board, recorder)
  const protection = await protectFromOom(board)
  const kernel = new KernelWatch(board, recorder)
  const mark = `stress seed ${plan.seed}`
  await removeTraceLeftovers(board)
  const shrinkers = await startShrinkerTrace(board)
  try {
    await kernel.begin(mark)
    await checkMemory(board, recorder, 'before', cgroup)
    await troupe.start(plan, node, {
      cgroup: 'reason' in cgroup ? undefined : cgroup.workload,
      oomScoreAdj: protection.usual,
    })
    const sampler = startSampler(board, recorder, {
      kernel,
      actors: () => troupe.actors,
      cgroups: 'reason' in cgroup ? undefined : cgroup,
      shrinkers,
    })
    const hangWatch = startHangWatch({
      board,
      recorder,
      actors: () => troupe.actors,
      workload: 'reason' in cgroup ? undefined : cgroup.workload,
      deadlineMs: options.hangDeadlineMs ?? HANG_DEADLINE_MS,
      onHang: (actor) => {
        troupe.tellRestOf(actor)
        hang.abort()
      },
    })
    try {
      for (const name of plan.pressure) {
        if (signal.aborted) break
        await runPhase({
          board,
          source: findPressureSource(name),
          expectsOfTimeouts: findScenario(plan.scenario).expectsOfTimeouts ?? [],
          troupe,
          kernel,
          recorder,
          cgroups: cgroup,
          undo,
          signal,
          workloadBytes: workloadBytes(plan),
          limits: plan.limits ?? {},
          durationMs: plan.durationMs / plan.pressure.length,
          allowDisruptive: await mayDisrupt(board, options.allowDisruptive),
        })
      }
      await troupe.finish()
    } finally {
      await hangWatch.stop()
      await sampler.stop()
    }
    if (!signal.aborted) await checkMemory(board, recorder, 'after', cgroup)
  } finally {
    await troupe.end()
    await undo.restore()
    await swap?.remove()
    await shrinkers?.remove()
    await protection.restore()
    if ('run' in cgroup) await removeCgroup(cgroup, hang.signal.aborted)
    await kernel.end(mark)
  }
  if (options.signal?.aborted !== true)
    for (const result of options.interleavings?.() ?? []) recorder.emit({ ...result, t: board.clock.nowUs() })
  return recorder.conclude(options.signal?.aborted === true)
}

async function setUpSwap(board: Board, options: StressOptions): Promise<ZramSwap | undefined> {
  await removeZramLeftovers(board)
  const { swapBytes } = options
  if (swapBytes === undefined) return undefined
  if (!(await mayDisrupt(board, options.allowDisruptive)))
    throw new BoardError('no-swap', `swap is for the whole machine: ${DISRUPTIVE_REFUSAL}`)
  const swap = await addZramSwap(board, swapBytes)
  if ('reason' in swap) throw new BoardError('no-swap', `no swap for this run: ${swap.reason}`)
  return swap
}

/** A process that hangs in the kernel keeps its cgroup: the next run removes it. */
async function removeCgroup(cgroup: RunCgroup, mayStay: boolean): Promise<void> {
  try {
    await cgroup.remove()
  } catch (error) {
    if (!mayStay || !(error instanceof KernelFileError)) throw error
  }
}

/** Opens the device for a moment, so that what is wrong with it is said before anything is started. */
function describeDevice(board: Board, options: StressOptions, recorder: Recorder): string {
  const scenario = findScenario(options.plan.scenario)
  const { name } = scenario
  const drivers = driversOf(scenario)
  using device = openDeviceOf(board.backend, deviceFor(scenario, board, options.device ?? {}))
  if (!drivers.includes(device.driver)) {
    const fit = drivers.join(' and ')
    const others = SCENARIOS.filter((other) => driversOf(other).includes(device.driver)).map(
      (other) => other.name,
    )
    const advice = others.length === 0 ? '' : `; for ${device.driver} there are: ${others.join(', ')}`
    throw new BoardError(
      'no-device',
      `the workload ${name} is written for ${fit}, not ${device.driver}${advice}`,
    )
  }
  const { major, minor } = device.version
  recorder.emit({
    type: 'run-begin',
    t: board.clock.nowUs(),
    gemrig: VERSION,
    board: board.kind,
    description: board.description,
    driver: device.driver,
    driverVersion: `${major}.${minor}`,
    node: device.node,
    plan: options.plan,
  })
  return device.node
}

function assertHeap({ backend }: Board, { scenario }: StressPlan): void {
  if (findScenario(scenario).needsHeap !== true) return
  const heaps = backend.dmaHeap.list()
  if (typeof heaps !== 'number' && heaps.includes('system')) return
  throw new BoardError(
    'no-heap',
    `the scenario ${scenario} needs the dma-buf heap 'system', and there is none: the kernel needs CONFIG_DMABUF_HEAPS_SYSTEM`,
  )
}

async function assertEnoughMemory(board: Board, plan: StressPlan): Promise<void> {
  const { availableBytes } = await readMemory(board.files)
  const neededBytes = plannedBytes(plan, board.taskBytes)
  if (neededBytes <= availableBytes) return
  const mib = (bytes: number) => Math.ceil(bytes / MIB)
  throw new BoardError(
    'no-memory',
    `${plan.actors} actors with ${plan.buffers} buffers need about ${mib(neededBytes)} MiB, and ` +
      `${mib(availableBytes)} MiB are available: use fewer --buffers or --actors`,
  )
}
