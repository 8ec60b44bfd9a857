/** Writes a file so that after a power cut there is the old one, or the whole new one. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Throws as node:fs does. */
export function writeWhole(path: string, text: string): void {
  const unfinished = `${path}.new`
  const fd = openSync(unfinished, 'w')
  try {
    writeFileSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(unfinished, path)
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
