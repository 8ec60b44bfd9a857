/**
 * Oracle 9: the OOM killer takes hogs only. Whom it took the kernel's log tells; where that cannot be read, counters tell
 * that there were more than hogs, and the end of an actor tells of itself.
 */
import type { OomKillEvent, StressEvent } from '../events/stress-event.js'
import { oomVictim } from '../events/oom-victim.js'
import type { Oracle } from './oracle.js'

export function oomTakesHogsOnly(): Oracle {
  /** Actors whose end has been told: it shows in the log, and by itself. */
  const told = new Set<string>()
  let isPressing = false
  /** By the log, since the last check of the counters. */
  const seen = { hogs: 0, others: 0 }

  const tell = (actor: string, message: string) => {
    if (told.has(actor)) return undefined
    told.add(actor)
    return message
  }

  const judgeKill = (kill: OomKillEvent): string | undefined => {
    if (kill.whose === 'hog') {
      seen.hogs++
      return undefined
    }
    seen.others++
    if (kill.whose === 'actor') {
      const message = `the OOM killer took ${oomVictim(kill)}`
      return kill.actor === undefined ? message : tell(`actor ${kill.actor}`, message)
    }
    // The limit of somebody else's cgroup is not our pressure.
    if (kill.scope === 'memcg' || !isPressing) return undefined
    return `while this run pressed for memory the OOM killer took ${oomVictim(kill)}`
  }

  const judgeCount = (oomKills: number, hogsKilled: number): string | undefined => {
    const hogs = Math.max(hogsKilled, seen.hogs)
    const isMore = oomKills > hogs + seen.others
    seen.hogs = seen.others = 0
    return isMore ? `the OOM killer took ${oomKills} process(es), of which ${hogs} were hogs` : undefined
  }

  return {
    name: 'oom-takes-hogs-only',
    observe(event: StressEvent) {
      if (event.type === 'phase-begin') {
        isPressing = true
        seen.hogs = seen.others = 0
      } else if (event.type === 'phase-end') isPressing = false
      else if (event.type === 'task-exit' && !event.expected && event.signal === 'SIGKILL')
        return tell(event.task, `${event.task} was killed`)
      else if (event.type === 'oom-kill') return judgeKill(event)
      else if (event.type === 'oom-check') return judgeCount(event.oomKills, event.hogsKilled)
      return undefined
    },
  }
}
