/** What is known of a message of the kernel's. */

/**
 * fail: the kernel is broken. error: something failed that must not, unless it was provoked on purpose. suspicious:
 * worth a look, and no reason to fail. information: part of ordinary work.
 */
export type Severity = 'fail' | 'error' | 'suspicious' | 'information'

export interface KernelMessage {
  /** Stable, for programs: what a phase names when it expects the message. */
  readonly name: string
  /** Looked for in the text of a record; of a warning, in all its lines. */
  readonly pattern: RegExp
  readonly severity: Severity
  /** One line for people; for what is harmless, why it is. */
  readonly meaning: string
}

/** The line of WARN() with the place of the check: until 6.12 `... at file:line function`, from 7.x on `file:line at function`. */
export function warnIn(file: string, fn: string): RegExp {
  const place = file.replaceAll('.', '\\.').replaceAll('/', '\\/')
  return new RegExp(`WARNING: (?:CPU: \\d+ PID: \\d+ at )?\\S*${place}:\\d+ (?:at )?${fn}`)
}

/** What a driver of that name says when it cannot have its clocks, resets, regulators or devfreq. */
export function resourceFailureOf(driver: string): RegExp {
  const resource = '(?:clk|clock|bus_clock|reset|reset_control\\w*|regulators?|devfreq|OPP)'
  return new RegExp(
    `${driver} \\S+: .*(?:\\b${resource}\\b.*\\bfailed\\b|(?:[Ff]ailed to|[Cc]ouldn't) .*\\b${resource}\\b)`,
  )
}
