/** What making parts will download: a person on a slow line may think twice. */
import { isMade, type Part } from './part.js'

/** In words, with the sum before the parts; undefined when nothing has to be fetched. */
export function wantedDownloads(
  cacheDirectory: string,
  parts: readonly Part[],
): { sum: string; each: string } | undefined {
  const fetched = parts.flatMap((part) =>
    part.fetchMegabytes === undefined || isMade(cacheDirectory, part)
      ? []
      : [{ title: part.title, megabytes: part.fetchMegabytes }],
  )
  if (fetched.length === 0) return undefined
  const total = fetched.reduce((sum, { megabytes }) => sum + megabytes, 0)
  return {
    sum: `about ${total} MB to download, and package lists`,
    each: fetched.map(({ title, megabytes }) => `${title} (${megabytes} MB)`).join('; '),
  }
}
