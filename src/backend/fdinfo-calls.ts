/** /proc/self/fdinfo: what the kernel tells of an open file. Documentation/gpu/drm-usage-stats.rst. */
import type { Outcome } from './outcome.js'

export interface FdinfoCalls {
  /** The text of /proc/self/fdinfo/<fd>. ENOENT when it is not open. */
  read(fd: number): Outcome<{ readonly text: string }>
}
