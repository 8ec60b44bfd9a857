import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cpioArchive, type CpioEntry } from '../../src/vm/guest/cpio.js'

const ENTRIES: CpioEntry[] = [
  { path: 'a/b/file', kind: 'file', data: Buffer.from('12345') },
  { path: 'a/b/empty', kind: 'file', data: Buffer.alloc(0) },
  { path: 'a/run', kind: 'file', data: Buffer.from('#!/bin/sh\n'), executable: true },
  { path: 'lib', kind: 'symlink', target: 'a/b' },
  { path: 'dev', kind: 'directory' },
]

/** Name, mode and data of each record, read by the format's own description. */
function parse(archive: Buffer): { name: string; mode: number; data: Buffer }[] {
  const found: { name: string; mode: number; data: Buffer }[] = []
  const aligned = (at: number) => (at + 3) & ~3
  for (let at = 0; ;) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701')
    const field = (index: number) =>
      Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16)
    const [mode, size, nameSize] = [field(1), field(6), field(11)]
    const name = archive.toString('utf8', at + 110, at + 110 + nameSize - 1)
    const start = aligned(at + 110 + nameSize)
    if (name === 'TRAILER!!!') return found
    found.push({ name, mode, data: archive.subarray(start, start + size) })
    at = aligned(start + size)
  }
}

describe('cpioArchive', () => {
  it('holds every entry, with the folders above it first and once', () => {
    const records = parse(cpioArchive(ENTRIES))
    expect(records.map(({ name, mode }) => [name, mode.toString(8)])).toEqual([
      ['a', '40755'],
      ['a/b', '40755'],
      ['a/b/file', '100644'],
      ['a/b/empty', '100644'],
      ['a/run', '100755'],
      ['lib', '120755'],
      ['dev', '40755'],
    ])
    expect(records.map(({ data }) => data.toString())).toEqual([
      '',
      '',
      '12345',
      '',
      '#!/bin/sh\n',
      'a/b',
      '',
    ])
  })

  it('gives the same bytes for the same entries', () => {
    expect(cpioArchive(ENTRIES).equals(cpioArchive(ENTRIES))).toBe(true)
  })

  it('has a length that another archive can follow', () => {
    expect(cpioArchive(ENTRIES).length % 4).toBe(0)
  })

  it.skipIf(spawnSync('cpio', ['--version']).error !== undefined)('is unpacked by cpio(1)', () => {
    const directory = mkdtempSync(join(tmpdir(), 'gemrig-cpio-'))
    try {
      execFileSync('cpio', ['-idm', '--quiet'], { cwd: directory, input: cpioArchive(ENTRIES) })
      expect(readFileSync(join(directory, 'lib/file'), 'utf8')).toBe('12345')
      expect(readlinkSync(join(directory, 'lib'))).toBe('a/b')
      expect(statSync(join(directory, 'a/run')).mode & 0o777).toBe(0o755)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it.each(['', '/etc/passwd', 'a/../b', 'a//b', './a'])('refuses the path %j', (path) => {
    expect(() => cpioArchive([{ path, kind: 'directory' }])).toThrow(RangeError)
  })
})
