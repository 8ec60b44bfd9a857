/** Where rows run, as far as a row may know of it. */
import type { Backend } from '../backend/backend.js'
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
  /** Panfrost's own shrinker, where it can be asked. */
  readonly shrinker?: ShrinkerDebugfs
}
