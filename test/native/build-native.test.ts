/** The build says in one line what the machine lacks, and a process without an addon what to do about it. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { whatIsMissing } from '../../dist/native-backend/native-backend.js'

const packageRoot = fileURLToPath(new URL('../..', import.meta.url))

describe('without what the addon needs', () => {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'gemrig-native-'))
    for (const part of ['package.json', 'binding.gyp', 'native', 'scripts', 'dist']) {
      cpSync(join(packageRoot, part), join(root, part), { recursive: true })
    }
    symlinkSync(join(packageRoot, 'node_modules'), join(root, 'node_modules'))
    mkdirSync(join(root, 'bin'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  /** Runs the build with nothing but these commands in PATH; each ends with the exit code that is given for it. */
  function build(
    commands: Record<string, number>,
    ...options: string[]
  ): { status: number | null; output: string } {
    for (const [name, exitCode] of Object.entries(commands)) {
      const path = join(root, 'bin', name)
      writeFileSync(
        path,
        `#!/bin/sh\n[ "$1" = --version ] && exit 0\necho it failed: error: no luck >&2\nexit ${exitCode}\n`,
      )
      chmodSync(path, 0o755)
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build-native.mjs', ...options], {
      cwd: root,
      env: { PATH: join(root, 'bin') },
      encoding: 'utf8',
    })
    return { status, output: stdout + stderr }
  }

  it('names every missing tool with its Debian package, in one line', () => {
    const { status, output } = build({ make: 0, python3: 0, 'pkg-config': 1 })
    expect(output).toBe(
      'the native addon needs a C++ compiler and the headers of libdrm: apt-get install g++ libdrm-dev\n',
    )
    expect(status).toBe(1)
  })

  it('is no failure when the addon is optional', () => {
    const { status, output } = build({ 'g++': 0, make: 0, python3: 0, 'pkg-config': 1 }, '--optional')
    expect(output).toBe('the native addon needs the headers of libdrm: apt-get install libdrm-dev\n')
    expect(status).toBe(0)
  })

  it('shows the end of the log and one line with the reason when the build fails', () => {
    const { status, output } = build({ 'g++': 0, make: 0, python3: 1, 'pkg-config': 0 }, '--quiet')
    expect(output.trimEnd().split('\n').at(-1)).toMatch(
      /^the native addon could not be compiled: .*build-native\.log/,
    )
    expect(status).toBe(1)
  })

  it('refuses an option that it does not know', () => {
    expect(build({}, '--optoinal')).toMatchObject({ status: 2 })
  })

  it('the loader says that the addon is not built, and how to build it', () => {
    const script = `import { loadNativeBackend } from './dist/native-backend/native-backend.js'
      console.log(loadNativeBackend().missing)`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: root,
      encoding: 'utf8',
    })
    const command = `node ${join(root, 'scripts/build-native.mjs')}`
    expect(stdout).toBe(
      `there is no prebuilt addon for linux-${process.arch}: ${command} builds it, or names the Debian package that is missing\n`,
    )
  })
})

describe('an addon that cannot be loaded', () => {
  it('is explained in one line, with the package that a missing library comes from', () => {
    const dlopen =
      'libdrm.so.2: cannot open shared object file: No such file or directory\n    at Module.load'
    expect(whatIsMissing(new Error(dlopen))).toBe(
      'the native addon needs libdrm: apt-get install libdrm2 (libdrm.so.2: cannot open shared object file: No such file or directory)',
    )
    expect(whatIsMissing(new Error('invalid ELF header\nat x'))).toMatch(
      /: node \/.*\/scripts\/build-native\.mjs builds another \(invalid ELF header\)$/,
    )
  })
})
