import { beforeEach, describe, expect, test } from 'vitest'
import type { OperationEvent, StressEvent } from '../../src/events/stress-event.js'
import { BufferStates } from '../../src/oracle/buffer-states.js'
import { Judge } from '../../src/oracle/judge.js'
import { createOracles } from '../../src/oracle/oracles.js'
import type { Operation, OperationOutcome } from '../../src/workload/operation.js'

const MIB = 1 << 20

let judge: Judge
let n: number

beforeEach(() => {
  judge = new Judge()
  n = 0
})

function event(operation: Operation, result: OperationOutcome['result'], actor = 0): OperationEvent {
  const outcome: OperationOutcome =
    result === 'corrupt'
      ? { result, offset: 77 }
      : result === 'refused'
        ? { result, code: operation.op === 'madvise' ? 'EINTR' : 'ENOMEM', request: 'X' }
        : result === 'evicted'
          ? { result, bytes: 4096 }
          : result === 'raced'
            ? { result, retained: 30, purged: 2 }
            : { result }
  return { type: 'operation', t: n, durationUs: 1, actor, n: n++, operation, outcome }
}

type Step = [operation: Operation, result: OperationOutcome['result']]

const B = { buffer: 7 }
const create: Step = [{ op: 'create', ...B, sizeBytes: 4096, noexec: true }, 'ok']
const map: Step = [{ op: 'map', ...B }, 'ok']
const unmap: Step = [{ op: 'unmap', ...B }, 'ok']
const close: Step = [{ op: 'close', ...B }, 'ok']
const fill = (result: OperationOutcome['result'] = 'ok'): Step => [{ op: 'fill', ...B, seed: 1 }, result]
const verify = (result: OperationOutcome['result']): Step => [{ op: 'verify', ...B, seed: 1 }, result]
const touch = (result: OperationOutcome['result']): Step => [{ op: 'touch', ...B }, result]
const dontneed = (result: OperationOutcome['result']): Step => [
  { op: 'madvise', ...B, advice: 'dontneed' },
  result,
]
const willneed = (result: OperationOutcome['result']): Step => [
  { op: 'madvise', ...B, advice: 'willneed' },
  result,
]

/** The oracle that each step broke, or '-' when it broke none. */
function broken(...steps: Step[]): string[] {
  return steps.map(([operation, result]) => {
    const violations = judge.observe(event(operation, result))
    return violations.length === 0 ? '-' : violations.map(({ oracle }) => oracle).join(' ')
  })
}

const silent = (...steps: Step[]) => expect(broken(...steps)).toEqual(steps.map(() => '-'))
const last = (...steps: Step[]) => broken(...steps).at(-1)

describe('a kernel that keeps its promises breaks none', () => {
  test('a buffer that was retained', () => {
    silent(
      create,
      map,
      fill(),
      unmap,
      dontneed('retained'),
      willneed('retained'),
      map,
      verify('intact'),
      unmap,
      close,
    )
  })
  test('a buffer that was purged', () => {
    const purged = [
      willneed('purged'),
      willneed('purged'),
      map,
      touch('sigbus'),
      verify('sigbus'),
      fill('sigbus'),
    ]
    silent(create, dontneed('retained'), ...purged, dontneed('purged'), unmap, close)
  })
  test('a buffer that was purged while it was mapped, found by the access or by DONTNEED', () => {
    silent(create, map, dontneed('retained'), touch('sigbus'), willneed('purged'), close)
    silent(create, dontneed('retained'), dontneed('purged'), close)
  })
  test('a refusal says nothing of the content', () => {
    silent(create, dontneed('retained'), willneed('refused'), willneed('purged'), [map[0], 'refused'])
  })
  test('a name that was closed is forgotten, also when the kernel gives it a new buffer', () => {
    silent(create, dontneed('retained'), willneed('purged'), close, create, willneed('retained'))
  })
  test('the buffers of another actor are others', () => {
    silent(create, dontneed('retained'), willneed('purged'))
    expect(judge.observe(event(create[0], 'ok', 1))).toEqual([])
    expect(judge.observe(event(willneed('retained')[0], 'retained', 1))).toEqual([])
  })
})

describe('retained-is-intact', () => {
  test('fails on a byte that changed, and says where', () => {
    expect(last(create, map, fill(), dontneed('retained'), willneed('retained'), verify('corrupt'))).toBe(
      'retained-is-intact',
    )
    const [violation] = judge.observe(event({ op: 'verify', buffer: 7, seed: 1 }, 'corrupt', 3))
    expect(violation).toMatchObject({
      type: 'violation',
      message: 'buffer 7 of actor 3 (operation 6, verify): the byte at offset 77 is not what was written',
    })
    expect(judge.violations).toBe(2)
  })
})

describe('willneed-is-never-purged', () => {
  test.each([
    ['retained = 0 of a new buffer', [create, willneed('purged')]],
    ['retained = 0 at the very DONTNEED', [create, dontneed('purged')]],
    ['SIGBUS in a new buffer', [create, map, fill('sigbus')]],
    [
      'SIGBUS after it was taken back',
      [create, dontneed('retained'), willneed('retained'), map, verify('sigbus')],
    ],
    [
      'retained = 0 after it was taken back',
      [create, dontneed('retained'), willneed('retained'), willneed('purged')],
    ],
  ] as [string, Step[]][])('fails on %s', (_title, steps) => {
    expect(last(...steps)).toBe('willneed-is-never-purged')
  })
})

describe('purged-is-for-ever', () => {
  const purged = [create, dontneed('retained'), willneed('purged')]
  test.each([
    ['retained = 1 for WILLNEED', [...purged, willneed('retained')]],
    ['retained = 1 for DONTNEED', [...purged, dontneed('retained')]],
    ['a read that works', [...purged, map, touch('ok')]],
    ['a write that works', [...purged, map, fill('ok')]],
    ['content that is there', [...purged, map, verify('intact')]],
    ['retained = 1 after SIGBUS', [create, map, dontneed('retained'), touch('sigbus'), willneed('retained')]],
  ] as [string, Step[]][])('fails on %s', (_title, steps) => {
    expect(last(...steps)).toBe('purged-is-for-ever')
  })
  test('other content is both: it could be read, and it is not what was written', () => {
    expect(last(...purged, map, verify('corrupt'))).toBe('retained-is-intact purged-is-for-ever')
  })
})

describe('a race of advices', () => {
  const OTHER = 8
  const createOther: Step = [{ op: 'create', buffer: OTHER, sizeBytes: 4096, noexec: true }, 'ok']
  const willneedOther = (result: OperationOutcome['result']): Step => [
    { op: 'madvise', buffer: OTHER, advice: 'willneed' },
    result,
  ]
  const operation = { op: 'race-madvise', ...B, others: [OTHER], threads: 2, iterations: 4 } as const
  /** In which some buffer was purged. */
  const race: Step = [operation, 'raced']

  test('that told of a purge: any of its buffers may be the one', () => {
    silent(create, createOther, race, willneed('purged'), willneedOther('retained'))
    silent(create, createOther, race, willneed('retained'), willneedOther('purged'))
    silent(create, createOther, race, willneed('retained'), race, willneed('retained'))
  })

  test('that told of a purge: it cannot be that none is', () => {
    silent(create, createOther, race, willneed('retained'))
    expect(last(willneedOther('retained'))).toBe('purged-is-for-ever')
  })

  test('that told of none: none is purged later, as all were taken back', () => {
    silent(create, createOther, dontneed('retained'))
    const outcome = { result: 'raced', retained: 32, purged: 0 } as const
    expect(judge.observe({ ...event(operation, 'ok'), outcome })).toEqual([])
    expect(last(willneed('purged'))).toBe('willneed-is-never-purged')
    expect(last(willneedOther('purged'))).toBe('willneed-is-never-purged')
  })

  test('that was refused: nothing is known', () => {
    silent(create, createOther, [operation, 'refused'], willneed('purged'), willneedOther('retained'))
  })

  test('does not bring back what was purged', () => {
    silent(create, createOther, dontneed('retained'), willneed('purged'), race)
    expect(last(willneed('retained'))).toBe('purged-is-for-ever')
  })
})

describe('memory-comes-back', () => {
  const check = (when: 'before' | 'after', shmemBytes: number, cgroupShmemBytes?: number): StressEvent => ({
    type: 'memory-check',
    t: 0,
    when,
    shmemBytes,
    ...(cgroupShmemBytes !== undefined && { cgroupShmemBytes }),
  })
  const after = (grownBytes: number, cgroupBytes?: number) => {
    judge.observe(check('before', 10 * MIB, cgroupBytes === undefined ? undefined : 0))
    return judge.observe(check('after', 10 * MIB + grownBytes, cgroupBytes)).map(({ message }) => message)
  }
  test('is silent when it does, within what counters lag', () => {
    expect([after(0), after(2 * MIB), after(-5 * MIB), after(0, 0), after(0, MIB / 2)].flat()).toEqual([])
  })
  test('fails when the machine has more shared memory in use than before', () => {
    expect(after(3 * MIB)).toEqual(['3072 KiB more shared memory in use than before the run'])
  })
  test('fails when some is still charged to the cgroup', () => {
    expect(after(0, MIB)).toEqual(['1024 KiB of shared memory still charged to the cgroup'])
  })
})

describe('oom-takes-hogs-only', () => {
  const exit = (signal: string | null, expected: boolean): StressEvent => {
    return { type: 'task-exit', t: 0, task: 'actor 1', code: signal === null ? 0 : null, signal, expected }
  }
  const kills = (oomKills: number, hogsKilled: number): StressEvent => ({
    type: 'oom-check',
    t: 0,
    oomKills,
    hogsKilled,
  })
  test('is silent about hogs, and about ends that were meant', () => {
    const events = [
      kills(0, 0),
      kills(1, 1),
      kills(2, 2),
      exit(null, true),
      exit('SIGKILL', true),
      exit('SIGTERM', false),
    ]
    expect(events.flatMap((each) => judge.observe(each))).toEqual([])
  })
  test('fails when an actor is killed', () => {
    expect(judge.observe(exit('SIGKILL', false))).toMatchObject([
      { oracle: 'oom-takes-hogs-only', message: 'actor 1 was killed' },
    ])
  })
  const kill = (whose: 'hog' | 'actor' | 'other', scope: 'memcg' | 'global', actor?: number): StressEvent => {
    const victim = { pid: 17, task: 'sshd', whose, scope, ...(actor !== undefined && { actor }) }
    return { type: 'oom-kill', t: 0, ...victim }
  }
  const phase = (when: 'phase-begin'): StressEvent => ({ type: when, t: 0, phase: 'machine-pressure' })
  const found = (...events: StressEvent[]) =>
    events.flatMap((each) => judge.observe(each)).map(({ message }) => message)
  test('is silent about hogs in the log, and about the limits of other people’s cgroups', () => {
    expect(found(phase('phase-begin'), kill('hog', 'memcg'), kill('hog', 'global'), kills(2, 0))).toEqual([])
    expect(found(kill('other', 'memcg'), kills(1, 0))).toEqual([])
  })
  test('fails on a process of somebody else’s when the machine ran out of memory under pressure', () => {
    expect(found(kill('other', 'global'))).toEqual([])
    expect(found(phase('phase-begin'), kill('other', 'global'), kills(1, 0))).toEqual([
      'while this run pressed for memory the OOM killer took sshd (pid 17, not ours): the machine was out of memory',
    ])
  })
  test('tells the end of an actor once, whichever shows it first', () => {
    expect(found(kill('actor', 'memcg', 1), exit('SIGKILL', false), kills(1, 0))).toEqual([
      'the OOM killer took sshd (pid 17, actor 1): its cgroup was at its limit',
    ])
    expect(found(kill('actor', 'global'))).toHaveLength(1)
  })
  test('counts what the log did not tell', () => {
    expect(found(phase('phase-begin'), kill('other', 'memcg'), kills(2, 0))).toHaveLength(1)
    // What was killed before is in no count of a phase.
    expect(found(kill('other', 'memcg'), phase('phase-begin'), kills(1, 0))).toHaveLength(1)
  })
  test('fails when more were killed than hogs', () => {
    expect(judge.observe(kills(2, 1))).toMatchObject([
      { message: expect.stringContaining('2 process(es), of which 1') as string },
    ])
    expect(judge.observe(kills(1, 0))).toHaveLength(1)
  })
})

test('events of other kinds are nobody’s business', () => {
  const events: StressEvent[] = [
    { type: 'phase-begin', t: 0, phase: 'root-reclaim' },
    { type: 'pressure', t: 0, phase: 'root-reclaim', step: 'x', detail: {} },
    { type: 'run-end', t: 0, verdict: 'pass', reason: '' },
  ]
  expect(events.flatMap((each) => judge.observe(each))).toEqual([])
})

test('each judge has oracles of its own, and each oracle a name of its own', () => {
  silent(create, dontneed('retained'), willneed('purged'))
  expect(new Judge().observe(event(willneed('retained')[0], 'retained'))).toEqual([])
  const names = createOracles().map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

test('the state of a buffer is what the kernel last said of it', () => {
  const states = new BufferStates()
  const seen = [
    create,
    dontneed('retained'),
    willneed('refused'),
    willneed('retained'),
    willneed('purged'),
    close,
  ].map(([operation, result]) => {
    const each = event(operation, result)
    const before = states.find(each)?.state
    states.apply(each)
    return before
  })
  expect(seen).toEqual([undefined, 'needed', 'not-needed', 'not-needed', 'needed', 'purged'])
  expect(states.find(event(create[0], 'ok'))).toBeUndefined()
  expect(states.size).toBe(0)
})

describe('what several files use', () => {
  const FILE = 1
  const OTHER = 8
  const open: Step = [{ op: 'open', buffer: FILE }, 'ok']
  const closeFile: Step = [{ op: 'close', buffer: FILE }, 'ok']
  const exported: Step = [{ op: 'export', ...B }, 'ok']
  const heap: Step = [{ op: 'heap-allocate', ...B, heap: 'system', sizeBytes: 4096 }, 'ok']
  const imported: Step = [{ op: 'import', buffer: OTHER, from: B.buffer, file: FILE }, 'ok']
  const closeOther: Step = [{ op: 'close', buffer: OTHER }, 'ok']
  const advise = (advice: 'dontneed' | 'willneed', result: OperationOutcome['result']): Step => [
    { op: 'madvise', buffer: OTHER, advice },
    result,
  ]
  const touchOther: Step = [{ op: 'touch', buffer: OTHER }, 'sigbus']

  test('an exported buffer is held after its importer closed it', () => {
    const steps = [open, create, exported, imported, closeOther, dontneed('retained')]
    silent(...steps)
    expect(last(willneed('purged'))).toBe('held-is-never-purged')
  })

  test('and after its importer closed the whole file', () => {
    silent(open, create, exported, imported, closeFile, dontneed('retained'))
    expect(last(willneed('purged'))).toBe('held-is-never-purged')
  })

  test('and by the importer after the exporter closed it', () => {
    silent(open, create, exported, imported, close, advise('dontneed', 'retained'))
    expect(last(advise('willneed', 'purged'))).toBe('held-is-never-purged')
  })

  test('advice in one file shows in the other: it is one object', () => {
    silent(open, create, exported, imported, dontneed('retained'))
    expect(last(touchOther)).toBe('held-is-never-purged')
  })

  test('an imported dma-buf is held', () => {
    silent(open, heap, imported, advise('dontneed', 'retained'))
    expect(last(advise('willneed', 'purged'))).toBe('held-is-never-purged')
  })

  test('a dma-buf of a heap is nobody’s to take', () => {
    silent(heap, map)
    expect(last(touch('sigbus'))).toBe('willneed-is-never-purged')
  })

  test('a failed import holds nothing', () => {
    silent(open, create, [imported[0], 'refused'], dontneed('retained'))
    silent(willneed('purged'))
  })

  test('closing a file forgets what was made in it, and no other', () => {
    const states = new BufferStates()
    const inFile: Step = [{ op: 'create', buffer: 3, sizeBytes: 4096, noexec: true, file: FILE }, 'ok']
    for (const [operation, result] of [open, create, inFile, exported, imported, closeFile])
      states.apply(event(operation, result))
    expect(states.find(event({ op: 'touch', buffer: 3 }, 'ok'))).toBeUndefined()
    expect(states.find(event({ op: 'touch', buffer: OTHER }, 'ok'))).toBeUndefined()
    expect(states.find(event({ op: 'touch', ...B }, 'ok'))).toMatchObject({ state: 'needed', isHeld: true })
    expect(states.size).toBe(1)
  })
})
