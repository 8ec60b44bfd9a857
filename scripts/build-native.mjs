// Builds the native addon with node-gyp, or says in one line what is missing for that.
//
//     node scripts/build-native.mjs [--optional] [--quiet]
//
// --optional: a missing compiler or library is no failure (exit code 0). --quiet: says nothing when all is well.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)))
const addonPath = join(packageRoot, 'build/Release/gemrig.node')
const stampPath = join(packageRoot, 'build/.stamp')
const logPath = join(packageRoot, 'build/build-native.log')
const LOG_TAIL_LINES = 20

/**
 * Builds `build/Release/gemrig.node` unless it is up to date. Never throws for what the machine lacks or for a
 * compiler's error: `missing` says it in one line, and `log` holds the end of a failed build's output.
 *
 * @param {{ quiet?: boolean }} [options] quiet: no line about a build that begins or is up to date
 * @returns {Promise<{ built: boolean, upToDate: boolean, missing?: string, log?: string }>}
 */
export async function buildNative({ quiet = false } = {}) {
  const stamp = currentStamp()
  if (existsSync(addonPath) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) {
    return { built: false, upToDate: true }
  }
  // An addon of older sources must not be loaded by newer TypeScript when this build fails.
  rmSync(addonPath, { force: true })
  rmSync(stampPath, { force: true })
  const missing = missingTools()
  if (missing !== undefined) return { built: false, upToDate: false, missing }

  if (!quiet) console.log('Building the native addon (C++, node-gyp)...')
  const { code, output } = await runNodeGyp()
  if (code !== 0 || !existsSync(addonPath)) {
    mkdirSync(dirname(logPath), { recursive: true })
    writeFileSync(logPath, output)
    return { built: false, upToDate: false, missing: whyItFailed(output), log: lastLines(output) }
  }
  writeFileSync(stampPath, stamp)
  return { built: true, upToDate: false }
}

/** Changes with everything that the addon is made of: sources, build files, compiler settings, Node. */
function currentStamp() {
  const hash = createHash('sha256')
  const files = readdirSync(join(packageRoot, 'native'), { recursive: true })
    .filter((name) => /\.(cc|h)$/.test(name))
    .map((name) => join('native', name))
  files.push('binding.gyp', 'scripts/native-sources.mjs', 'node_modules/node-addon-api/package.json')
  for (const file of files.sort()) {
    const path = join(packageRoot, file)
    hash
      .update(`${file}\0`)
      .update(existsSync(path) ? readFileSync(path) : '')
      .update('\0')
  }
  for (const name of ['CC', 'CXX', 'CFLAGS', 'CXXFLAGS', 'LDFLAGS']) {
    hash.update(`${name}=${process.env[name] ?? ''}\0`)
  }
  return `${hash.digest('hex')} ${process.arch} node-abi-${process.versions.modules}\n`
}

/** One line that names what is missing and the Debian packages that bring it; undefined when nothing is. */
function missingTools() {
  const absent = []
  const packages = []
  const lacks = (what, debianPackage) => {
    absent.push(what)
    packages.push(debianPackage)
  }
  if (!runs(process.env.CXX?.split(' ')[0] ?? 'g++', ['--version'])) lacks('a C++ compiler', 'g++')
  if (!runs(process.env.MAKE ?? 'make', ['--version'])) lacks('make', 'make')
  if (!runs(process.env.PYTHON ?? 'python3', ['--version'])) lacks('python3', 'python3')
  if (!runs('pkg-config', ['--version'])) {
    lacks('pkg-config', 'pkg-config')
    // Without pkg-config nobody can ask for libdrm, so look at the place where Debian puts it.
    if (!existsSync('/usr/include/xf86drm.h')) lacks('the headers of libdrm', 'libdrm-dev')
  } else if (!runs('pkg-config', ['--exists', 'libdrm'])) {
    lacks('the headers of libdrm', 'libdrm-dev')
  }
  if (absent.length > 0) {
    const list = absent.length === 1 ? absent[0] : `${absent.slice(0, -1).join(', ')} and ${absent.at(-1)}`
    return `the native addon needs ${list}: apt-get install ${packages.join(' ')}`
  }
  if (nodeGypPath() === undefined) return 'the native addon needs node-gyp: npm install node-gyp'
  return undefined
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** Where npm (from Node's own packages, from Debian) keeps its node-gyp, below the folder that holds bin/node. */
const BESIDE_NODE = [
  'lib/node_modules/npm/node_modules/node-gyp',
  'share/nodejs/node-gyp',
  'share/npm/node_modules/node-gyp',
]

/** The project's own, which a clone has and an installed package has not, or else the one that npm brings. */
function nodeGypPath() {
  try {
    return createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  } catch {
    const prefix = dirname(dirname(realpathSync(process.execPath)))
    const npms = BESIDE_NODE.map((folder) => join(prefix, folder, 'bin/node-gyp.js'))
    // npm tells its scripts.
    return [process.env.npm_config_node_gyp, ...npms].find((path) => path !== undefined && existsSync(path))
  }
}

/** Headers that are installed beside this Node spare the download of Node's own. */
function headersBesideNode() {
  const prefix = dirname(dirname(process.execPath))
  return existsSync(join(prefix, 'include/node/common.gypi')) ? [`--nodedir=${prefix}`] : []
}

function runNodeGyp() {
  return new Promise((resolve) => {
    const args = [nodeGypPath(), 'configure', 'build', '--release', '--jobs=max', ...headersBesideNode()]
    const child = spawn(process.execPath, args, { cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = (chunk) => (output += chunk)
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', (error) => resolve({ code: 1, output: `${output}${error.message}\n` }))
    child.on('close', (code) => resolve({ code, output }))
  })
}

function whyItFailed(output) {
  const log = 'log: build/build-native.log'
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|403|FetchError/.test(output) &&
    !/error:/.test(output)
  ) {
    return `the native addon needs the headers of Node.js, which could not be downloaded: apt-get install libnode-dev, or set npm_config_nodedir (${log})`
  }
  const compilerError = output.split('\n').find((line) => /\berror:/i.test(line))
  return `the native addon could not be compiled: ${compilerError?.trim() ?? 'node-gyp failed'} (${log})`
}

function lastLines(output) {
  return output.trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n')
}

async function main(args) {
  const unknown = args.find((arg) => arg !== '--optional' && arg !== '--quiet')
  if (unknown !== undefined) {
    console.error(`unknown option ${unknown}; usage: node scripts/build-native.mjs [--optional] [--quiet]`)
    return 2
  }
  const quiet = args.includes('--quiet')
  const { built, upToDate, missing, log } = await buildNative({ quiet })
  if (built && !quiet) console.log('Built build/Release/gemrig.node')
  if (upToDate && !quiet) console.log('build/Release/gemrig.node is up to date')
  if (missing === undefined) return 0
  if (log !== undefined) console.error(log)
  console.error(missing)
  return args.includes('--optional') ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2))
