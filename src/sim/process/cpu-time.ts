/** Until when a thread is busy with work that it has begun. */

export class CpuTime {
  #busyUntilNs = 0

  constructor(startNs = 0) {
    this.#busyUntilNs = startNs
  }

  /** The thread's own time: the machine's, or the end of its work when that is later. Never goes backwards. */
  nowNs(machineNs: number): number {
    this.#busyUntilNs = Math.max(this.#busyUntilNs, machineNs)
    return this.#busyUntilNs
  }

  spend(machineNs: number, costNs: number): void {
    this.#busyUntilNs = this.nowNs(machineNs) + costNs
  }

  isBusyAt(timeNs: number): boolean {
    return this.#busyUntilNs > timeNs
  }
}
