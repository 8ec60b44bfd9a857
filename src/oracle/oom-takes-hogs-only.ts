/** Oracle 9: the OOM killer takes hogs only. */
import type { Oracle } from './oracle.js'

export function oomTakesHogsOnly(): Oracle {
  return {
    name: 'oom-takes-hogs-only',
    observe(event) {
      if (event.type === 'task-exit' && !event.expected && event.signal === 'SIGKILL') {
        return `${event.task} was killed`
      }
      if (event.type === 'oom-check' && event.oomKills > event.hogsKilled) {
        return `the OOM killer took ${event.oomKills} process(es), of which ${event.hogsKilled} were hogs`
      }
      return undefined
    },
  }
}
