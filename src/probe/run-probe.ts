/**
 * Measures which pressure source reaches which shrinker on this board: for each pair a fresh process with buffers of
 * its own, the source pressing for a while, and a count of what the kernel took.
 *
 * Emits events and prints nothing. Tasks are ended, cgroups removed and settings put back before it returns. Something that
 * hangs in the kernel ends the probe: its cell says so.
 */
import type { Board } from '../board/board.js'
import { createRunCgroup } from '../pressure/cgroup/run-cgroup.js'
import { CleanUps } from '../pressure/clean-ups.js'
import { mayDisrupt } from '../pressure/dedicated.js'
import type { PressureScene } from '../pressure/pressure-source.js'
import { findPressureSource } from '../pressure/sources.js'
import { Undo } from '../pressure/undo.js'
import { removeLeftovers } from '../stress/leftovers.js'
import { findPagePools, type PagePool } from './page-pools.js'
import { probeCell } from './probe-cell.js'
import { probePool } from './probe-pool.js'
import type { PoolCell, ProbeCell, ProbeEvent, ProbePlan, ProbeResult, ProbeTarget } from './probe-event.js'
import { findTargets } from './targets.js'

/** Given back to a heap for each cell. */
const POOL_BYTES = 8 * 1024 * 1024

export interface ProbeOptions {
  readonly plan: ProbePlan
  /** Only devices of this driver. */
  readonly driver?: string
  /** Pools of pages as well. */
  readonly pools?: boolean
  readonly allowDisruptive?: boolean
  readonly signal?: AbortSignal
  readonly emit: (event: ProbeEvent) => void
}

/** Throws DrmError when devices cannot be listed, BoardError when a task of ours is lost. */
export function runProbe(board: Board, options: ProbeOptions): Promise<ProbeResult> {
  return board.run(() => probe(board, options))
}

/** As runProbe(), inside of board.run(). */
export async function probe(board: Board, options: ProbeOptions): Promise<ProbeResult> {
  const { emit } = options
  const { targets, others } = findTargets(board.backend, options.driver)
  const found = options.pools === true ? await findPagePools(board, POOL_BYTES) : { pools: [], others: [] }
  emit({ type: 'probe-begin', targets })
  const cleanUps = new CleanUps(board.clock, (left) => emit({ type: 'left-behind', ...left }))
  const measured = await cleanUps.after(() =>
    measure(board, options, { targets, pools: found.pools, cleanUps }),
  )
  return {
    targets,
    others: [...others, ...found.others],
    ...measured,
    interrupted: options.signal?.aborted === true,
  }
}

interface Subjects {
  readonly targets: readonly ProbeTarget[]
  readonly pools: readonly PagePool[]
  readonly cleanUps: CleanUps
}

async function measure(
  board: Board,
  options: ProbeOptions,
  { targets, pools: found, cleanUps }: Subjects,
): Promise<Pick<ProbeResult, 'cells' | 'pools'>> {
  const { plan, emit } = options
  const hang = new AbortController()
  const signal = options.signal === undefined ? hang.signal : AbortSignal.any([options.signal, hang.signal])
  await removeLeftovers(board)
  const undo = await Undo.begin(board)
  cleanUps.add('settings of the machine', () => undo.restore())
  const cgroups = await createRunCgroup(board)
  if ('run' in cgroups) cleanUps.add(`the cgroup ${cgroups.run.path}`, () => cgroups.remove())
  const scene: Omit<PressureScene, 'hang'> = {
    board,
    cgroups,
    undo,
    workloadBytes: plan.buffers * plan.bufferBytes * 2,
    allowDisruptive: await mayDisrupt(board, options.allowDisruptive),
    signal,
    note: (step, detail) => emit({ type: 'note', step, detail }),
  }
  const cells: ProbeCell[] = []
  const pools: PoolCell[] = []
  for (const name of plan.pressure) {
    for (const target of targets) {
      if (signal.aborted) return { cells, pools }
      emit({ type: 'cell-begin', source: name, driver: target.driver })
      const cell = await probeCell(scene, findPressureSource(name), target, {
        plan,
        onHang: () => hang.abort(),
      })
      if (cell === undefined) continue
      cells.push(cell)
      emit({ type: 'cell-end', cell })
    }
    for (const pool of found) {
      if (signal.aborted) return { cells, pools }
      pools.push(await probePool(scene, findPressureSource(name), pool, { plan, onHang: () => hang.abort() }))
    }
  }
  return { cells, pools }
}
