/** Whom the OOM killer took and why, for people. */
import type { OomKillEvent } from './stress-event.js'

type Victim = Omit<OomKillEvent, 'type' | 't'>

/** `sshd (pid 17, not ours): the machine was out of memory`. */
export function oomVictim({ task, pid, whose, actor, scope, memcg }: Victim): string {
  const what = {
    hog: 'a hog',
    actor: actor === undefined ? 'an actor' : `actor ${actor}`,
    other: 'not ours',
  }[whose]
  const why =
    scope === 'global' ? 'the machine was out of memory' : `${memcg ?? 'its cgroup'} was at its limit`
  return `${task} (pid ${pid}, ${what}): ${why}`
}
