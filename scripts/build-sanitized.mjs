// Builds the addon with AddressSanitizer and UndefinedBehaviorSanitizer (https://gcc.gnu.org/onlinedocs, Instrumentation
// Options), through cmake-js and CMakeLists.txt, or says in one line what is missing for that.
//
//     node scripts/build-sanitized.mjs
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)))

/** A folder that node-gyp-build can load from (GEMRIG_PREBUILD): the addon is in its build/Release. */
export const sanitizedFolder = join(packageRoot, '.cache/sanitized')
const addonPath = join(sanitizedFolder, 'build/Release/gemrig.node')

const NEEDED = [
  { command: 'cmake', debianPackage: 'cmake' },
  { command: 'g++', debianPackage: 'g++' },
  { command: 'make', debianPackage: 'make' },
  { command: 'pkg-config', debianPackage: 'pkg-config' },
]

/** The path of the addon. Throws an Error with what is missing, or with the end of the compiler's output. */
export function buildSanitized() {
  const missing = NEEDED.filter(({ command }) => !runs(command, ['--version'])).map(
    (one) => one.debianPackage,
  )
  if (!missing.includes('pkg-config') && !runs('pkg-config', ['--exists', 'libdrm']))
    missing.push('libdrm-dev')
  if (missing.length > 0) throw new Error(`the sanitizer build needs: apt-get install ${missing.join(' ')}`)
  const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js')
  const result = spawnSync(
    process.execPath,
    // GCC alone, as testing with a runtime of clang's needs another library to be preloaded.
    [
      cmakeJs,
      'compile',
      `--parallel=${availableParallelism()}`,
      `--out=${join(sanitizedFolder, 'build')}`,
      '--CDCMAKE_CXX_COMPILER=g++',
      '--CDGEMRIG_SANITIZE=address,undefined',
    ],
    { cwd: packageRoot, encoding: 'utf8' },
  )
  if (result.status !== 0 || !existsSync(addonPath)) {
    const output = `${result.stdout}${result.stderr}${result.error?.message ?? ''}`.trimEnd()
    throw new Error(`${output.split('\n').slice(-20).join('\n')}\nthe sanitizer build failed`)
  }
  return addonPath
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(buildSanitized())
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
