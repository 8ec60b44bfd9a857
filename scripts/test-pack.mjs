// Installs what `npm pack` makes in an empty project, with no compiler in reach and no install script run, and loads the
// addon there. Ends with `N passed, N failed`. Needs prebuilds/ (npm run prebuilds) for this machine's architecture.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { arch, tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPacked, pack, run } from './packed-project.mjs'
import { TARGETS } from './prebuilding/targets.mjs'
import { ROOT, buildTypeScript } from './setup.mjs'

const folder = mkdtempSync(join(tmpdir(), 'gemrig-pack-'))
const project = join(folder, 'project')
const bin = join(folder, 'bin')
let passed = 0
let failed = 0

/** Nothing in PATH but Node, npm and a shell for it. */
const environment = { ...process.env, PATH: bin, CC: '', CXX: '' }

try {
  buildTypeScript()
  for (const path of [project, bin]) mkdirSync(path)
  symlinkSync(process.execPath, join(bin, 'node'))
  symlinkSync('/bin/sh', join(bin, 'sh'))
  const tarball = pack(folder)
  test('holds a binary for each architecture', () => {
    for (const { node } of TARGETS) {
      if (!tarball.files.some((file) => file.startsWith(`prebuilds/linux-${node}/`))) {
        throw new Error(`none for linux-${node}: npm run prebuilds`)
      }
    }
  })
  test('installs without a compiler', () => {
    // With scripts allowed: there must be none that needs anything.
    installPacked(tarball.path, project, environment)
    if (existsSync(join(project, 'node_modules/gemrig/build'))) throw new Error('something was compiled')
    const { scripts } = JSON.parse(readFileSync(join(project, 'node_modules/gemrig/package.json'), 'utf8'))
    for (const name of ['preinstall', 'install', 'postinstall']) {
      if (scripts[name] !== undefined) throw new Error(`there is an install script: ${name}`)
    }
  })
  test('loads the addon that it brings', () => {
    const text = node(`
      const { loadNativeBackend } = await import('./node_modules/gemrig/dist/native-backend/native-backend.js')
      const loaded = loadNativeBackend()
      if (loaded.missing) throw new Error(loaded.missing)
      const map = loaded.backend.memory.mapAnonymous(4096)
      loaded.backend.memory.fill(map, 7n, 0, 4096)
      const { readFileSync } = await import('node:fs')
      const from = /\\S*gemrig\\S*\\.node/.exec(readFileSync('/proc/self/maps', 'utf8'))[0]
      const libdrm = /libdrm\\.so/.test(readFileSync('/proc/self/maps', 'utf8'))
      console.log(loaded.backend.memory.verify(map, 7n, 0, 4096), from.includes('/prebuilds/linux-${arch()}/'), libdrm)`)
    if (text !== '4096 true false\n') throw new Error(`it said ${text}`)
  })
  test('can be imported by its name', () => {
    node(
      `const module = await import('gemrig'); if (Object.keys(module).length === 0) throw new Error('empty')`,
    )
  })
  test('has a command that starts', () => {
    run(join(project, 'node_modules/.bin/gemrig'), ['--version'], project, environment)
  })
  test('says how to compile it where no binary fits, which works', () => {
    rmSync(join(project, 'node_modules/gemrig/prebuilds'), { recursive: true })
    const text = node(`
      const { loadNativeBackend } = await import('./node_modules/gemrig/dist/native-backend/native-backend.js')
      console.log(loadNativeBackend().missing)`)
    const command = /no prebuilt addon for .*: node (\S+) builds it/.exec(text)?.[1]
    if (command === undefined) throw new Error(`it said ${text}`)
    // As it says, but in an environment that has a compiler.
    run(process.execPath, [command], project)
    const { built } = JSON.parse(
      node(`
        const { loadNativeBackend } = await import('./node_modules/gemrig/dist/native-backend/native-backend.js')
        const loaded = loadNativeBackend()
        const { readFileSync } = await import('node:fs')
        const built = readFileSync('/proc/self/maps', 'utf8').includes('/gemrig/build/Release/gemrig.node')
        console.log(JSON.stringify({ missing: loaded.missing, built }))`),
    )
    if (!built) throw new Error('what it built is not loaded')
  })
} catch (error) {
  failed++
  console.error(error.message)
} finally {
  rmSync(folder, { recursive: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

function test(title, body) {
  try {
    body()
    passed++
    console.log(`ok: the package ${title}`)
  } catch (error) {
    failed++
    console.error(`FAILED: the package ${title}: ${error.message}`)
  }
}

function node(script) {
  return run(process.execPath, ['--input-type=module', '--eval', script], project, environment)
}
