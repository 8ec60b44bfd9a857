/** Reads where this machine's apt gets Debian from: sources.list(5), both of its forms. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

export interface DebianSource {
  readonly uri: string
  /** The first suite of the entry: `bookworm`. */
  readonly suite: string
  /** Options in apt's one-line form that the entry has: `signed-by=...`, `trusted=...`. */
  readonly options: readonly string[]
}

/** Options that say whom to trust; others (architectures, languages) are of no use to us. */
const KEPT_OPTIONS = new Set(['signed-by', 'trusted', 'check-valid-until', 'allow-insecure'])
/** Suites beside the main one: they hold a part of the packages only. */
const PARTIAL_SUITE = /-(?:updates|security|backports|proposed|debug)|\/updates$/

/** The entry for Debian's main archive; undefined when this machine names none. */
export async function findDebianSource(aptDirectory = '/etc/apt'): Promise<DebianSource | undefined> {
  const parts = join(aptDirectory, 'sources.list.d')
  const names = (await readdir(parts).catch(() => [])).sort().map((name) => join(parts, name))
  const found: DebianSource[] = []
  for (const file of [...names, join(aptDirectory, 'sources.list')]) {
    const text = await readFile(file, 'utf8').catch(() => '')
    if (file.endsWith('.sources')) found.push(...parseDeb822(text))
    else if (file.endsWith('.list')) found.push(...parseOneLine(text))
  }
  return found.find((source) => /\/debian\/?$/.test(source.uri) && !PARTIAL_SUITE.test(source.suite))
}

/** The `.sources` form: paragraphs of `Field: value`. Entries that are disabled or have no `main` are left out. */
export function parseDeb822(text: string): DebianSource[] {
  const sources: DebianSource[] = []
  for (const paragraph of text.split(/\n\s*\n/)) {
    const lines = paragraph.split('\n').filter((line) => !line.startsWith('#'))
    const fields = new Map<string, string>()
    let last = ''
    for (const line of lines) {
      const field = /^([\w-]+):\s*(.*)$/.exec(line)
      if (field !== null) fields.set((last = (field[1] ?? '').toLowerCase()), (field[2] ?? '').trim())
      else if (/^\s/.test(line)) fields.set(last, `${fields.get(last) ?? ''}\n${line.trim()}`.trim())
    }
    const [uri, suite] = [words(fields.get('uris'))[0], words(fields.get('suites'))[0]]
    if (!words(fields.get('types')).includes('deb') || fields.get('enabled')?.toLowerCase() === 'no') continue
    if (uri === undefined || suite === undefined || !words(fields.get('components')).includes('main'))
      continue
    const options = [...fields]
      // A key that is written into the entry itself cannot be said in the one-line form.
      .filter(([name, value]) => KEPT_OPTIONS.has(name) && !value.includes('\n'))
      .map(([name, value]) => `${name}=${words(value).join(',')}`)
    sources.push({ uri, suite, options })
  }
  return sources
}

/** The `sources.list` form: `deb [options] uri suite components`. */
export function parseOneLine(text: string): DebianSource[] {
  const sources: DebianSource[] = []
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line)
    const [, options, uri, suite, components] = match ?? []
    if (uri === undefined || suite === undefined || !words(components).includes('main')) continue
    const kept = words(options).filter((option) =>
      KEPT_OPTIONS.has(option.split('=')[0]?.toLowerCase() ?? ''),
    )
    sources.push({ uri, suite, options: kept })
  }
  return sources
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '')
}
