/** The time of a board: the machine's own, or the simulated machine's. */
export interface Clock {
  /** Whole microseconds since the board's run began. Never goes backwards. */
  nowUs(): number
  /** The machine's date, in milliseconds since 1970; a simulated machine begins there, as a board whose date nobody set. */
  dateMs(): number
  /** Processor time that this thread has used, in microseconds; simulated: time, as it has a processor of its own. */
  cpuUs(): number
  /** Resolves after `ms` milliseconds of the board's time, or as soon as `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
