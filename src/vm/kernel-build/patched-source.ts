/**
 * The source that make is pointed at. Debian's is a linked copy beside the build, always at the same place, in which a
 * series of patches is taken back before the next one is applied: make then compiles what differs and nothing else.
 */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { copyTree } from './kernel-source.js'
import { applySeries, changedFiles, type Patch } from './patch-series.js'

export interface SourceWish {
  readonly tree: string
  /** The tree is the user's. */
  readonly own: boolean
  readonly patches: readonly Patch[]
  readonly signal: AbortSignal
  readonly onProgress: (text: string) => void
}

/** In the folder of the build: the files that patches have changed, written before they do. */
const PATCHED = 'patched'

/** Its path: the user's own tree, or one in `work`. VmError `wrong-use` for a patch that does not fit. */
export async function sourceToBuild(wish: SourceWish, work: string): Promise<string> {
  const { tree, own, patches, signal, onProgress } = wish
  if (own && patches.length === 0) return tree
  const source = join(work, 'source')
  const list = join(work, PATCHED)
  if (own) await rm(source, { recursive: true, force: true })
  if (!existsSync(source)) {
    const fresh = join(work, 'source.new')
    await rm(fresh, { recursive: true, force: true })
    onProgress('copying the source')
    await copyTree(tree, fresh, !own, signal)
    await rename(fresh, source)
  }
  const before = await readFile(list, 'utf8').catch(() => '')
  for (const file of before.split('\n').filter((name) => name !== ''))
    await takeBack(join(tree, file), join(source, file))
  await writeFile(list, changedFiles(patches).join('\n'))
  await applySeries(source, patches, signal, onProgress)
  return source
}

/** A copy and not a link: make goes by the time of the change. */
async function takeBack(original: string, changed: string): Promise<void> {
  if (!existsSync(original)) {
    await rm(changed, { force: true })
    return
  }
  const fresh = `${changed}.original`
  await mkdir(dirname(changed), { recursive: true })
  await copyFile(original, fresh)
  await rename(fresh, changed)
}
