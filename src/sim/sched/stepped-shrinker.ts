/** A shrinker whose calls are paths, and what the shrinker core calls of it. */
import type { ShrinkControl, Shrinker } from '../mm/shrinker.js'
import { runToCompletion, type Path } from './path.js'

export abstract class SteppedShrinker implements Shrinker {
  abstract readonly name: string
  abstract readonly memcgAware: boolean
  abstract count(control?: ShrinkControl): Path<number>
  abstract scan(control: ShrinkControl): Path<number>

  countObjects(control?: ShrinkControl): number {
    return runToCompletion(this.count(control))
  }

  scanObjects(control: ShrinkControl): number {
    return runToCompletion(this.scan(control))
  }
}
