/** Whom the OOM killer took during a run: a hog, an actor, or somebody else. */
import { describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import type { Board } from '../../src/board/board.js'
import { createFakeBoard, type FakeBoard } from '../../src/board/fake-board.js'
import { OomKillReader } from '../../src/observe/oom-kill.js'
import { OwnTasks } from '../../src/stress/own-tasks.js'
import { stress } from './lying-board.js'

describe('the lines of a kill', () => {
  const read = (...lines: string[]) => {
    const reader = new OomKillReader()
    return lines.map((line) => reader.add(line)).filter((kill) => kill !== undefined)
  }
  const SIZES =
    'total-vm:1131148kB, anon-rss:1045532kB, file-rss:1372kB, shmem-rss:36kB, UID:0 pgtables:2144kB'

  test('of a limit', () => {
    const memcg = '/user.slice/hello,world'
    expect(
      read(
        'stress-ng-vm invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=1000',
        `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0-1,3,oom_memcg=${memcg},task_memcg=${memcg}/a,task=next, (v16,pid=12,uid=1000`,
        `Memory cgroup out of memory: Killed process 12 (next, (v16) ${SIZES} oom_score_adj:1000`,
      ),
    ).toEqual([
      {
        pid: 12,
        task: 'next, (v16',
        scope: 'memcg',
        constraint: 'CONSTRAINT_MEMCG',
        memcg,
        taskMemcg: `${memcg}/a`,
      },
    ])
  })

  test.each([
    [',global_oom,task_memcg=/system.slice/ssh.service', '/system.slice/ssh.service'],
    ['', undefined],
  ])('of the machine (%s)', (cgroups, taskMemcg) => {
    expect(
      read(
        `oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0${cgroups},task=sshd,pid=17,uid=0`,
        `Out of memory (oom_kill_allocating_task): Killed process 17 (sshd) ${SIZES} oom_score_adj:0`,
      ),
    ).toEqual([
      {
        pid: 17,
        task: 'sshd',
        scope: 'global',
        constraint: 'CONSTRAINT_NONE',
        ...(taskMemcg !== undefined && { taskMemcg }),
      },
    ])
  })

  test('without a summary, or with that of another one', () => {
    const killed = (pid: number) =>
      `Memory cgroup out of memory: Killed process ${pid} (x) ${SIZES} oom_score_adj:0`
    const summary =
      'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a,task=x,pid=5,uid=0'
    expect(read(summary, killed(5), killed(6)).map(({ pid, memcg }) => [pid, memcg])).toEqual([
      [5, '/a'],
      [6, undefined],
    ])
  })
})

describe('whose a victim is', () => {
  const board = createFakeBoard()
  const tasks = new OwnTasks(board, 'gemrig-9-9')
  const role = { moduleUrl: '', exportName: '', run: () => Promise.resolve() }
  const hog = tasks.board.start('hog', role, null).pid
  const actor = tasks.board.start('actor 3', role, null).pid
  const whose = (pid: number, taskMemcg?: string) =>
    tasks.whose({ pid, task: 'x', scope: 'global', ...(taskMemcg !== undefined && { taskMemcg }) })

  test('its pid tells', () => {
    expect([whose(hog), whose(actor), whose(99_999)]).toEqual([
      { whose: 'hog' },
      { whose: 'actor', actor: 3 },
      { whose: 'other' },
    ])
  })

  test('its cgroup tells where the log has pids of another namespace', () => {
    expect(whose(99_999, '/docker/1/gemrig-9-9/hog')).toEqual({ whose: 'hog' })
    expect(whose(99_999, '/docker/1/gemrig-9-9/workload')).toEqual({ whose: 'actor' })
    expect(whose(hog, '/docker/1/gemrig-9-9/workload')).toEqual({ whose: 'actor' })
    expect(whose(99_999, '/gemrig-9-8/hog')).toEqual({ whose: 'other' })
  })
})

/** A machine in use on which `happens` happens when the run has gone on for some time. */
function machineInUse(happens: (board: FakeBoard) => void): Board {
  const board = createFakeBoard({ seed: 1 })
  const start: Board['start'] = (name, role, args) => {
    if (name === 'actor 0') void board.clock.sleep(700).then(() => happens(board))
    return board.start(name, role, args)
  }
  return { ...board, expendable: false, start }
}

const KILLED = 'Killed process 17 (sshd) total-vm:1kB, anon-rss:1kB'

describe('a run that may disturb a machine in use', () => {
  test('fails when the OOM killer takes somebody else because of it', async () => {
    const board = machineInUse(({ kernel }) => {
      kernel.log.print(
        'oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/ssh,task=sshd,pid=17,uid=0',
      )
      kernel.log.print(`Out of memory: ${KILLED}`)
    })
    const { verdict, violations, events } = await stress(board, {}, { allowDisruptive: true })
    expect({ verdict, violations }).toEqual({
      verdict: 'fail',
      violations: [
        'oom-takes-hogs-only: while this run pressed for memory the OOM killer took sshd (pid 17, not ours): the machine was out of memory',
      ],
    })
    expect(events.find(({ type }) => type === 'oom-kill')).toMatchObject({
      pid: 17,
      task: 'sshd',
      whose: 'other',
      scope: 'global',
      taskMemcg: '/ssh',
    })
  })

  test('tells of somebody else’s limit, and does not fail', async () => {
    const board = machineInUse(({ kernel }) => kernel.log.print(`Memory cgroup out of memory: ${KILLED}`))
    const { verdict, events } = await stress(board, {}, { allowDisruptive: true })
    expect(verdict).toBe('pass')
    expect(events.find(({ type }) => type === 'oom-kill')).toMatchObject({ whose: 'other', scope: 'memcg' })
  })
})

test('the hog of a squeeze is one, and its limit is that of the run', async () => {
  const { events, violations } = await stress(createFakeBoard({ seed: 1 }), {
    pressure: ['cgroup-squeeze'],
    durationMs: 6000,
  })
  expect(violations).toEqual([])
  const [kill, ...more] = events.filter((event) => event.type === 'oom-kill')
  expect(more).toEqual([])
  expect(kill).toMatchObject({ whose: 'hog', scope: 'memcg', constraint: 'CONSTRAINT_MEMCG' })
  expect(kill?.taskMemcg).toBe(`${kill?.memcg}/hog`)
})

test('an actor that is killed is one, however its end shows', async () => {
  const board = createFakeBoard({ seed: 1 })
  const start: Board['start'] = (name, role, args) => {
    const task = board.start(name, role, args)
    if (name === 'actor 0')
      void board.clock.sleep(700).then(() => {
        board.kernel.events.add('oom_kill')
        board.kernel.log.print(`Out of memory: Killed process ${task.pid} (x) total-vm:1kB`)
        board.kill(task.pid)
      })
    return task
  }
  const { violations, events } = await stress({ ...board, start })
  expect(violations).toHaveLength(1)
  expect(events.find(({ type }) => type === 'oom-kill')).toMatchObject({ whose: 'actor', actor: 0 })
})

test('where the log cannot be read the counters tell', async () => {
  const board = createFakeBoard({ seed: 1 })
  const start: Board['start'] = (name, role, args) => {
    if (name === 'actor 0') void board.clock.sleep(700).then(() => board.kernel.events.add('oom_kill'))
    return board.start(name, role, args)
  }
  const { violations } = await stress({ ...board, start, openKernelLog: () => -ERRNO.EPERM })
  expect(violations).toEqual(['oom-takes-hogs-only: the OOM killer took 1 process(es), of which 0 were hogs'])
})
