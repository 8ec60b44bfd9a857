import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoteForShell } from '../../src/quote-for-shell.js'
import { commandScript, shellScript } from '../../src/vm/guest/command-script.js'
import { EndMarkFilter } from '../../src/vm/guest/end-mark.js'
import type { Guest } from '../../src/vm/guest/guest.js'
import { exitCodeOf } from '../../src/vm/guest/guest-end.js'
import { INIT_SCRIPT, PORTS, guestSettings } from '../../src/vm/guest/init-script.js'
import { loadOrder, readModules } from '../../src/vm/guest/kernel-modules.js'
import { findProgram } from '../../src/vm/host/programs.js'

describe('guest command', () => {
  it('passes any argument through the shell as it is', () => {
    const word = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const script = `printf '%s\\0' ${words.map(quoteForShell).join(' ')}`
        expect(execFileSync('sh', ['-c', script]).toString()).toBe(words.map((text) => `${text}\0`).join(''))
      }),
      { numRuns: 50 },
    )
  })

  it.each([[[]], [['ls', '-l']], [['gemrig', 'a\0b']]])('refuses %j', (command) => {
    expect(() => commandScript(command)).toThrow(expect.objectContaining({ kind: 'wrong-use', exitCode: 2 }))
  })

  it.each([
    INIT_SCRIPT,
    guestSettings(
      { endMark: 'abc', driver: 'panfrost', swapMiB: 64, shell: true, shareNames: ['a', 'b-c'] },
      new Date(),
    ),
    shellScript({ rows: 1, columns: 2, type: "it's" }),
    commandScript(['gemrig', "it's"]),
  ])('and its surroundings are correct shell', (script) => {
    execFileSync('sh', ['-n'], { input: script })
  })
})

describe("the guest's first process", () => {
  it('waits for its control port until that can be opened, and does not end when it cannot yet', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gemrig-ports-'))
    try {
      // The part of the script that waits, with a folder for /dev: it is not there yet when the port is first opened.
      const waiting = /^port\(\) .*?^control=.*?$/ms.exec(INIT_SCRIPT)?.[0] ?? ''
      const script = waiting
        .replace(/ -c /, ' -n ')
        .replace('/dev/vport*p$1', join(folder, 'ports/port$1'))
        .replace('sleep 0.02', `mkdir -p ${join(folder, 'ports')}`)
      const program = `${script}\necho word >&3; echo end >&2`
      const { stderr } = spawnSync('sh', ['-c', program], { encoding: 'utf8' })
      expect(stderr).toBe('end\n')
      expect(readFileSync(join(folder, `ports/port${PORTS.control}`), 'utf8')).toBe('word\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe("a guest command's exit code", () => {
  const guest = { console: { tail: () => ['last words'] } } as unknown as Guest
  const codeOf = (status: number) =>
    exitCodeOf({ kind: 'exit', status }, guest, { bootTimeoutMs: 1, runTimeoutMs: 1 }, 'console.log').exitCode

  it.each([0, 7, 130, 160, 255])('of %d is passed on', (status) => expect(codeOf(status)).toBe(status))

  it.each([
    [131, 'SIGQUIT'],
    [137, 'SIGKILL'],
    [139, 'SIGSEGV'],
  ])('of %d is a death by %s', (status, signal) =>
    expect(() => codeOf(status)).toThrow(`${signal} killed the command in the guest`),
  )
})

describe('EndMarkFilter', () => {
  const mark = 'aab'
  const filtered = async (pieces: string[]) => {
    const filter = new EndMarkFilter(mark)
    const text = (
      await buffer(Readable.from(pieces.map((piece) => Buffer.from(piece))).pipe(filter))
    ).toString()
    await filter.ended
    return text
  }

  it('passes on what is before the mark, however it is cut into pieces', async () => {
    const text = fc
      .string({ unit: fc.constantFrom('a', 'b', 'c') })
      .filter((all) => !`${all}aa`.includes(mark))
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(20), { maxLength: 6 }), async (before, cuts) => {
        const all = `${before}${mark}after`
        const places = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length]
        const pieces = places.slice(1).map((end, index) => all.slice(places[index], end))
        const firstMark = all.indexOf(mark)
        expect(await filtered(pieces.filter((piece) => piece !== ''))).toBe(all.slice(0, firstMark))
      }),
    )
  })

  it('passes on everything when the stream ends without the mark', async () => {
    expect(await filtered(['xx', 'a', 'a'])).toBe('xxaa')
  })
})

describe('loadOrder', () => {
  const dep = [
    'kernel/gpu/panfrost.ko.xz: kernel/gpu/gpu-sched.ko.xz kernel/gpu/helper.ko.xz kernel/gpu/drm.ko.xz',
    'kernel/gpu/gpu-sched.ko.xz: kernel/gpu/drm.ko.xz',
    'kernel/gpu/helper.ko.xz: kernel/gpu/drm.ko.xz',
    'kernel/gpu/drm.ko.xz:',
    'kernel/x.ko:',
  ].join('\n')

  it('loads what is needed first, and each once', () => {
    expect(loadOrder(dep, new Set(), ['panfrost', 'gpu_sched', 'x'])).toEqual([
      'kernel/gpu/drm.ko.xz',
      'kernel/gpu/gpu-sched.ko.xz',
      'kernel/gpu/helper.ko.xz',
      'kernel/gpu/panfrost.ko.xz',
      'kernel/x.ko',
    ])
  })

  it('leaves out what is built in, and refuses what is nowhere', () => {
    expect(loadOrder(dep, new Set(['virtio']), ['virtio', 'x'])).toEqual(['kernel/x.ko'])
    expect(loadOrder(dep, new Set(), ['crc32c_generic', 'x'])).toEqual(['kernel/x.ko'])
    expect(() => loadOrder(dep, new Set(), ['nowhere'])).toThrow('no module nowhere')
  })

  it('does without vgem, and without a regulator', () => {
    expect(loadOrder(dep, new Set(), ['fixed', 'x', 'vgem'])).toEqual(['kernel/x.ko'])
  })
})

describe('modules', () => {
  it.for([
    ['', (data: string) => data],
    ['.gz', (data: string) => gzipSync(data)],
    ['.xz', (data: string) => execFileSync('xz', { input: data })],
    ['.zst', (data: string) => execFileSync('zstd', ['-q'], { input: data })],
  ] as const)('are decompressed: .ko%s', async ([extension, pack], { skip }) => {
    const program = new Map<string, string>([
      ['.xz', 'xz'],
      ['.zst', 'zstd'],
    ]).get(extension)
    skip(program !== undefined && findProgram(program) === undefined, `needs ${program}`)
    const directory = mkdtempSync(join(tmpdir(), 'gemrig-modules-'))
    try {
      writeFileSync(join(directory, 'modules.dep'), `a-b.ko${extension}:\n`)
      writeFileSync(join(directory, `a-b.ko${extension}`), pack('code'))
      expect(await readModules(directory, ['a_b'], [])).toEqual([{ name: 'a_b', data: Buffer.from('code') }])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
