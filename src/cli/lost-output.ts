/** Standard streams that cannot be written to: what was for them is dropped, and the work goes on. */

let lostAnswer: string | undefined

/** From now on an error of a standard stream ends nothing. */
export function watchStandardStreams(): void {
  // Whoever reads it may stop before all is told, as head does: the rest is for nobody.
  process.stdout.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') lostAnswer ??= code
  })
  process.stderr.on('error', () => undefined)
}

/** Why what was to be printed on stdout is not all there: ENOSPC, EIO... Undefined when it is, or nobody wants it. */
export function whyAnswerLost(): string | undefined {
  return lostAnswer
}
