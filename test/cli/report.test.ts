/** `gemrig report`, and `gemrig stress --report`. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ResultJson } from '../../dist/report/result-json.js'
import { gemrig } from './command.js'

let folder = ''
const run = () => join(folder, 'run')
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gemrig-cli-report-'))
  const args = ['stress', '--out', run(), '--pressure', 'root-reclaim', '--duration', '1s', '--buffers', '8']
  const { exitCode, stderr } = await gemrig([...args, '--report', 'html,junit,ktap,lava,linaro,trace'])
  expect(exitCode, stderr).toBe(0)
})
afterAll(() => rmSync(folder, { recursive: true }))

const written = (name: string) => readFileSync(join(run(), name), 'utf8')

it('stress --report leaves all reports and the kernel log beside the journal', () => {
  expect(readdirSync(run()).sort()).toEqual([
    'events.jsonl',
    'junit.xml',
    'kmsg.log',
    'lava.txt',
    'report.html',
    'result.json',
    'result.ktap',
    'result.txt',
    'trace.json',
  ])
  expect(written('kmsg.log')).toMatch(/^\[ +\d+\.\d{6}\] gemrig: stress seed 1 begins$/m)
})

it.each([
  ['--html', 'report.html'],
  ['--junit', 'junit.xml'],
  ['--ktap', 'result.ktap'],
  ['--lava', 'lava.txt'],
  ['--linaro', 'result.txt'],
  ['--trace', 'trace.json'],
])('report %s makes the same again from the journal', async (flag, name) => {
  const { exitCode, stdout } = await gemrig(['report', run(), flag])
  expect(exitCode).toBe(0)
  expect(stdout).toBe(written(name))
})

it('report --json makes result.json again, and --output writes a file', async () => {
  const { stdout } = await gemrig(['report', run(), '--json'])
  expect(JSON.parse(stdout)).toEqual(JSON.parse(written('result.json')))
  const file = join(folder, 'out.ktap')
  expect((await gemrig(['report', run(), '--ktap', '--output', file])).stdout).toBe('')
  expect(readFileSync(file, 'utf8')).toBe(written('result.ktap'))
})

it('a reader that stops early is no error', async () => {
  const { exitCode, stderr } = await gemrig(['report', run(), '--trace'], { stopsReading: true })
  expect([exitCode, stderr]).toEqual([0, ''])
})

it('a report that cannot be made leaves the file as it is, and nothing beside it', async () => {
  const place = join(folder, 'kept')
  mkdirSync(place)
  writeFileSync(join(place, 'run.html'), 'precious')
  const { exitCode } = await gemrig(['report', place, '--html', '--output', join(place, 'run.html')])
  expect(exitCode).toBe(2)
  expect(readFileSync(join(place, 'run.html'), 'utf8')).toBe('precious')
  expect(readdirSync(place)).toEqual(['run.html'])
})

it('a report that cannot be written costs no result', async () => {
  const out = join(folder, 'unreported')
  mkdirSync(join(out, 'report.html'), { recursive: true })
  const args = ['stress', '--out', out, '--pressure', 'root-reclaim', '--duration', '1s', '--buffers', '8']
  expect((await gemrig([...args, '--report', 'html'])).exitCode).toBe(3)
  expect(JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'))).toMatchObject({ verdict: 'pass' })
})

it('a run that was cut off is reported as far as it went', async () => {
  const bytes = Buffer.byteLength(written('events.jsonl'))
  truncateSync(join(run(), 'events.jsonl'), Math.floor(bytes / 2))
  const { exitCode, stdout } = await gemrig(['report', run(), '--json'])
  expect(exitCode).toBe(0)
  const result = JSON.parse(stdout) as ResultJson
  expect(result).toMatchObject({ verdict: 'interrupted', complete: false })
  expect(result.operations).toBeGreaterThan(10)
})

it.each([
  [['--html', '--ktap'], /name one of --html/],
  [[], /name one of --html/],
])('wrong use %j: one clear line, exit code 2', async (flags, message) => {
  const { exitCode, stderr } = await gemrig(['report', run(), ...flags])
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(message)
})

it('a folder that holds no run, or cannot be written to: exit code 2', async () => {
  const none = await gemrig(['report', join(folder, 'none'), '--ktap'])
  expect(none).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/ENOENT.*name the folder/) as string,
  })
  const nowhere = await gemrig(['report', run(), '--ktap', '--output', join(folder, 'no', 'where')])
  expect(nowhere).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/cannot write/) as string })
  expect((await gemrig(['stress', '--report', 'pdf'])).exitCode).toBe(2)
})
