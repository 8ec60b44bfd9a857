/**
 * The main job: actors work on a device while one pressure source after the other makes the kernel reclaim, and
 * oracles judge every answer.
 *
 * Emits events and prints nothing. Whatever happens, actors and hogs are ended and cgroups are removed before it
 * returns.
 */
import type { Board } from '../board/board.js'
import { openDeviceOf, type DeviceChoice } from '../device/open-device.js'
import type {
  InterleavingsEvent,
  RunBegin,
  RunBeginOptions,
  StressEvent,
  StressPlan,
} from '../events/stress-event.js'
import { readMemory } from '../observe/meminfo.js'
import { createRunCgroup } from '../pressure/cgroup/run-cgroup.js'
import { CleanUps } from '../pressure/clean-ups.js'
import { mayDisrupt } from '../pressure/dedicated.js'
import { HANG_DEADLINE_MS, type Hang } from '../pressure/hang.js'
import { findPressureSource } from '../pressure/sources.js'
import { DISRUPTIVE_REFUSAL } from '../pressure/pressure-source.js'
import { ownRunName } from '../pressure/run-name.js'
import { Undo } from '../pressure/undo.js'
import { addZramSwap, type ZramSwap } from '../pressure/zram-swap.js'
import { VERSION } from '../version.js'
import { BoardError } from './board-error.js'
import { deviceFor } from './fitting.js'
import { describeHang, startHangWatch } from './hang-watch.js'
import { KernelWatch } from './kernel-watch.js'
import { removeLeftovers } from './leftovers.js'
import { checkMemory } from './memory-check.js'
import { protectFromOom } from './oom-protection.js'
import { OwnTasks } from './own-tasks.js'
import { runPhase } from './phase.js'
import { plannedBytes, workloadBytes } from './plan.js'
import { Recorder, type StressResult } from './recorder.js'
import { startSampler } from './sampler.js'
import { startShrinkerTrace } from './shrinker-trace.js'
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
  /** An actor that gives no sign of life for so long hangs, and so does what a pressure source waits for. A minute unless told. */
  readonly hangDeadlineMs?: number
  /** What shows only between two system calls, looked for by stepping a simulated kernel; the last thing of a run. */
  readonly interleavings?: () => Iterable<Omit<InterleavingsEvent, 't'>>
  /** Called with every event, in order, while the run goes. What it throws ends the run. */
  readonly emit: (event: StressEvent) => void
}

const MIB = 1024 * 1024

/**
 * Throws BoardError when the board cannot do it or is lost, NoDeviceError and PermissionError from opening the device.
 * A run that was interrupted returns with that verdict.
 */
export async function runStress(board: Board, options: StressOptions): Promise<StressResult> {
  return board.run(() => stress(board, options))
}

async function stress(given: Board, options: StressOptions): Promise<StressResult> {
  const tasks = new OwnTasks(given, await ownRunName(given))
  const { board } = tasks
  const { plan } = options
  assertHeap(board, plan)
  await assertEnoughMemory(board, plan)
  const recorder = new Recorder(board.clock, plan, options.emit)
  const node = describeDevice(board, options, recorder, await readHostname(board))
  const cleanUps = new CleanUps(board.clock, ({ what, reason, silentMs }) => {
    const t = board.clock.nowUs()
    recorder.emit({ type: 'left-behind', t, what, reason })
    if (silentMs !== undefined) recorder.emit({ type: 'hang', t, what: `the end of ${what}`, silentMs })
  })
  await cleanUps.after(() => perform(board, options, { recorder, node, cleanUps, tasks }))
  if (options.signal?.aborted !== true)
    for (const result of options.interleavings?.() ?? []) recorder.emit({ ...result, t: board.clock.nowUs() })
  return recorder.conclude(options.signal?.aborted === true)
}

interface Run {
  readonly recorder: Recorder
  readonly node: string
  readonly cleanUps: CleanUps
  readonly tasks: OwnTasks
}

async function perform(
  board: Board,
  options: StressOptions,
  { recorder, node, cleanUps, tasks }: Run,
): Promise<void> {
  const { plan } = options
  const { hangDeadlineMs = HANG_DEADLINE_MS } = options
  const hang = new AbortController()
  const signal = options.signal === undefined ? hang.signal : AbortSignal.any([options.signal, hang.signal])
  const onHang = async (what: Hang) => {
    hang.abort()
    recorder.emit(await describeHang(board, what))
  }
  const kernel = new KernelWatch(board, recorder, tasks)
  const mark = `stress seed ${plan.seed}`
  cleanUps.add("the end of the kernel's log", () => kernel.end(mark))
  await kernel.begin(mark)
  const protection = await protectFromOom(board)
  cleanUps.add('the protection from the OOM killer', () => protection.restore())
  await removeLeftovers(board)
  const undo = await Undo.begin(board)
  cleanUps.add('settings of the machine', () => undo.restore())
  const swap = await setUpSwap(board, options)
  if (swap !== undefined) cleanUps.add(`the swap on ${swap.device}`, () => swap.remove())
  const cgroup = await createRunCgroup(board)
  if ('run' in cgroup) cleanUps.add(`the cgroup ${cgroup.run.path}`, () => cgroup.remove())
  const shrinkers = await startShrinkerTrace(board)
  if (shrinkers !== undefined) cleanUps.add('the trace instance', () => shrinkers.remove())
  const troupe = new Troupe(board, recorder)
  cleanUps.add('the actors', () => troupe.end())
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
    deadlineMs: hangDeadlineMs,
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
        hang: onHang,
        hangDeadlineMs,
        workloadBytes: workloadBytes(plan),
        hogMemory: plan.hog,
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
}

async function setUpSwap(board: Board, options: StressOptions): Promise<ZramSwap | undefined> {
  const { swapBytes } = options
  if (swapBytes === undefined) return undefined
  if (!(await mayDisrupt(board, options.allowDisruptive)))
    throw new BoardError('no-swap', `swap is for the whole machine: ${DISRUPTIVE_REFUSAL}`)
  const swap = await addZramSwap(board, swapBytes)
  if ('reason' in swap) throw new BoardError('no-swap', `no swap for this run: ${swap.reason}`)
  return swap
}

/** Opens the device for a moment, so that what is wrong with it is said before anything is started. */
function describeDevice(
  board: Board,
  options: StressOptions,
  recorder: Recorder,
  hostname: string | undefined,
): string {
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
    startedAt: new Date(board.clock.dateMs()).toISOString(),
    ...(hostname !== undefined && { hostname }),
    gemrig: VERSION,
    board: board.kind,
    description: board.description,
    driver: device.driver,
    driverVersion: `${major}.${minor}`,
    node: device.node,
    plan: options.plan,
    ...(board.askedFor !== undefined && { askedFor: board.askedFor }),
    ...toldOptions(options),
  })
  return device.node
}

/** With the plan: what it takes to do the run again. */
function toldOptions({ device = {}, swapBytes, allowDisruptive }: StressOptions): Pick<RunBegin, 'options'> {
  const options: RunBeginOptions = {
    ...device,
    ...(swapBytes !== undefined && { swapBytes }),
    ...(allowDisruptive === true && { allowDisruptive }),
  }
  return Object.keys(options).length === 0 ? {} : { options }
}

async function readHostname({ files }: Board): Promise<string | undefined> {
  const text = await files.read('/proc/sys/kernel/hostname')
  return typeof text === 'number' ? undefined : text.trim()
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
