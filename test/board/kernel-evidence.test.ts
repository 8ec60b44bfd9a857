/** Evidence on the real driver: its own warning turns the verdict, and an actor that hangs is noticed and named. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StressEvent } from '../../dist/events/stress-event.js'
import type { ReplayResult } from '../../dist/replay/replay.js'
import { MISSING, TASKS, vm } from './vm-run.js'

const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

/** Once a run has begun: a CREATE_BO in a cgroup that is smaller than the buffer. */
const ENOMEM = `
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
const { openDevice } = await import('/app/dist/index.js')
mkdirSync('/sys/fs/cgroup/tiny')
const device = openDevice({ backend: 'native', driver: 'panfrost' })
writeFileSync('/sys/fs/cgroup/tiny/cgroup.procs', String(process.pid))
writeFileSync('/sys/fs/cgroup/tiny/memory.max', String(96 << 20))
console.log('ready')
const journal = 'warned/events.jsonl'
const begins = () => existsSync(journal) && readFileSync(journal, 'utf8').includes('phase-begin')
while (!begins()) await new Promise((resolve) => setTimeout(resolve, 200))
try {
  device.createBuffer({ sizeBytes: 256 << 20 })
} catch (error) {
  console.log(String(error))
}
device.close()
`

/** The kernel tells once that this file is deprecated (fs/proc/base.c, __set_oom_adj, 6.12). */
const PRINTED_ONCE = 'oom_adj is deprecated'

const SCRIPT = `
main=/app/dist/cli/main.js
once() { echo 0 >/proc/self/oom_adj; dmesg | grep -c '${PRINTED_ONCE}'; }
{ once; once; } >once.before
node ./enomem.mjs >enomem.out 2>&1 & other=$!
while ! grep -q ready enomem.out; do sleep 0.2; done
node $main stress --pressure root-reclaim --duration 15s --out warned >warned.out 2>warned.err; echo $? >warned.code
wait $other
once >once.after

NODE_OPTIONS='--import ./flip-byte-guest.mjs' node $main stress --pressure root-reclaim --duration 10s --out flipped \\
  >flipped.out 2>flipped.err; echo $? >flipped.code

${TASKS}
node $main stress --pressure root-reclaim --duration 10m --out stopped >stopped.out 2>stopped.err & pid=$!
while ! grep -q ' [1-9][0-9]* operations' stopped.err; do sleep 0.2; done
tasks >stopped.actors
kill -STOP $(head -n 1 stopped.actors)
wait $pid; echo $? >stopped.code
{ ls -d /sys/fs/cgroup/gemrig-*; tasks; } >stopped.left 2>/dev/null
node $main replay stopped --json >replayed.json 2>replayed.err; echo $? >replayed.code
true
`

describe.skipIf(MISSING.length > 0)(`evidence on the virtual board rk3399${skipped}`, () => {
  let out = ''
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-evidence-'))
    writeFileSync(join(out, 'enomem.mjs'), ENOMEM)
    writeFileSync(
      join(out, 'flip-byte-guest.mjs'),
      readFileSync(new URL('flip-byte-guest.mjs', import.meta.url)),
    )
    writeFileSync(join(out, 'evidence.sh'), SCRIPT)
    const { error } = await vm(['sh', './evidence.sh'], out, { runTimeoutMs: 600_000 })
    if (error !== undefined) throw error
  }, 900_000)
  afterAll(() => {
    rmSync(out, { recursive: true })
  })
  const file = (name: string) => readFileSync(join(out, name), 'utf8')
  const events = (name: string) =>
    file(`${name}/events.jsonl`)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as StressEvent)

  it("the driver's warning of a CREATE_BO without pages fails a run that does not expect it", () => {
    expect(file('enomem.out')).toMatch(/CREATE_BO of 268435456 bytes on panfrost: ENOMEM/)
    expect(file('warned.code').trim()).toBe('1')
    expect(file('warned.out')).toMatch(
      /no-new-kernel-warning: panfrost-create-bo-no-pages: WARNING: .*panfrost_mmu\.c:\d+/,
    )
    const records = events('warned').filter((event) => event.type === 'kernel-log')
    const warning = records.find(({ name }) => name === 'panfrost-create-bo-no-pages')
    expect(warning?.lines?.length).toBeGreaterThan(20)
    expect(warning?.lines?.at(-1)).toContain('end trace')
    expect(records.filter(({ name }) => name === 'panfrost-purging').length).toBeGreaterThan(0)
    expect(events('warned').find(({ type }) => type === 'kernel-log-end')).toMatchObject({ newTaint: ['W'] })
    expect(file('warned/kmsg.log')).toMatch(/cut here[^]*panfrost_mmu_map[^]*end trace/)
  })

  it('a byte of a retained buffer that is another one fails the run, with its offset', () => {
    expect(file('flipped.code').trim(), file('flipped.err')).toBe('1')
    expect(events('flipped').at(-1)).toMatchObject({ type: 'run-end', verdict: 'fail' })
    const broken = events('flipped').filter((event) => event.type === 'violation')
    expect(broken.map(({ oracle }) => oracle)).toEqual(['retained-is-intact', 'retained-is-intact'])
    for (const { message } of broken)
      expect(message).toMatch(/^buffer \d+ of actor \d .*: the byte at offset 77 is not what was written$/)
    expect(file('flipped.out')).toMatch(/^retained-is-intact: buffer \d+ of actor \d/m)
  })

  it('what the kernel prints once only is printed again in a run', () => {
    expect(file('once.before')).toBe('1\n1\n')
    expect(file('once.after')).toBe('2\n')
    expect(events('warned').find(({ type }) => type === 'kernel-log-begin')).toMatchObject({
      warnOnceCleared: true,
    })
  })

  it('a sample tells of the cgroups, stalls and fdinfo of the actors', () => {
    const samples = events('warned').filter((event) => event.type === 'sample')
    // The driver says nothing of purgeable bytes as long as a client has no buffer.
    const sample = samples.find(({ clients }) => clients?.some(({ totalBytes = 0 }) => totalBytes > 0))
    const client = sample?.clients?.find(({ totalBytes = 0 }) => totalBytes > 0)
    expect(client).toHaveProperty('purgeableBytes')
    expect(sample?.cgroups?.workload.shmemBytes).toBeGreaterThanOrEqual(0)
    expect(sample?.stall?.someUs).toBeGreaterThanOrEqual(0)
  })

  it('an actor that is stopped is named with its operation, and the run cleans up and ends', () => {
    expect(file('stopped.actors').trim().split('\n')).toHaveLength(2)
    expect(file('stopped.code').trim()).toBe('1')
    expect(file('stopped.out')).toMatch(
      /no-operation-hangs: actor \d \(pid \d+\) gave no sign for \d+ s, at operation \d+ \w+ \(state T, in do_signal_stop\)/,
    )
    expect(file('stopped.left')).toBe('')
    const hang = events('stopped').find((event) => event.type === 'hang')
    const stuck = events('stopped').filter((event) => event.type === 'operation-unfinished')
    expect(stuck.map(({ actor, n, operation }) => [actor, `${n} ${operation.op}`])).toContainEqual([
      hang?.actor,
      hang?.doing,
    ])
  })

  it('what it was at is replayed, beside the kernel log, and comes to an end', () => {
    expect(file('replayed.code').trim(), file('replayed.err')).toBe('0')
    const { violations, differences, steps } = JSON.parse(file('replayed.json')) as ReplayResult
    expect(violations).toEqual([])
    const stuck = events('stopped').filter((event) => event.type === 'operation-unfinished')
    expect(differences.filter(({ expected }) => expected === 'unfinished')).toHaveLength(stuck.length)
    expect(steps).toBeGreaterThan(events('stopped').filter(({ type }) => type === 'operation').length)
  })
})
