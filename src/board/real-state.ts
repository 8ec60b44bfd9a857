/**
 * The state store of this machine: files in /run/gemrig, or below XDG_RUNTIME_DIR for a user who is not root. What they say is
 * done, so the folder must be the user's alone: where it is another's, every call throws StateStoreError.
 */
import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
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

/** Write permission of group and others: inode(7). */
const OTHERS_WRITE = 0o022

export function realStateDirectory(): string {
  if (process.getuid?.() === 0) return '/run/gemrig'
  return join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), `gemrig-${process.getuid?.() ?? 0}`)
}

export function createRealState(directory = realStateDirectory()): StateStore {
  const pathOf = (name: string) => join(directory, name)
  const names = () =>
    orElse([], () => {
      assertOurs(directory)
      return readdirSync(directory).sort()
    })
  return {
    list: () => names().filter((name) => !name.startsWith('.')),
    unfinished: () =>
      names()
        .filter((name) => name.startsWith('.'))
        .map((name) => name.slice(1)),
    read: (name) =>
      orElse(undefined, () => {
        assertOurs(directory)
        return readFileSync(pathOf(name), 'utf8')
      }),
    write(name, text) {
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 })
        assertOurs(directory)
        writeWhole(pathOf(`.${name}`), text)
        renameSync(pathOf(`.${name}`), pathOf(name))
      } catch (error) {
        if (error instanceof StateStoreError) throw error
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

/** In a folder for everybody, such as /tmp, another user may have made one of this name. */
function assertOurs(directory: string): void {
  const { uid, mode } = lstatSync(directory)
  const isFolder = (mode & constants.S_IFMT) === constants.S_IFDIR
  if (isFolder && uid === process.getuid?.() && (mode & OTHERS_WRITE) === 0) return
  throw new StateStoreError(
    'EPERM',
    `${directory} is not a folder that only you can write to, so what it says is not to be trusted: remove it, or set XDG_RUNTIME_DIR`,
  )
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
