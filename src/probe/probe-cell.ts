/** One source against one target. */
import type { Board } from '../board/board.js'
import { Conversation } from '../board/conversation.js'
import { readMemory } from '../observe/meminfo.js'
import { START_DEADLINE_MS } from '../pressure/deadline.js'
import { untilHang } from '../pressure/hang.js'
import type { PressureScene, PressureSource } from '../pressure/pressure-source.js'
import { explain } from './explain.js'
import type { ProbeCell, ProbePlan, ProbeTarget } from './probe-event.js'
import { watchSideEffects } from './side-effects.js'
import { watchHangs } from './watch-hangs.js'
import { targetRole, type TargetArguments, type TargetCommand, type TargetReply } from './target-role.js'

const KEPT_SHARE = 4
const LOOK_PAUSE_MS = 50
const US_PER_MS = 1000

type Target = Conversation<TargetCommand, TargetReply>

/** Undefined when it was interrupted before there was anything to tell. `onHang` must abort the scene's signal. */
export async function probeCell(
  unwatched: Omit<PressureScene, 'hang'>,
  source: PressureSource,
  target: ProbeTarget,
  { plan, onHang }: { readonly plan: ProbePlan; readonly onHang: () => void },
): Promise<ProbeCell | undefined> {
  const { scene, hangs } = watchHangs(unwatched, onHang)
  const cell = await measure(scene, source, target, plan)
  if (hangs.length === 0) return cell
  // Whatever was measured before it is no measure of the source.
  return {
    source: source.name,
    driver: target.driver,
    node: target.node,
    given: plan.buffers,
    intact: 0,
    oomKills: 0,
    hogsKilled: 0,
    targetKilled: false,
    swappedOutBytes: 0,
    slabsScanned: 0,
    broken: [...new Set(hangs)],
  }
}

async function measure(
  scene: PressureScene,
  source: PressureSource,
  target: ProbeTarget,
  plan: ProbePlan,
): Promise<ProbeCell | undefined> {
  const { board, signal } = scene
  const isInterrupted = () => signal.aborted
  const name = { source: source.name, driver: target.driver, node: target.node }
  const refused = await source.unavailable(scene)
  if (refused !== undefined) return { ...name, refused }
  const args: TargetArguments = {
    node: target.node,
    given: plan.buffers,
    // A driver that evicts may take any of them.
    kept: target.kind === 'purge' ? Math.ceil(plan.buffers / KEPT_SHARE) : 0,
    bufferBytes: plan.bufferBytes,
  }
  const task = board.start('probe target', targetRole, args)
  const conversation: Target = new Conversation(task)
  const who = { what: 'the process with the buffers', pid: task.pid }
  const answer = <T>(work: Promise<T>) => untilHang(scene, { ...who, signal }, work)
  try {
    if (!('reason' in scene.cgroups)) await scene.cgroups.workload.addProcess(task.pid)
    await untilHang(scene, { ...who, deadlineMs: START_DEADLINE_MS, signal }, conversation.reply())
    const filled = await answer(conversation.ask('fill'))
    if (isInterrupted() || filled === 'late') return undefined
    if (filled === undefined) return { ...name, refused: lost(conversation) }
    if (filled.refused !== undefined) return { ...name, refused: `no buffers: ${filled.refused}` }

    const sideEffects = await watchSideEffects(board)
    const watch = watchResident(board, conversation, filled.residentBytes)
    const { hogsKilled } = await source.apply(scene, plan.durationMs)
    const firstMs = await answer(watch.stop())
    const measured = await sideEffects()
    const checked = await answer(conversation.ask('check'))
    if (checked === 'late' || firstMs === 'late') return undefined
    const row = {
      ...name,
      ...measured,
      given: args.given,
      ...(checked?.reclaimed !== undefined && { reclaimed: checked.reclaimed }),
      ...(firstMs !== undefined && { firstMs }),
      intact: checked?.intact ?? 0,
      hogsKilled,
      targetKilled: checked === undefined,
      broken: checked?.broken ?? [],
    }
    const why = explain(row, { target, hasSwap: (await readMemory(board.files)).swapFreeBytes > 0 })
    return { ...row, ...(why !== undefined && { explanation: why }) }
  } finally {
    task.kill()
    await untilHang(scene, who, task.exited)
  }
}

function lost(conversation: Target): string {
  const { exit } = conversation
  const said = (exit?.stderr ?? '').trim().split('\n').slice(-2).join(' | ')
  return `the process with the buffers ended (${exit?.signal ?? `code ${exit?.code ?? '?'}`})${said === '' ? '' : `: ${said}`}`
}

/** Looks again and again at what is resident; `stop` resolves with when it first was less, in ms since now. */
function watchResident(
  board: Pick<Board, 'clock' | 'files'>,
  target: Target,
  atFirst: number | undefined,
): { stop(): Promise<number | undefined> } {
  if (atFirst === undefined) return { stop: () => Promise.resolve(undefined) }
  const begin = board.clock.nowUs()
  const end = new AbortController()
  const watch = async () => {
    while (!end.signal.aborted) {
      const seen = await target.ask('look')
      if (seen?.residentBytes !== undefined && seen.residentBytes < atFirst)
        return (board.clock.nowUs() - begin) / US_PER_MS
      if (seen === undefined) return undefined
      await board.clock.sleep(LOOK_PAUSE_MS, end.signal)
    }
    return undefined
  }
  const watching = watch()
  return {
    stop() {
      end.abort()
      return watching
    },
  }
}
