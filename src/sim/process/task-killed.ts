/** Ends the code of a process that got SIGKILL: what makes a system call not return. */

export class TaskKilled extends Error {
  override readonly name = 'TaskKilled'
  readonly pid: number

  constructor(pid: number) {
    super(`process ${pid} was killed`)
    this.pid = pid
  }
}
