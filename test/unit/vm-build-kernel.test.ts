/** `gemrig vm build-kernel` from end to end, with a make that takes one file of the tree for the kernel. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ARM, ARM64, type GuestArchitecture } from '../../src/vm/architecture.js'
import { buildKernel, type BuildKernelOptions } from '../../src/vm/kernel-build/build-kernel.js'
import { builtKernel } from '../../src/vm/kernel-build/built-kernels.js'

/** What the kernel's own does with O=, allnoconfig and the image's name; without mm/a.c it fails. */
const MAKE = `#!/bin/sh
for word; do
  case $word in
    O=*) out=\${word#O=} ;;
    ARCH=*) boot=$out/arch/\${word#ARCH=}/boot ;;
    KCONFIG_ALLCONFIG=*) config=\${word#*=} ;;
    *) target=$word ;;
  esac
done
source=$2
if [ $target = allnoconfig ]; then cp "$config" "$out/.config"; exit; fi
mkdir -p "$boot"
cp "$source/mm/a.c" "$boot/$target" || exit
echo '  LD      vmlinux'
`
const OTHER_PROGRAMS = [
  'gcc',
  'flex',
  'bison',
  'm4',
  'bc',
  'perl',
  'aarch64-linux-gnu-gcc',
  'arm-linux-gnueabihf-gcc',
]

let directory = ''
const path = process.env['PATH']
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gemrig-build-'))
  program('make', MAKE)
  for (const name of OTHER_PROGRAMS) program(name, '#!/bin/sh\necho 12\n')
  process.env['PATH'] = `${join(directory, 'bin')}:${path}`
  for (const file of ['Kconfig', 'arch/arm64/Kconfig', 'arch/arm/Kconfig']) put(`tree/${file}`, '')
  put('tree/Makefile', 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\n')
})
afterEach(() => {
  process.env['PATH'] = path
  rmSync(directory, { recursive: true })
})

function put(file: string, text: string): string {
  mkdirSync(dirname(join(directory, file)), { recursive: true })
  writeFileSync(join(directory, file), text)
  return join(directory, file)
}
function program(name: string, text: string): void {
  chmodSync(put(`bin/${name}`, text), 0o755)
}
const patch = (before: string, after: string) =>
  `--- a/mm/a.c\n+++ b/mm/a.c\n@@ -1 +1 @@\n-${before}\n+${after}\n`
const cache = () => join(directory, 'cache')
const build = (name: string, wishes: Partial<BuildKernelOptions> = {}) =>
  buildKernel({
    name,
    architecture: ARM64,
    series: '6.12',
    source: join(directory, 'tree'),
    patches: [],
    fragments: [],
    extras: [],
    deadlineMs: 60_000,
    cacheDirectory: cache(),
    onProgress: () => undefined,
    ...wishes,
  })
const kernel = (name: string, architecture: GuestArchitecture = ARM64) =>
  readFileSync(builtKernel(cache(), architecture, name) ?? '', 'utf8')
const folders = (place: string) =>
  readdirSync(join(cache(), place), { withFileTypes: true }).filter((entry) => entry.isDirectory())

describe.skipIf(!existsSync('/usr/include/stdio.h'))("kernels of a tree of the user's own", () => {
  it('that have different names are different kernels, when the tree is', async () => {
    put('tree/mm/a.c', 'one\n')
    await build('before')
    put('tree/mm/a.c', 'two\n')
    await build('after')
    expect([kernel('before'), kernel('after')]).toEqual(['one\n', 'two\n'])
  })

  it('are different ones with the same patches, too', async () => {
    const patches = [put('1.patch', patch('x', 'y'))]
    put('tree/mm/a.c', 'x\n1\n')
    await build('before', { patches })
    put('tree/mm/a.c', 'x\n2\n')
    await build('after', { patches })
    expect([kernel('before'), kernel('after')]).toEqual(['y\n1\n', 'y\n2\n'])
  })

  it('are one for each architecture under one name', async () => {
    put('tree/mm/a.c', '64\n')
    await build('x')
    put('tree/mm/a.c', '32\n')
    const { image } = await build('x', { architecture: ARM })
    expect(image).toMatch(/\/zImage$/)
    expect([kernel('x'), kernel('x', ARM)]).toEqual(['64\n', '32\n'])
  })

  it('may take longer than a timer can wait', async () => {
    put('tree/mm/a.c', 'one\n')
    await build('x', { deadlineMs: 600 * 3600_000 })
    expect(kernel('x')).toBe('one\n')
  })

  it('are kept as long as they have a name', async () => {
    put('tree/mm/a.c', 'one\n')
    await build('first')
    await build('second')
    put('tree/mm/a.c', 'two\n')
    await build('first')
    expect([kernel('first'), kernel('second')]).toEqual(['two\n', 'one\n'])
    await build('second')
    expect(folders('parts')).toHaveLength(1)
  })

  it('leave no copy of the tree when a patch does not fit or does not compile', async () => {
    put('tree/mm/a.c', 'one\n')
    await expect(build('x', { patches: [put('1.patch', patch('two', 'three'))] })).rejects.toMatchObject({
      kind: 'wrong-use',
    })
    const gone = '--- a/mm/a.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n'
    await expect(build('x', { patches: [put('2.patch', gone)] })).rejects.toThrow(/make failed/)
    expect(folders('kernel-builds')).toEqual([])
  })

  it('are not begun with what cannot be', async () => {
    put('tree/mm/a.c', 'one\n')
    await expect(build('x', { fragments: [directory] })).rejects.toMatchObject({ kind: 'wrong-use' })
    await expect(build('x', { series: 'abc' })).rejects.toMatchObject({ kind: 'wrong-use' })
    await expect(build('x', { cacheDirectory: '/proc/gemrig' })).rejects.toThrow(/cannot keep parts/)
  })
})
