/** Where rows run, as far as a row may know of it. */
import type { Backend } from '../backend/backend.js'
import type { PressureName } from '../pressure/pressure-source.js'
import type { ShrinkerDebugfs } from '../pressure/shrinker-debugfs.js'
import type { Need } from './row.js'

/** A DRM device that was found. */
export interface PlaceDevice {
  readonly renderNode: string
  readonly primaryNode: string | undefined
  readonly compatible: readonly string[]
  /** `1.6` */
  readonly version: string
}

/** What was taken, of buffers that could be; the others have to be whole. */
export type Pressed = 'nothing' | 'all' | `${number} of ${number}` | { readonly wrong: string }

export interface Place {
  readonly backend: Backend
  /** `6.12` */
  readonly kernel: string
  /** By driver; the first of each. */
  readonly devices: Readonly<Partial<Record<string, PlaceDevice>>>
  /** What is not here, with the reason. */
  readonly lacks: ReadonlyMap<Need, string>
  /** Makes the kernel purge all that may be purged. Throws when it refuses. */
  purge(): Promise<void>
  /** What pressure takes from a process with idle buffers of that driver's, in a cgroup. */
  press(source: PressureName, driver: string): Promise<Pressed>
  /** Panfrost's own shrinker, where it can be asked. */
  readonly shrinker?: ShrinkerDebugfs
}
