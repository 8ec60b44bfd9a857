import { execFileSync } from 'node:child_process'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoteForShell } from '../../src/quote-for-shell.js'
import { commandScript, shellScript } from '../../src/vm/guest/command-script.js'
import { EndMarkFilter } from '../../src/vm/guest/end-mark.js'
import { INIT_SCRIPT, guestSettings } from '../../src/vm/guest/init-script.js'
import { loadOrder } from '../../src/vm/guest/kernel-modules.js'

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
    guestSettings({ endMark: 'abc', driver: 'panfrost', swapMiB: 64, shell: true }, new Date()),
    shellScript({ rows: 1, columns: 2, type: "it's" }),
    commandScript(['gemrig', "it's"]),
  ])('and its surroundings are correct shell', (script) => {
    execFileSync('sh', ['-n'], { input: script })
  })
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
})
