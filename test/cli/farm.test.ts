/** The files for board farms: checked by LAVA's own schemas (Debian's lava-common), and run with the fake board. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const DEFINITION = 'farm/test-definitions/automated/linux/gemrig/gemrig.yaml'
const JOBS = readdirSync('farm/lava').map((name) => join('farm/lava', name))

/** Debian's, as another one may come first in PATH. */
const PYTHON = '/usr/bin/python3'
const hasLava = spawnSync(PYTHON, ['-c', 'import lava_common.schemas']).status === 0
const VALIDATE = `
import sys, yaml
from lava_common.schemas import validate as job
from lava_common.schemas.test.testdef import validate as definition
data = yaml.safe_load(sys.stdin)
job(data, strict=True) if sys.argv[1] == 'job' else definition(data)
`
const validate = (kind: 'job' | 'definition', input: string) =>
  spawnSync(PYTHON, ['-c', VALIDATE, kind], { input, encoding: 'utf8' })

describe.skipIf(!hasLava)("LAVA's schemas (Debian package lava-common)", () => {
  it.each(JOBS)('take %s, and not without its timeouts', (path) => {
    const text = readFileSync(path, 'utf8')
    expect(validate('job', text)).toMatchObject({ status: 0, stderr: '' })
    expect(validate('job', text.replace('timeouts:', 'timeout:')).status).not.toBe(0)
  })

  it('take the test definition, and not one of another format', () => {
    const text = readFileSync(DEFINITION, 'utf8')
    expect(validate('definition', text)).toMatchObject({ status: 0, stderr: '' })
    expect(validate('definition', text.replace('Definition 1.0', 'Definition 0.9')).status).not.toBe(0)
  })
})

it('there is a job for each board that the farm has, and for virtual ones', () => {
  expect(JOBS.map((path) => /[^/]+$/.exec(path)?.[0]).sort()).toEqual([
    'qemu.yaml',
    'rk3399-rock-pi-4b.yaml',
    'rk3588-rock-5b.yaml',
  ])
})

describe('the test definition', () => {
  let folder = ''
  const script = () => join(folder, 'automated/linux/gemrig/gemrig.sh')
  const directory = () => join(folder, 'automated/linux/gemrig')
  const results = () => readFileSync(join(directory(), 'output/result.txt'), 'utf8')
  const run = (gemrig: string, ...args: string[]) =>
    execFileSync(script(), ['-g', gemrig, '-d', '1s', ...args], {
      cwd: directory(),
      env: { ...process.env, GEMRIG_BACKEND: 'fake' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gemrig-farm-'))
    cpSync('farm/test-definitions', folder, { recursive: true })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('leaves what came of stress and conform in result.txt', () => {
    run(`node ${resolve('dist/cli/main.js')}`, '-s', 'bo-cache churn', '-a', 'yes')
    const text = results()
    expect(text).toContain('lava-test-set start 0001-bo-cache-promises\nretained-is-intact pass\n')
    expect(text).toMatch(/^something-was-reclaimed pass [1-9]\d* buffers$/m)
    expect(text).toMatch(/^panfrost\.madvise-retained pass$/m)
    expect(text).toMatch(/^stress pass$/m)
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(
        /^(lava-test-set (start [\w.-]+|stop)|[\w.-]+ (pass|fail|skip|unknown)( \S+ \S+)?)$/,
      )
  }, 120_000)

  it('says that a step could not be made, and ends with 0 even so', () => {
    run(`node ${resolve('dist/cli/main.js')}`, '-s', 'no-such-scenario', '-c', 'no')
    expect(results()).toBe('stress unknown\n')
  })

  it('sends each line by the helpers of LAVA', () => {
    const calls = join(folder, 'calls')
    for (const name of ['lava-test-case', 'lava-test-set']) {
      writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >>${calls}\n`)
      chmodSync(join(folder, name), 0o755)
    }
    const input = join(folder, 'in.txt')
    writeFileSync(input, 'lava-test-set start a\nx pass\ny fail 1.5 ms\nlava-test-set stop\n')
    execFileSync(join(folder, 'automated/utils/send-to-lava.sh'), [input], {
      env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
    })
    expect(readFileSync(calls, 'utf8').split('\n')).toEqual([
      'lava-test-set start a',
      'lava-test-case x --result pass',
      'lava-test-case y --result fail --measurement 1.5 --units ms',
      'lava-test-set stop',
      '',
    ])
  })
})

describe('the example for labgrid', () => {
  const EXAMPLE = 'farm/labgrid/test_gemrig.py'
  /** Judges an exit code, with a pytest of which no more is there than the example needs. */
  const JUDGE = `
import sys, types
class Skipped(Exception): pass
def skip(text): raise Skipped(text)
pytest = types.ModuleType('pytest')
pytest.skip, pytest.fixture = skip, lambda f: f
pytest.mark = types.SimpleNamespace(parametrize=lambda *_: lambda f: f)
sys.modules['pytest'] = pytest
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from test_gemrig import test_stress
class Board:
    def run_check(self, command): return ['/tmp/remote']
    def run(self, command, timeout=None):
        if 'gemrig' not in command: return [], [], 0
        return ['lost: a byte', 'the verdict'] if sys.argv[3] == 'told' else [], ['progress'], int(sys.argv[2])
class Files:
    def get(self, remote, local): pass
try:
    test_stress(Board(), Files(), 'churn')
    print('pass')
except Skipped as skipped: print('skip', skipped)
except AssertionError as error: print('fail', error)
`
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gemrig-labgrid-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  const judged = (code: number, told = 'told') =>
    execFileSync(PYTHON, ['-c', JUDGE, resolve('farm/labgrid'), String(code), told], {
      cwd: folder,
      encoding: 'utf8',
    })

  it('is Python', () => {
    const compiled = join(folder, 'example.pyc')
    const code = `import py_compile; py_compile.compile('${EXAMPLE}', '${compiled}', doraise=True)`
    expect(spawnSync(PYTHON, ['-c', code])).toMatchObject({ status: 0 })
  })

  it('passes, fails with what stress said, and skips what says nothing of the kernel', () => {
    expect(judged(0)).toBe('pass\n')
    expect(judged(1)).toBe('fail exit code 1:\nlost: a byte\nthe verdict\n')
    expect(judged(125)).toMatch(/^skip inconclusive: .*\nthe verdict\n$/)
    expect(judged(3, 'silent')).toBe('skip the board could not be prepared: progress\n')
  })
})
