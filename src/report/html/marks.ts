/** How the marks of the time lines look. */
import type { TimelineMark } from '../timeline.js'

export const MARKS: Readonly<
  Record<TimelineMark['kind'], { readonly label: string; readonly color: string }>
> = {
  phase: { label: 'phase', color: '#888' },
  purge: { label: 'purge', color: '#0bb' },
  oom: { label: 'OOM kill', color: '#c0f' },
  kernel: { label: 'kernel warning', color: '#d33' },
  violation: { label: 'broken promise', color: '#f60' },
  hang: { label: 'hang', color: '#f0a' },
}
