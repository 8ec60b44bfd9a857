/** What patch(1) says of a patch that does not fit: which file, which hunk, and why. */

const FILE = /^(?:patching|checking) file '?(.+?)'?(?: \(.*\))?$/
const HUNK = /^Hunk #(\d+) FAILED at (\d+)/
const APPLIED = /^Reversed \(or previously applied\) patch detected/
const NO_FILE = /^can't find file to patch/
const HEAD = /^\|(?:\+\+\+|---) [^/\s]+\/(\S+)/
const EXISTENCE = /^The next patch would (create|delete) the file (.+),$/

/** `mm/a.c: hunk 1 at line 12; there is no mm/b.c`; undefined when its output tells no such thing. */
export function patchFailure(output: string): string | undefined {
  const failures: string[] = []
  let file = ''
  let isWithoutFile = false
  for (const line of output.split('\n')) {
    file = FILE.exec(line)?.[1] ?? file
    const [, hunk, at] = HUNK.exec(line) ?? []
    if (hunk !== undefined) failures.push(`${file}: hunk ${hunk} at line ${at}`)
    if (APPLIED.test(line)) failures.push(`${file}: is like that already`)
    const [, what, name] = EXISTENCE.exec(line) ?? []
    if (what !== undefined) failures.push(`${name}: ${what === 'create' ? 'is' : 'is not'} there already`)
    if (NO_FILE.test(line)) isWithoutFile = true
    const head = HEAD.exec(line)?.[1]
    if (!isWithoutFile || head === undefined || head === 'null') continue
    failures.push(`there is no ${head}`)
    isWithoutFile = false
  }
  return failures.length === 0 ? undefined : failures.join('; ')
}
