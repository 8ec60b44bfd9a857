/** Passes bytes on until the end mark that the guest writes after its command; so output is known to be complete. */
import { Transform } from 'node:stream'
import type { TransformCallback } from 'node:stream'

export class EndMarkFilter extends Transform {
  /** Resolves when the mark was seen, or the stream ended without it. */
  readonly ended: Promise<void>
  readonly #mark: Buffer
  #held: Buffer = Buffer.alloc(0)
  #seen = false
  #resolveEnded: () => void = () => undefined

  constructor(mark: string) {
    super()
    this.#mark = Buffer.from(mark)
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve))
    this.once('close', this.#resolveEnded)
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#seen) {
      done()
      return
    }
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const at = bytes.indexOf(this.#mark)
    if (at >= 0) {
      this.#seen = true
      if (at > 0) this.push(bytes.subarray(0, at))
      this.push(null)
      this.#resolveEnded()
      done()
      return
    }
    const keep = this.#lengthOfBeginning(bytes)
    this.#held = Buffer.from(bytes.subarray(bytes.length - keep))
    if (bytes.length > keep) this.push(bytes.subarray(0, bytes.length - keep))
    done()
  }

  override _flush(done: TransformCallback): void {
    if (!this.#seen && this.#held.length > 0) this.push(this.#held)
    this.#resolveEnded()
    done()
  }

  /** How many of the last bytes could be the first ones of the mark: only those are held back. */
  #lengthOfBeginning(bytes: Buffer): number {
    for (let length = Math.min(bytes.length, this.#mark.length - 1); length > 0; length--)
      if (bytes.subarray(bytes.length - length).equals(this.#mark.subarray(0, length))) return length
    return 0
  }
}
