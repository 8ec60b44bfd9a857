/** The board could not be prepared, or was lost: nothing can be said about the kernel. Exit code 3. */
export class BoardError extends Error {
  override readonly name = 'BoardError'
  /** For programs: `no-memory`, `no-device`, `actor-died`. */
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
