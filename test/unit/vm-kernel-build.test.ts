import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ARM, ARM64 } from '../../src/vm/architecture.js'
import { PACKAGE_ROOT } from '../../src/vm/cache/cache-directory.js'
import {
  builtKernel,
  builtKernelNames,
  checkKernelName,
  nameKernel,
} from '../../src/vm/kernel-build/built-kernels.js'
import { EXTRAS, droppedSymbols, mergeFragments, readFragments } from '../../src/vm/kernel-build/fragments.js'
import { copyTree, ownTree, treeVersion } from '../../src/vm/kernel-build/kernel-source.js'
import { applySeries, readSeries } from '../../src/vm/kernel-build/patch-series.js'
import { sourceToBuild } from '../../src/vm/kernel-build/patched-source.js'
import { runMake } from '../../src/vm/kernel-build/run-make.js'

const never = new AbortController().signal
let directory = ''
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'gemrig-kernel-'))))
afterEach(() => rmSync(directory, { recursive: true }))
const put = (path: string, text: string) => {
  mkdirSync(join(directory, path, '..'), { recursive: true })
  writeFileSync(join(directory, path), text)
  return join(directory, path)
}

describe('fragments', () => {
  const fragment = (text: string) => ({ name: 'test.config', text })

  it('of which the last one wins', () => {
    const merged = mergeFragments([
      fragment('CONFIG_A=y\nCONFIG_B=16\n'),
      fragment('# CONFIG_A is not set\n'),
    ])
    expect([...merged]).toEqual([
      ['CONFIG_A', 'n'],
      ['CONFIG_B', '16'],
    ])
  })

  it('refuse what is no configuration', () => {
    expect(() => mergeFragments([fragment('# ok\nCONFIG_A: y')])).toThrow(/test.config: 'CONFIG_A: y' is not/)
  })

  it('tell what the kernel does not have like that', () => {
    const wanted = mergeFragments([fragment('CONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\nCONFIG_D=16')])
    expect(droppedSymbols(wanted, 'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_D=32\n')).toEqual([
      'CONFIG_B',
      'CONFIG_D',
    ])
  })

  it('of our own are well formed and have what they are for', async () => {
    const plain = mergeFragments(await readFragments(PACKAGE_ROOT, ARM64, [], []))
    expect(plain.get('CONFIG_SHRINKER_DEBUG')).toBe('y')
    expect(plain.get('CONFIG_MODULES')).toBe('n')
    expect(plain.has('CONFIG_KASAN')).toBe(false)
    expect([plain.get('CONFIG_DRM_PANTHOR'), plain.has('CONFIG_ARM_LPAE')]).toEqual(['y', false])
    const arm = mergeFragments(await readFragments(PACKAGE_ROOT, ARM, [], []))
    expect([arm.has('CONFIG_DRM_PANTHOR'), arm.get('CONFIG_ARM_LPAE')]).toEqual([false, 'y'])
    const checked = mergeFragments(await readFragments(PACKAGE_ROOT, ARM64, EXTRAS, []))
    const symbols = ['CONFIG_PROVE_LOCKING', 'CONFIG_KASAN', 'CONFIG_FUNCTION_TRACER']
    expect(symbols.map((symbol) => checked.get(symbol))).toEqual(['y', 'y', 'y'])
  })
})

const patch = (before: string, after: string) =>
  `Subject: x\n\n---\ndiff --git a/mm/a.c b/mm/a.c\n--- a/mm/a.c\n+++ b/mm/a.c\n@@ -1 +1 @@\n-${before}\n+${after}\n`

describe('a series of patches', () => {
  it('is taken in the order of its names, without the cover letter', () => {
    put('s/0002-b.patch', patch('two', 'three'))
    put('s/0000-cover-letter.patch', 'Subject: [PATCH 0/2]\n\n mm/a.c | 2 +-\n')
    put('s/0001-a.patch', patch('one', 'two'))
    put('s/notes.txt', 'not a patch')
    const paths = readSeries([join(directory, 's')]).map(({ path }) => path.replace(directory, ''))
    expect(paths).toEqual(['/s/0001-a.patch', '/s/0002-b.patch'])
  })

  it('must be there and change something', () => {
    expect(() => readSeries([join(directory, 'none')])).toThrow(/there is no patch/)
    expect(() => readSeries([put('cover.patch', 'Subject: x\n')])).toThrow(/changes anything/)
  })

  it('is applied to a copy that leaves the original as it was', async () => {
    put('tree/mm/a.c', 'one\n')
    const series = readSeries([put('1.patch', patch('one', 'two')), put('2.patch', patch('two', 'three'))])
    for (const linked of [true, false]) {
      const copy = join(directory, `copy-${linked}`)
      await copyTree(join(directory, 'tree'), copy, linked, never)
      await applySeries(copy, series, never, () => undefined)
      expect(readFileSync(join(copy, 'mm/a.c'), 'utf8')).toBe('three\n')
      expect(readFileSync(join(directory, 'tree/mm/a.c'), 'utf8')).toBe('one\n')
    }
  })

  it('says which file and hunk of a patch do not fit', async () => {
    put('tree/mm/a.c', 'one\n')
    put('tree/mm/b.c', 'b\n')
    const other = (name: string, before: string) => patch(before, 'new').replaceAll('mm/a.c', name)
    const created = '--- /dev/null\n+++ b/mm/b.c\n@@ -0,0 +1 @@\n+other\n'
    const series = readSeries([
      put('1.patch', other('mm/b.c', 'b') + patch('two', 'three') + other('mm/gone.c', 'x') + created),
    ])
    const failure = applySeries(join(directory, 'tree'), series, never, () => undefined)
    await expect(failure).rejects.toThrow(
      /: mm\/a.c: hunk 1 at line 1; there is no mm\/gone.c; mm\/b.c: is there already$/,
    )
  })

  it('says that a patch was applied before, and what is wrong with one that is broken', async () => {
    put('tree/mm/a.c', 'two\n')
    const failure = (text: string) =>
      applySeries(join(directory, 'tree'), readSeries([put('1.patch', text)]), never, () => undefined)
    await expect(failure(patch('one', 'two'))).rejects.toThrow(/: mm\/a.c: is like that already$/)
    await expect(failure(patch('two', 'three').replace('-two\n', ''))).rejects.toThrow(/malformed patch/)
  })

  it('names the patch that does not apply', async () => {
    put('tree/mm/a.c', 'one\n')
    const series = readSeries([put('1.patch', patch('one', 'two')), put('2.patch', patch('one', 'three'))])
    await expect(applySeries(join(directory, 'tree'), series, never, () => undefined)).rejects.toThrow(
      /^patch 2 of 2, 2.patch, does not apply/,
    )
  })
})

describe('the source that is built', () => {
  const build = (series: string[], own = false) => {
    const tree = join(directory, 'tree')
    const work = join(directory, 'work')
    mkdirSync(work, { recursive: true })
    const wish = { tree, own, patches: readSeries(series), signal: never, onProgress: () => undefined }
    return sourceToBuild(wish, work)
  }
  const text = (source: string, file: string) => readFileSync(join(source, file), 'utf8')

  it('has the patches of this build and none of the one before', async () => {
    const [changed, kept] = [put('tree/mm/a.c', 'one\n'), put('tree/mm/b.c', 'b\n')]
    for (const file of [changed, kept]) utimesSync(file, 1000, 1000)
    const first = await build([put('1.patch', patch('one', 'two'))])
    expect(text(first, 'mm/a.c')).toBe('two\n')
    const added = '--- /dev/null\n+++ linux/mm/new.c\n@@ -0,0 +1 @@\n+new\n'
    const second = await build([put('2.patch', patch('one', 'three')), put('3.patch', added)])
    expect(second).toBe(first)
    expect([text(second, 'mm/a.c'), text(second, 'mm/new.c')]).toEqual(['three\n', 'new\n'])
    const plain = await build([])
    expect(text(plain, 'mm/a.c')).toBe('one\n')
    expect(existsSync(join(plain, 'mm/new.c'))).toBe(false)
    // Make compiles what is newer than its object: what was taken back is, the rest is as old as it was.
    expect(statSync(join(plain, 'mm/a.c')).mtimeMs).toBeGreaterThan(1_000_000)
    expect(statSync(join(plain, 'mm/b.c')).mtimeMs).toBe(1_000_000)
    expect(readFileSync(changed, 'utf8')).toBe('one\n')
  })

  it('is free of a patch that was left half applied', async () => {
    put('tree/mm/a.c', 'one\n')
    const series = [put('1.patch', patch('one', 'two')), put('2.patch', patch('one', 'three'))]
    await expect(build(series)).rejects.toThrow(/does not apply/)
    expect(text(await build([]), 'mm/a.c')).toBe('one\n')
  })

  it("is the user's own tree as long as there is nothing to apply", async () => {
    put('tree/mm/a.c', 'one\n')
    expect(await build([], true)).toBe(join(directory, 'tree'))
    expect(text(await build([put('1.patch', patch('one', 'two'))], true), 'mm/a.c')).toBe('two\n')
    put('tree/mm/a.c', 'zero\n')
    const second = await build([put('1.patch', patch('zero', 'two'))], true)
    expect(text(second, 'mm/a.c')).toBe('two\n')
  })
})

describe('a source tree', () => {
  it('tells its version', async () => {
    put('t/Makefile', 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 107\nEXTRAVERSION = -rc1\nNAME = x\n')
    expect(await treeVersion(join(directory, 't'))).toBe('6.12.107-rc1')
  })

  it('must be one, and hold no build', () => {
    expect(() => ownTree(directory, ARM64)).toThrow(/not the top folder of a kernel source/)
    put('t/Kconfig', '')
    put('t/arch/arm64/Kconfig', '')
    expect(ownTree(join(directory, 't'), ARM64)).toBe(join(directory, 't'))
    put('t/.config', '')
    expect(() => ownTree(join(directory, 't'), ARM64)).toThrow(/holds a build/)
  })
})

describe('names of built kernels', () => {
  it('can be given again, and are found when there is an image', async () => {
    put('parts/kernel-1/Image', 'one')
    put('parts/kernel-2/Image', 'two')
    expect(builtKernelNames(directory, ARM64)).toEqual([])
    await nameKernel(directory, ARM64, 'debug', join(directory, 'parts/kernel-1'))
    await nameKernel(directory, ARM64, 'debug', join(directory, 'parts/kernel-2'))
    const image = builtKernel(directory, ARM64, 'debug')
    expect(readFileSync(image ?? '', 'utf8')).toBe('two')
    expect(builtKernelNames(directory, ARM64)).toEqual(['debug'])
    expect(builtKernel(directory, ARM64, '../parts/kernel-1')).toBeUndefined()
  })

  it.each(['6.12', '', 'a/b', '.x'])('cannot be %j', (name) => {
    expect(() => checkKernelName(name)).toThrow(/cannot name a kernel/)
  })
})

describe('make', () => {
  const makefile = (text: string) => ['-f', put('Makefile', text)]

  it('is followed step by step', async () => {
    const lines: string[] = []
    const args = makefile('all:\n\t@echo "  CC      a.o"\n\t@echo other\n\t@echo "  LD      vmlinux"\n')
    expect(await runMake({ args, signal: never, onStep: (_, line) => lines.push(line) })).toBe(2)
    expect(lines).toEqual(['CC a.o', 'LD vmlinux'])
  })

  it('fails with what it said last', async () => {
    const args = makefile('all:\n\t@echo "a.c:1: error: no"; exit 1\n')
    await expect(runMake({ args, signal: never })).rejects.toThrow(/make failed \(2\): a.c:1: error: no/)
  })

  it('ends when it is told to, with its children', async () => {
    const abort = new AbortController()
    const args = makefile(`all:\n\t@echo "  CC a"; sleep 60; touch ${join(directory, 'late')}\n`)
    const run = runMake({ args, signal: abort.signal, onStep: () => abort.abort(new Error('enough')) })
    await expect(run).rejects.toThrow('enough')
    expect(existsSync(join(directory, 'late'))).toBe(false)
  })
})
