// The C program loops.c as a process that runs a loop whenever it is asked to.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export class CLoops {
  #process
  #answers

  /**
   * @param {string} program
   * @param {'gem' | 'memfd'} memory
   */
  constructor(program, memory) {
    this.#process = spawn(program, [memory], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  /** The nanoseconds that `count` rounds of a loop took. */
  async run(name, count, argument) {
    this.#process.stdin.write(`${name} ${count} ${argument}\n`)
    const { done, value } = await this.#answers.next()
    if (done) throw new Error(`the C loop ${name} ended (exit code ${this.#process.exitCode})`)
    return Number(value)
  }

  close() {
    this.#process.stdin.end()
  }
}
