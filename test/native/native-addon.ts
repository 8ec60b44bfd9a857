/** The compiled addon for the tests of this folder, which run where it is built and say why where it is not. */
import { mkdtempSync, openSync, closeSync, ftruncateSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { loadNativeBackend } from '../../dist/native-backend/native-backend.js'
import type { Backend } from '../../dist/backend/backend.js'
import type { MapHandle } from '../../dist/backend/memory-calls.js'
import { isRefused, type Outcome } from '../../dist/backend/outcome.js'

const loaded = loadNativeBackend()

/** describe() for tests that need the addon. Where it is missing they are skipped, and the title says what is missing. */
export function describeNative(title: string, define: (backend: Backend) => void): void {
  if ('backend' in loaded) {
    const { backend } = loaded
    describe(title, () => define(backend))
  } else {
    describe.skip(`${title} (skipped: ${loaded.missing})`, () => {
      it('needs the native addon', () => undefined)
    })
  }
}

/** The object of an outcome; throws when the call was refused. */
export function granted<T extends object>(outcome: Outcome<T>): T {
  if (isRefused(outcome)) throw new Error(`refused: ${outcome}`)
  return outcome
}

interface TemporaryFile extends Disposable {
  readonly path: string
  readonly fd: number
  resize(sizeBytes: number): void
}

/** A sparse file of zeroes in a folder of its own, gone when disposed. */
export function temporaryFile(sizeBytes: number): TemporaryFile {
  const folder = mkdtempSync(join(tmpdir(), 'gemrig-native-'))
  const path = join(folder, 'memory')
  const fd = openSync(path, 'w+')
  ftruncateSync(fd, sizeBytes)
  return {
    path,
    fd,
    resize: (newSizeBytes) => ftruncateSync(fd, newSizeBytes),
    [Symbol.dispose]: () => {
      closeSync(fd)
      rmSync(folder, { recursive: true })
    },
  }
}

interface MappedFile extends Disposable {
  readonly map: MapHandle
  readonly file: TemporaryFile
}

/** A temporary file, mapped as a whole through the backend. */
export function mappedFile(backend: Backend, sizeBytes: number): MappedFile {
  const file = temporaryFile(sizeBytes)
  const map = granted(backend.memory.mmap(file.fd, 0n, sizeBytes))
  return {
    map,
    file,
    [Symbol.dispose]: () => {
      backend.memory.munmap(map)
      file[Symbol.dispose]()
    },
  }
}
