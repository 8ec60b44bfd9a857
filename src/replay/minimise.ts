/**
 * The shortest program that still shows something: delta debugging, which drops ever smaller pieces while what is left
 * still shows it. Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input (IEEE TSE 28, 2002), ddmin
 * without its test of subsets.
 */

/** `shows` is asked about many candidates; each is a part of `steps`, in order. `steps` itself must show it. */
export async function minimise<T>(
  steps: readonly T[],
  shows: (candidate: readonly T[]) => Promise<boolean>,
  signal?: AbortSignal,
): Promise<readonly T[]> {
  let current = steps
  let pieces = 2
  while (current.length > 1 && signal?.aborted !== true) {
    const size = Math.ceil(current.length / pieces)
    const shorter = await dropOne(current, size, shows, signal)
    if (shorter !== undefined) {
      current = shorter
      pieces = Math.max(2, pieces - 1)
    } else if (size === 1) break
    else pieces = Math.min(current.length, pieces * 2)
  }
  return current
}

/** The first candidate without one piece of `size` that still shows it, from the end: what came last matters least. */
async function dropOne<T>(
  current: readonly T[],
  size: number,
  shows: (candidate: readonly T[]) => Promise<boolean>,
  signal: AbortSignal | undefined,
): Promise<readonly T[] | undefined> {
  for (let end = current.length; end > 0; end -= size) {
    if (signal?.aborted === true) return undefined
    const candidate = [...current.slice(0, Math.max(0, end - size)), ...current.slice(end)]
    if (candidate.length > 0 && (await shows(candidate))) return candidate
  }
  return undefined
}
