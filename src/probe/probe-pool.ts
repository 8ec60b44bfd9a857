/** One source against one page pool. */
import { DrmError } from '../device/errors.js'
import type { PressureScene, PressureSource } from '../pressure/pressure-source.js'
import { isInsideCgroup } from './explain.js'
import type { PagePool } from './page-pools.js'
import type { PoolCell, ProbePlan } from './probe-event.js'
import { watchSideEffects } from './side-effects.js'
import { watchHangs } from './watch-hangs.js'

/** Throws KernelFileError when the pool cannot be counted any more. `onHang` must abort the scene's signal. */
export async function probePool(
  unwatched: Omit<PressureScene, 'hang'>,
  source: PressureSource,
  pool: PagePool,
  { plan, onHang }: { readonly plan: ProbePlan; readonly onHang: () => void },
): Promise<PoolCell> {
  const { scene, hangs: broken } = watchHangs(unwatched, onHang)
  const name = { source: source.name, pool: pool.name }
  const refused = await source.unavailable(scene)
  if (refused !== undefined) return { ...name, refused }
  try {
    await pool.fill()
  } catch (error) {
    if (error instanceof DrmError)
      return { ...name, refused: `nothing to fill the pool with: ${error.message}` }
    throw error
  }
  const pagesBefore = await pool.count()
  const sideEffects = await watchSideEffects(scene.board)
  const { hogsKilled } = await source.apply(scene, plan.durationMs)
  const pagesAfter = await pool.count()
  const row = { ...name, ...(await sideEffects()), pagesBefore, pagesAfter, hogsKilled, broken }
  const explanation = explain(row)
  return { ...row, ...(explanation !== undefined && { explanation }) }
}

function explain({
  source,
  pagesBefore,
  pagesAfter,
}: Pick<Extract<PoolCell, { pagesBefore: number }>, 'source' | 'pagesBefore' | 'pagesAfter'>):
  string | undefined {
  if (pagesBefore === 0) return 'the pool is empty: there is nothing to give back'
  if (pagesAfter < pagesBefore) return undefined
  if (source === 'page-cache-drop') return 'page cache only: no shrinker is called'
  if (isInsideCgroup(source)) return "its shrinker is not memcg-aware: a cgroup's limit does not reach it"
  return 'its shrinker was not called, or had no share: try again, or for longer'
}
