/** The tasks that a run starts, so that whoever the OOM killer takes can be told to be one of them or not. */
import type { Board } from '../board/board.js'
import type { OomKillEvent } from '../events/stress-event.js'
import type { OomKill } from '../observe/oom-kill.js'

export class OwnTasks {
  /** The board, which notes whom it starts. */
  readonly board: Board
  readonly #names = new Map<number, string>()
  readonly #cgroup: string

  /** `runName` is that of the run's cgroup. */
  constructor(board: Board, runName: string) {
    this.#cgroup = runName
    this.board = {
      ...board,
      start: (name, role, args) => {
        const task = board.start(name, role, args)
        this.#names.set(task.pid, name)
        return task
      },
    }
  }

  /**
   * The cgroup counts before the pid: the kernel's log has pids of the first pid namespace, which is not ours in a
   * container.
   */
  whose({ pid, taskMemcg }: OomKill): Pick<OomKillEvent, 'whose' | 'actor'> {
    const name = this.#names.get(pid)
    const [parent, own] = taskMemcg?.split('/').slice(-2) ?? []
    const isOurs = parent === this.#cgroup
    if (isOurs ? own === 'hog' : name === 'hog') return { whose: 'hog' }
    const index = /^actor (\d+)$/.exec(name ?? '')?.[1]
    if (index !== undefined) return { whose: 'actor', actor: Number(index) }
    return { whose: isOurs ? 'actor' : 'other' }
  }
}
