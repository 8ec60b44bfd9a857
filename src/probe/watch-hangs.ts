/** What hangs while a cell is measured stands in the cell. */
import { hangText } from '../pressure/hang.js'
import type { PressureScene } from '../pressure/pressure-source.js'

/** `hangs`: what did not come back, for people. `onHang` must abort the scene's signal. */
export function watchHangs(
  unwatched: Omit<PressureScene, 'hang'>,
  onHang: () => void,
): { readonly scene: PressureScene; readonly hangs: readonly string[] } {
  const hangs: string[] = []
  const scene: PressureScene = {
    ...unwatched,
    hang(hang) {
      hangs.push(hangText(hang))
      onHang()
      return Promise.resolve()
    },
  }
  return { scene, hangs }
}
