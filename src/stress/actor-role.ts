/** The role of an actor: opens the device, runs the workload as it is told, and reports every operation. */
import type { Role, TaskContext } from '../board/task.js'
import { openDeviceOf } from '../device/open-device.js'
import type { OperationEvent } from '../events/stress-event.js'
import { Executor } from '../workload/execute.js'
import { LeftIdle } from '../workload/left-idle.js'
import type { Program } from '../workload/operation.js'
import { createRandom } from '../workload/random.js'
import { findScenario, isLeftIdle, type ScenarioName } from '../workload/scenarios/index.js'
import { OperationLog } from './operation-log.js'

export interface ActorArguments {
  readonly actor: number
  readonly scenario: ScenarioName
  readonly seed: number
  readonly buffers: number
  readonly node: string
  readonly processors: number
}

/** work: frame after frame until the next command. drain, finish: as Workload has them. */
export type ActorCommand = 'work' | 'drain' | 'finish'

export type ActorMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'operations'; readonly events: readonly OperationEvent[] }
  | { readonly type: 'done'; readonly command: ActorCommand }

/** A display's frame. */
const FRAME_MS = 16
/** So many operations are reported at a time, */
const BATCH = 64
/** or fewer, when the kernel makes each of them wait: memory.high does so for up to 2 s. */
const MOST_SILENCE_US = 2_000_000

async function run(context: TaskContext, args: ActorArguments): Promise<void> {
  using device = openDeviceOf(context.backend, { node: args.node })
  const executor = new Executor(context.backend, device)
  const now = () => context.clock.nowUs()
  let names = 0
  const scenario = findScenario(args.scenario)
  const whole = scenario.create({
    random: createRandom(args.seed, args.actor),
    now,
    buffers: args.buffers,
    processors: args.processors,
    name: () => names++,
  })
  const workload = isLeftIdle(scenario, device.driver) ? new LeftIdle(whole) : whole
  const post = (message: ActorMessage) => context.post(message)
  const log = new OperationLog(context.log)
  let n = 0

  const perform = async (program: Program) => {
    let events: OperationEvent[] = []
    const report = () => {
      if (events.length > 0) post({ type: 'operations', events })
      log.reported()
      events = []
    }
    let step = program.next()
    while (!step.done) {
      const operation = step.value
      context.announce(`${n} ${operation.op}`)
      const t = now()
      const begun = { t, actor: args.actor, n: n++, operation }
      log.begin(begun)
      const answer = executor.execute(operation)
      const outcome = answer instanceof Promise ? await answer : answer
      const durationUs = now() - t
      log.end(durationUs, outcome)
      events.push({ type: 'operation', ...begun, durationUs, outcome })
      const [first] = events
      if (events.length >= BATCH || (first !== undefined && now() - first.t > MOST_SILENCE_US)) report()
      step = program.next(outcome)
    }
    report()
  }

  /** Works until a command comes, and returns it. */
  const work = async (next: Promise<unknown>): Promise<unknown> => {
    for (;;) {
      await perform(workload.frame())
      const wake = new AbortController()
      const command = await Promise.race([
        next,
        context.clock.sleep(FRAME_MS, wake.signal).then(() => 'frame'),
      ])
      wake.abort()
      if (command !== 'frame') return command
    }
  }

  post({ type: 'ready' })
  let command = (await context.receive()) as ActorCommand | undefined
  while (command !== undefined && command !== 'finish') {
    const next = context.receive()
    let following: unknown
    if (command === 'work') following = await work(next)
    else await perform(workload.drain())
    post({ type: 'done', command })
    command = (command === 'work' ? following : await next) as ActorCommand | undefined
  }
  // Also when nobody is left to tell it to: the buffers go back, whoever listens.
  await perform(workload.finish())
  executor.end()
  post({ type: 'done', command: 'finish' })
}

export const actorRole: Role<ActorArguments> = { moduleUrl: import.meta.url, exportName: 'actorRole', run }
