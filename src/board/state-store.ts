/**
 * Small texts that must outlive the process: what was changed on the machine and has to be put back by the next start
 * when this one is killed. They need not survive a reboot, as what they describe does not either.
 */
export interface StateStore {
  /** Names of what is there, sorted. */
  list(): readonly string[]
  /** Names of texts whose writer was killed while it wrote: there may be an older text of that name, or none. */
  unfinished(): readonly string[]
  /** Undefined when there is none of that name. */
  read(name: string): string | undefined
  /** Replaces it as a whole: a reader finds the old text or the new one. Throws StateStoreError. */
  write(name: string, text: string): void
  /** Also what is unfinished. Does nothing when there is none of that name. */
  remove(name: string): void
}

/** The state cannot be kept, so nothing may be changed on the machine. */
export class StateStoreError extends Error {
  override readonly name = 'StateStoreError'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** A store that lives as long as its board. */
export function createMemoryState(): StateStore {
  const texts = new Map<string, string>()
  return {
    list: () => [...texts.keys()].sort(),
    unfinished: () => [],
    read: (name) => texts.get(name),
    write: (name, text) => void texts.set(name, text),
    remove: (name) => void texts.delete(name),
  }
}
