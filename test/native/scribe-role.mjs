/** Writes down what it begins, sends messages, and ends as it is told. */
export const scribeRole = {
  async run({ log, post }, { end }) {
    log.write({ begun: 0 })
    log.clear()
    // More than a pipe holds, unless there will be no time to send it.
    const load = end === 'killed' ? '' : 'x'.repeat(300_000)
    for (let n = 0; n < 50; n++) post({ n, load })
    log.write({ begun: 1 })
    log.write({ begun: 2 })
    if (end === 'thrown') throw new Error('as it was told')
    // Messages leave the process before it can be killed; what is written is there at once.
    if (end === 'killed') setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50)
    if (end === 'killed') await new Promise(() => undefined)
  },
}
