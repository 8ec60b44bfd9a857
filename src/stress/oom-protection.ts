/** Keeps the harness out of the OOM killer's reach while a run goes: it has to clean up after everybody else. */
import type { Board } from '../board/board.js'

/** /proc/PID/oom_score_adj: Documentation/filesystems/proc.rst, section 3.1. */
const NEVER = '-1000'
const OWN = '/proc/self/oom_score_adj'

export interface OomProtection {
  /** What the harness had, and what its actors are to have: they would inherit the protection. */
  readonly usual: string
  restore(): Promise<void>
}

/** Without the right to do so (CAP_SYS_RESOURCE) nothing changes. */
export async function protectFromOom(board: Board): Promise<OomProtection> {
  const usual = await board.files.read(OWN)
  if (typeof usual === 'number') return { usual: '0', restore: () => Promise.resolve() }
  await board.files.write(OWN, NEVER)
  return {
    usual: usual.trim(),
    async restore() {
      await board.files.write(OWN, usual.trim())
    },
  }
}
