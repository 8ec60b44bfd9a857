/** A series of patches as git format-patch or an archive's mbox has them. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { runProgram } from '../host/run-program.js'
import { VmError } from '../vm-error.js'
import { patchFailure } from './patch-failure.js'

export interface Patch {
  readonly path: string
  readonly text: string
}

const PATCH_FILE = /\.(?:patch|diff|mbx|mbox)$/
const HAS_DIFF = /^diff --git |^--- \S+\n\+\+\+ /m

/**
 * Patches in their order: each path is a file, or a folder whose patch files are taken by name, as format-patch numbers
 * them. Cover letters change nothing and are left out. VmError `wrong-use` when there is nothing to apply.
 */
export function readSeries(paths: readonly string[]): Patch[] {
  const files = paths.flatMap((path) => {
    if (!existsSync(path)) throw new VmError('wrong-use', `there is no patch or folder of patches ${path}`)
    if (!statSync(path).isDirectory()) return [resolve(path)]
    const names = readdirSync(path).filter((name) => PATCH_FILE.test(name))
    return names.sort().map((name) => resolve(join(path, name)))
  })
  const patches = files.map((path) => ({ path, text: readFileSync(path, 'utf8') }))
  const changing = patches.filter(({ text }) => HAS_DIFF.test(text))
  if (paths.length > 0 && changing.length === 0)
    throw new VmError('wrong-use', `${paths.join(', ')}: no patch in there changes anything`)
  return changing
}

/** Paths in the tree that a series changes, makes or removes. */
export function changedFiles(patches: readonly Patch[]): string[] {
  const heads = patches.flatMap(({ text }) => [...text.matchAll(/^(?:---|\+\+\+) [^/\s]+\/(\S+)/gm)])
  const moves = patches.flatMap(({ text }) => [...text.matchAll(/^(?:rename|copy) (?:from|to) (\S+)$/gm)])
  return [...new Set([...heads, ...moves].map(([, file = '']) => file))]
}

/** Applies them to `tree`, one after the other. VmError `wrong-use` that names the one that does not fit, and how. */
export async function applySeries(
  tree: string,
  patches: readonly Patch[],
  signal: AbortSignal,
  onPatch: (name: string) => void,
): Promise<void> {
  for (const [index, { path }] of patches.entries()) {
    onPatch(`patch ${index + 1} of ${patches.length}: ${basename(path)}`)
    const args = ['-p1', '--batch', '--forward', '--no-backup-if-mismatch', '--reject-file=-', '-i', path]
    try {
      await runProgram('patch', args, { cwd: tree, signal, describeFailure: patchFailure })
    } catch (error) {
      if (!(error instanceof VmError) || error.kind !== 'prepare') throw error
      const place = `patch ${index + 1} of ${patches.length}, ${basename(path)}, does not apply`
      throw new VmError('wrong-use', `${place}: ${error.message}`, {
        advice: 'choose the source that the series is for: --source a tree, or --kernel another version',
      })
    }
  }
}
