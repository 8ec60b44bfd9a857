/** What goes wrong on a board with the real driver: clear errors, the right exit codes, and nothing left behind. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MISSING, TASKS, vm } from './vm-run.js'

const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

/**
 * Runs in the guest. Each case leaves its output and exit code in a file; cgroups and processes are looked at after
 * each. One boot for all of them.
 */
const SCRIPT = `
main=/app/dist/cli/main.js
${TASKS}
left() { ls -d /sys/fs/cgroup/gemrig-* 2>/dev/null; tasks; }
case_() { name=$1; shift; node $main "$@" >$name.out 2>$name.err; echo $? >$name.code; left >$name.left; }

wait_for_work() { while ! grep -q ' [1-9][0-9]* operations' $1; do sleep 0.2; done; }

case_ devices devices --json
case_ memory stress --buffers 60000 --out memory
case_ node stress --node /dev/null --out node
case_ squeeze stress --pressure cgroup-squeeze --duration 4s --out squeeze

# Ctrl-C while actors work.
node $main stress --duration 10m --out interrupted >interrupted.out 2>interrupted.err & pid=$!
wait_for_work interrupted.err
kill -INT $pid; wait $pid; echo $? >interrupted.code; left >interrupted.left

# kill -9 while actors work: they end by themselves, the next start removes the cgroup.
node $main stress --duration 10m --out killed >killed.out 2>killed.err & pid=$!
wait_for_work killed.err
tasks >killed.actors
kill -9 $pid; wait $pid; ls -d /sys/fs/cgroup/gemrig-* >killed.left
tries=0; while [ -n "$(tasks)" ] && [ $tries -lt 150 ]; do sleep 0.2; tries=$((tries + 1)); done
tasks >killed.processes
case_ next stress --pressure root-reclaim --duration 2s --out next
`

describe.skipIf(MISSING.length > 0)(`faults on the virtual board rk3399${skipped}`, () => {
  let out = ''
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-faults-'))
    writeFileSync(join(out, 'faults.sh'), SCRIPT)
    const { error } = await vm(['sh', './faults.sh'], out, { runTimeoutMs: 800_000 })
    if (error !== undefined) throw error
  }, 900_000)
  afterAll(() => {
    rmSync(out, { recursive: true })
  })
  const file = (name: string) => readFileSync(join(out, name), 'utf8')

  it('devices lists the real driver', () => {
    const { devices } = JSON.parse(file('devices.out')) as { devices: object[] }
    expect(devices).toContainEqual(
      expect.objectContaining({ support: 'purgeable', bus: 'platform', busName: '7f000000.gpu' }),
    )
  })

  it.each([
    ['memory', '3', /need about \d+ MiB, and \d+ MiB are available/],
    ['node', '3', /\/dev\/null: ENOTTY: it is not a DRM node/],
  ])('%s: one clear line, exit code %s', (name, code, message) => {
    expect(file(`${name}.err`)).toMatch(message)
    expect(file(`${name}.code`).trim()).toBe(code)
    expect(file(`${name}.left`)).toBe('')
  })

  it('a run in which nothing was reclaimed is inconclusive', () => {
    expect(file('squeeze.code').trim()).toBe('125')
    expect(file('squeeze.out')).toMatch(/^inconclusive: nothing was reclaimed/m)
    expect(file('squeeze.left')).toBe('')
  })

  it('Ctrl-C leaves no cgroup and no process', () => {
    expect(file('interrupted.code').trim()).toBe('130')
    expect(file('interrupted.left')).toBe('')
    expect(file('interrupted/events.jsonl').trimEnd()).toMatch(/"type":"run-end".*"verdict":"interrupted".*$/)
  })

  it('after kill -9 the actors end, and the next start removes the cgroup', () => {
    expect(file('killed.left')).toMatch(/^\/sys\/fs\/cgroup\/gemrig-\d+-\d+$/m)
    expect(file('killed.actors').trim().split('\n')).toHaveLength(2)
    expect(file('killed.processes')).toBe('')
    expect(file('next.code').trim()).toBe('0')
    expect(file('next.left')).toBe('')
  })
})
