/** The state store of this machine: files in /run/gemrig, or below XDG_RUNTIME_DIR for a user who is not root. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StateStoreError, type StateStore } from './state-store.js'

export function realStateDirectory(): string {
  if (process.getuid?.() === 0) return '/run/gemrig'
  return join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), `gemrig-${process.getuid?.() ?? 0}`)
}

export function createRealState(directory = realStateDirectory()): StateStore {
  const pathOf = (name: string) => join(directory, name)
  const names = () => orElse([], () => readdirSync(directory).sort())
  return {
    list: () => names().filter((name) => !name.startsWith('.')),
    unfinished: () =>
      names()
        .filter((name) => name.startsWith('.'))
        .map((name) => name.slice(1)),
    read: (name) => orElse(undefined, () => readFileSync(pathOf(name), 'utf8')),
    write(name, text) {
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 })
        writeWhole(pathOf(`.${name}`), text)
        renameSync(pathOf(`.${name}`), pathOf(name))
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'EIO'
        throw new StateStoreError(
          code,
          `cannot write ${pathOf(name)} (${code}), and without it nothing may be changed`,
        )
      }
    },
    remove(name) {
      rmSync(pathOf(name), { force: true })
      rmSync(pathOf(`.${name}`), { force: true })
    },
  }
}

function writeWhole(path: string, text: string): void {
  const fd = openSync(path, 'w', 0o600)
  try {
    writeSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function orElse<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise
    throw error
  }
}
