// Makes prebuilds/linux-{x64,arm64,arm}/gemrig.*.node, all of them on this one machine: prebuildify with the compiler of
// each architecture. libdrm is linked in, so that they run where it is not installed; libstdc++ is there where Node is, and
// linking a copy of it in would ask for a newer glibc.
//
//     node scripts/prebuilds.mjs [x64|arm64|arm]...
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { libdrmFor } from './prebuilding/libdrm.mjs'
import { TARGETS } from './prebuilding/targets.mjs'
import { ROOT, buildTypeScript } from './setup.mjs'

/** For each of them. No symbol of what is linked in is seen by others, and none of theirs by it. */
const LINK_FLAGS = '-Wl,--exclude-libs,ALL -Wl,-z,now -Wl,-z,relro'

try {
  const targets = chosenTargets(process.argv.slice(2))
  refuseWithoutPrograms(targets)
  buildTypeScript()
  const libraries = await Promise.all(targets.map(libdrmFor))
  for (const [index, target] of targets.entries()) {
    const begin = performance.now()
    make(target, libraries[index])
    console.log(`prebuilds/linux-${target.node}: ${((performance.now() - begin) / 1000).toFixed(1)} s`)
  }
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

function chosenTargets(names) {
  const unknown = names.find((name) => !TARGETS.some((target) => target.node === name))
  if (unknown !== undefined) throw new Error(`unknown architecture ${unknown}: x64, arm64 or arm`)
  return names.length === 0 ? TARGETS : TARGETS.filter((target) => names.includes(target.node))
}

function refuseWithoutPrograms(targets) {
  const needed = [
    { command: 'make', debianPackage: 'make' },
    { command: 'python3', debianPackage: 'python3' },
    { command: 'pkg-config', debianPackage: 'pkg-config' },
    { command: 'apt-get', debianPackage: 'apt' },
    { command: 'dpkg-deb', debianPackage: 'dpkg' },
    ...targets.map((target) => ({ command: `${target.triplet}-g++`, debianPackage: target.compilerPackage })),
  ]
  const missing = needed.filter(
    ({ command }) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status !== 0,
  )
  if (missing.length === 0) return
  throw new Error(
    `the prebuilt binaries need: apt-get install ${missing.map((one) => one.debianPackage).join(' ')}`,
  )
}

function make(target, libdrm) {
  // node-gyp empties build/, so it gets a copy of the package and leaves the developer's build alone.
  const stage = join(ROOT, '.cache/prebuilds', target.node)
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(join(stage, 'scripts'), { recursive: true })
  for (const part of ['package.json', 'binding.gyp', 'native', 'scripts/native-sources.mjs']) {
    cpSync(join(ROOT, part), join(stage, part), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(stage, 'node_modules'))
  rmSync(join(ROOT, 'prebuilds', `linux-${target.node}`), { recursive: true, force: true })

  const require = createRequire(import.meta.url)
  const prebuildify = join(dirname(require.resolve('prebuildify/package.json')), 'bin.js')
  const tool = (name) => `${target.triplet}-${name}`
  const result = spawnSync(
    process.execPath,
    [
      prebuildify,
      '--napi',
      '--tag-libc',
      ...(target.armv === undefined ? [] : ['--tag-armv']),
      '--strip',
      `--strip-bin=${tool('strip')}`,
      `--arch=${target.node}`,
      `--target=${process.versions.node}`,
      `--cwd=${stage}`,
      `--out=${ROOT}`,
    ],
    {
      cwd: stage,
      encoding: 'utf8',
      env: {
        ...process.env,
        CC: tool('gcc'),
        CXX: tool('g++'),
        AR: tool('ar'),
        LDFLAGS: LINK_FLAGS,
        ...(target.armv === undefined ? {} : { PREBUILD_ARMV: target.armv }),
        PREBUILD_LIBC: 'glibc',
        // node-gyp: as many compilers at once as there are processors.
        JOBS: 'max',
        PREBUILD_NODE_GYP: join(ROOT, 'node_modules/.bin/node-gyp'),
        ...headersBesideNode(),
        PKG_CONFIG_SYSROOT_DIR: libdrm,
        PKG_CONFIG_LIBDIR: join(libdrm, 'usr/lib', target.triplet, 'pkgconfig'),
        PKG_CONFIG_PATH: '',
        // To pkg-config usr/include is the system's own folder, which here it is not.
        PKG_CONFIG_ALLOW_SYSTEM_CFLAGS: '1',
        PKG_CONFIG_ALLOW_SYSTEM_LIBS: '1',
      },
    },
  )
  const made = join(ROOT, 'prebuilds', `linux-${target.node}`)
  if (result.status !== 0 || !existsSync(made) || readdirSync(made).length === 0) {
    const output = `${result.stdout}${result.stderr}`.trimEnd().split('\n').slice(-20).join('\n')
    throw new Error(`${output}\nthe binary for linux-${target.node} could not be made`)
  }
  rmSync(stage, { recursive: true })
}

/** Headers that are installed beside this Node spare the download of Node's own. */
function headersBesideNode() {
  const prefix = dirname(dirname(process.execPath))
  return existsSync(join(prefix, 'include/node/common.gypi')) ? { npm_config_nodedir: prefix } : {}
}
