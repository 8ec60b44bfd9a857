/** KTAP version 1: Documentation/dev-tools/ktap.rst. */

export interface KtapCase {
  readonly name: string
  /** error: it could not be tried. timeout: it did not end. xfail: it failed, as is known. */
  readonly result: 'pass' | 'fail' | 'skip' | 'xfail' | 'timeout' | 'error'
  readonly message?: string
  /** Lines that go before the result. */
  readonly diagnostics?: readonly string[]
  /** Makes it a group: its own result line comes after those of its cases. */
  readonly cases?: readonly KtapCase[]
}

/** The whole document, with its version and plan. */
export function ktap(cases: readonly KtapCase[]): string {
  return block(cases)
    .map((line) => `${line}\n`)
    .join('')
}

function block(cases: readonly KtapCase[]): string[] {
  return ['KTAP version 1', `1..${cases.length}`, ...cases.flatMap((one, index) => caseLines(one, index + 1))]
}

function caseLines({ name, result, message, diagnostics = [], cases }: KtapCase, number: number): string[] {
  const notes = [...diagnostics]
  const isPlain = result === 'pass' || result === 'fail'
  if (isPlain && message !== undefined) notes.push(message)
  const ok = result === 'pass' || result === 'skip' || result === 'xfail' ? 'ok' : 'not ok'
  const directive = isPlain ? '' : ` # ${result.toUpperCase()} ${oneLine(message ?? '')}`.trimEnd()
  return [
    ...(cases === undefined ? [] : block(cases).map((line) => `  ${line}`)),
    ...notes.flatMap((note) => note.split('\n')).map((line) => `# ${oneLine(line)}`),
    `${ok} ${number} ${oneLine(name).replaceAll('#', '')}${directive}`,
  ]
}

/** No control characters: one of them would begin a line that nobody meant. */
function oneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
}
