import { beforeEach, describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import { createFakeBoard, type FakeBoard } from '../../src/board/fake-board.js'
import type { Board } from '../../src/board/board.js'
import type { KernelFiles } from '../../src/board/kernel-files.js'
import { KernelFileError } from '../../src/observe/read.js'
import type { Cgroup } from '../../src/pressure/cgroup/cgroup.js'
import { createTreeV1 } from '../../src/pressure/cgroup/cgroup-v1.js'
import { createTreeV2 } from '../../src/pressure/cgroup/cgroup-v2.js'
import { findCgroupTree } from '../../src/pressure/cgroup/find-tree.js'
import { createRunCgroup, removeLeftovers } from '../../src/pressure/cgroup/run-cgroup.js'

/** Pseudo-files in memory. Directories are made and removed; every write and every refusal is the test's to choose. */
class MemoryFiles implements KernelFiles {
  readonly texts = new Map<string, string>()
  readonly directories = new Set<string>()
  readonly writes: string[] = []
  readonly refusals = new Map<string, number[]>()

  read(path: string) {
    return Promise.resolve(this.#refusal(`read ${path}`) ?? this.texts.get(path) ?? -ERRNO.ENOENT)
  }
  write(path: string, text: string) {
    this.writes.push(`${path} ${text}`)
    return Promise.resolve(this.#refusal(`write ${path}`) ?? 0)
  }
  list(path: string) {
    const below = (each: string) =>
      each.startsWith(`${path}/`) ? [each.slice(path.length + 1).split('/')[0] ?? ''] : []
    const names = new Set([...this.directories, ...this.texts.keys()].flatMap(below))
    return Promise.resolve(names.size > 0 || this.directories.has(path) ? [...names].sort() : -ERRNO.ENOENT)
  }
  makeDirectory(path: string) {
    const refused = this.#refusal(`mkdir ${path}`)
    if (refused !== undefined) return Promise.resolve(refused)
    if (this.directories.has(path)) return Promise.resolve(-ERRNO.EEXIST)
    this.directories.add(path)
    return Promise.resolve(0 as const)
  }
  removeDirectory(path: string) {
    const refused = this.#refusal(`rmdir ${path}`)
    if (refused !== undefined) return Promise.resolve(refused)
    const isBusy = [...this.directories].some((each) => each.startsWith(`${path}/`))
    if (isBusy) return Promise.resolve(-ERRNO.EBUSY)
    return Promise.resolve(this.directories.delete(path) ? (0 as const) : -ERRNO.ENOENT)
  }
  /** The next calls answer so. */
  refuse(call: string, ...errnos: number[]): void {
    this.refusals.set(call, errnos)
  }
  #refusal(call: string): number | undefined {
    const errno = this.refusals.get(call)?.shift()
    return errno === undefined ? undefined : -errno
  }
}

const ROOT = '/cg'
let files: MemoryFiles
let sleeps: number
let killed: number[]
let board: Board

beforeEach(() => {
  files = new MemoryFiles()
  sleeps = 0
  killed = []
  const sleep = () => {
    sleeps++
    return Promise.resolve()
  }
  const clock = { nowUs: () => 0, dateMs: () => 0, cpuUs: () => 0, sleep }
  board = { ...createFakeBoard(), files, clock, kill: (pid) => void killed.push(pid) }
})

describe.each([
  [1, createTreeV1],
  [2, createTreeV2],
] as const)('cgroup version %d', (version, create) => {
  const AT = `${ROOT}/run`
  const text = (name: string, value: string) => files.texts.set(`${AT}/${name}`, value)
  let cgroup: Cgroup
  beforeEach(async () => {
    cgroup = await create(board, ROOT).create('run')
    files.writes.length = 0
  })

  test('is made right below the root, and its child below it', async () => {
    expect(cgroup.path).toBe(AT)
    const child = await cgroup.child('hog')
    expect(child.path).toBe(`${AT}/hog`)
    expect([...files.directories]).toEqual([AT, `${AT}/hog`])
    expect(files.writes).toEqual(
      version === 1 ? [`${AT}/hog/memory.use_hierarchy 1`] : [`${AT}/cgroup.subtree_control +memory`],
    )
  })

  test('that exists already is an error', async () => {
    await expect(create(board, ROOT).create('run')).rejects.toThrow(/cannot mkdir \/cg\/run: EEXIST/)
  })

  test('takes processes and lists them', async () => {
    await cgroup.addProcess(42)
    expect(files.writes).toEqual([`${AT}/cgroup.procs 42`])
    text('cgroup.procs', '17\n4\n')
    expect(await cgroup.processes()).toEqual([17, 4])
    text('cgroup.procs', '')
    expect(await cgroup.processes()).toEqual([])
  })

  test('lists no process of another pid namespace, which has no pid here: kill(0) would be us', async () => {
    text('cgroup.procs', '0\n17\n0\n')
    expect(await cgroup.processes()).toEqual([17])
  })

  test('sets a limit in bytes and takes it away', async () => {
    await cgroup.setLimit(123456)
    await cgroup.setLimit(undefined)
    expect(files.writes).toEqual(
      version === 1
        ? [`${AT}/memory.limit_in_bytes 123456`, `${AT}/memory.limit_in_bytes -1`]
        : [`${AT}/memory.max 123456`, `${AT}/memory.max max`],
    )
  })

  test('sets a limit that charges race with: version 1 refuses it while more is charged', async () => {
    const limit = `write ${AT}/${version === 1 ? 'memory.limit_in_bytes' : 'memory.max'}`
    files.refuse(limit, ERRNO.EBUSY, ERRNO.EBUSY)
    if (version === 2) {
      await expect(cgroup.setLimit(1)).rejects.toThrow(/EBUSY/)
      return
    }
    await cgroup.setLimit(1)
    expect([files.writes.length, sleeps]).toEqual([3, 2])
    files.refuse(limit, ...Array<number>(1000).fill(ERRNO.EBUSY))
    await expect(cgroup.setLimit(1)).rejects.toThrow(/cannot write .*limit_in_bytes: EBUSY/)
    files.refuse(limit, ERRNO.EINVAL)
    await expect(cgroup.setLimit(1)).rejects.toThrow(/EINVAL/)
  })

  test('has memory.high in version 2 only', async () => {
    await cgroup.setHigh?.(5)
    await cgroup.setHigh?.(undefined)
    expect(files.writes).toEqual(version === 1 ? [] : [`${AT}/memory.high 5`, `${AT}/memory.high max`])
  })

  test('reads usage, shmem and events', async () => {
    if (version === 1) {
      text('memory.usage_in_bytes', '1000\n')
      text('memory.stat', 'cache 1\nshmem 7\ntotal_cache 90\ntotal_rss 20\ntotal_shmem 70\n')
      text('memory.failcnt', '5\n')
      text('memory.oom_control', 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n')
      files.texts.set(`${AT}/hog/memory.oom_control`, 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n')
    } else {
      text('memory.current', '1000\n')
      text(
        'memory.stat',
        'anon 20\nfile 90\nkernel 8\nshmem 70\nunevictable 6\nslab_reclaimable 2\nslab 9\nshmem_thp 3\n',
      )
      text('memory.events', 'low 3\nhigh 1\nmax 5\noom 9\noom_kill 5\noom_group_kill 0\n')
    }
    expect(await cgroup.usageBytes()).toBe(1000)
    expect(await cgroup.stat()).toEqual({
      shmemBytes: 70,
      anonBytes: 20,
      fileBytes: 90,
      ...(version === 2 && { kernelBytes: 8, unevictableBytes: 6, slabReclaimableBytes: 2 }),
    })
    expect(await cgroup.events()).toEqual({
      limitHits: 5,
      oomKills: 5,
      ...(version === 2 && { lowBreaches: 3, highHits: 1, ooms: 9, oomGroupKills: 0 }),
    })
  })

  test('asks to reclaim, and tells whether the kernel did', async () => {
    expect(await cgroup.reclaim(4096)).toBe(true)
    const file = version === 1 ? 'memory.force_empty' : 'memory.reclaim'
    expect(files.writes).toEqual([`${AT}/${file} ${version === 1 ? 0 : 4096}`])
    files.refuse(`write ${AT}/${file}`, version === 1 ? ERRNO.EBUSY : ERRNO.EAGAIN)
    expect(await cgroup.reclaim(4096)).toBe(false)
  })

  test('forbids swap where it can, and does not mind where it cannot', async () => {
    const file = version === 1 ? 'memory.swappiness' : 'memory.swap.max'
    files.refuse(`write ${AT}/${file}`, ERRNO.ENOENT)
    await cgroup.forbidSwap()
    expect(files.writes).toEqual([`${AT}/${file} 0`])
  })

  test('is removed when those who were killed are gone, and may be gone already', async () => {
    files.refuse(`rmdir ${AT}`, ERRNO.EBUSY, ERRNO.EBUSY)
    await cgroup.remove()
    expect([files.directories.size, sleeps]).toEqual([0, 2])
    await cgroup.remove()
  })

  test('that stays busy is an error at some time, and any other refusal is one at once', async () => {
    files.refuse(`rmdir ${AT}`, ERRNO.EPERM)
    await expect(cgroup.remove()).rejects.toThrow(/cannot rmdir .*EPERM/)
    expect(sleeps).toBe(0)
    files.refuse(`rmdir ${AT}`, ...Array<number>(1000).fill(ERRNO.EBUSY))
    await expect(cgroup.remove()).rejects.toThrow(/cannot rmdir .*EBUSY/)
  })

  test('a refused write is a KernelFileError with path and code', async () => {
    files.refuse(`write ${AT}/cgroup.procs`, ERRNO.ESRCH)
    const error = await cgroup.addProcess(1).then(
      () => undefined,
      (caught: unknown) => caught,
    )
    expect(error).toBeInstanceOf(KernelFileError)
    expect(error).toMatchObject({ code: 'ESRCH', path: `${AT}/cgroup.procs` })
  })
})

describe('freezing, in version 2', () => {
  const events = (frozen: number) =>
    files.texts.set('/cg/run/cgroup.events', `populated 1\nfrozen ${frozen}\n`)
  const make = () => createTreeV2(board, ROOT).create('run')

  test('waits until all stands still, and until all goes on', async () => {
    const cgroup = await make()
    events(0)
    const freezing = cgroup.setFrozen(true)
    await Promise.resolve()
    events(1)
    expect(await freezing).toBe(true)
    events(0)
    expect(await cgroup.setFrozen(false)).toBe(true)
    expect(files.writes).toEqual(['/cg/run/cgroup.freeze 1', '/cg/run/cgroup.freeze 0'])
  })
  test('tells when a process does not stop in time, and when the kernel cannot', async () => {
    const cgroup = await make()
    events(0)
    expect(await cgroup.setFrozen(true)).toBe(false)
    expect(sleeps).toBeGreaterThan(10)
    files.refuse('write /cg/run/cgroup.freeze', ERRNO.ENOENT, ERRNO.EPERM)
    expect(await cgroup.setFrozen(true)).toBe(false)
    await expect(cgroup.setFrozen(true)).rejects.toThrow(/EPERM/)
  })
})

describe('freezing, in version 1', () => {
  const stat = (pid: number, state: string) =>
    files.texts.set(`/proc/${pid}/stat`, `${pid} (a) T b) ${state} 1 1 0`)

  test('stops each process, and waits until it stands still', async () => {
    const signals: string[] = []
    const setStopped = (pid: number, stopped: boolean) => void signals.push(`${pid} ${stopped}`)
    const cgroup = await createTreeV1({ ...board, setStopped }, ROOT).create('run')
    files.texts.set('/cg/run/cgroup.procs', '5\n6\n7\n')
    stat(5, 'S')
    stat(6, 'Z')
    const freezing = cgroup.setFrozen(true)
    await Promise.resolve()
    stat(5, 'T')
    expect([await freezing, await cgroup.isFrozen()]).toEqual([true, true])
    // Its parent's child, stopped once more by somebody else: it does not go on.
    expect(await cgroup.setFrozen(false)).toBe(false)
    stat(5, 'R')
    expect([await cgroup.setFrozen(false), await cgroup.isFrozen()]).toEqual([true, false])
    const [stops, starts] = [
      ['5 true', '6 true', '7 true'],
      ['5 false', '6 false', '7 false'],
    ] as const
    expect(signals).toEqual([...stops, ...starts, ...starts])
  })
  test('is not to be had where processes cannot be stopped', async () => {
    const cgroup = await createTreeV1(board, ROOT).create('run')
    expect([await cgroup.setFrozen(true), await cgroup.isFrozen()]).toEqual([false, false])
  })
})

test('memory.reclaim of version 2: only EAGAIN says "not all of it"', async () => {
  const cgroup = await createTreeV2(board, ROOT).create('run')
  files.refuse('write /cg/run/memory.reclaim', ERRNO.EINVAL)
  await expect(cgroup.reclaim(1)).rejects.toThrow(/EINVAL/)
})

describe('the memory hierarchy', () => {
  const V1 = 'cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0\n'
  const V2 = 'cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n'
  const find = (mounts: string) => {
    files.texts.set('/proc/mounts', `proc /proc proc rw 0 0\n${mounts}`)
    return findCgroupTree(board, 'gemrig-1-2')
  }
  const control = (text: string) => files.texts.set('/sys/fs/cgroup/unified/cgroup.subtree_control', text)

  test('is of version 1 where the controller is mounted so, also beside an empty version 2', async () => {
    control('')
    expect(await find(V2 + V1)).toMatchObject({ tree: { version: 1, root: '/sys/fs/cgroup/memory' } })
  })
  test('is not taken from a hierarchy of another controller', async () => {
    expect(await find(V1.replace('relatime,memory', 'relatime,memory_not'))).toEqual({
      reason: expect.stringContaining('no cgroup file system') as string,
    })
  })
  test('is of version 2 where its children have the controller', async () => {
    control('cpu memory pids\n')
    expect(await find(V2)).toMatchObject({ tree: { version: 2, root: '/sys/fs/cgroup/unified' } })
    control('cpu pids\n')
    expect(await find(V2)).toEqual({
      reason: expect.stringContaining('echo +memory > /sys/fs/cgroup/unified') as string,
    })
  })
  test('that may not be written to is told with what would help', async () => {
    for (const errno of [ERRNO.EACCES, ERRNO.EROFS]) {
      files.refuse('mkdir /sys/fs/cgroup/memory/gemrig-1-2', errno)
      expect(await find(V1)).toEqual({
        reason: expect.stringMatching(/cannot make a cgroup in .*: run as root/) as string,
      })
    }
  })
  test('is left as it was by the search', async () => {
    await find(V1)
    expect(files.directories.size).toBe(0)
  })
})

describe('a cgroup that is delegated to this user', () => {
  const HOME = '/cg/user/scope'
  const LEAF = `${HOME}/gemrig-main`
  beforeEach(() => {
    files.texts.set('/proc/mounts', 'cgroup2 /cg cgroup2 rw 0 0\n')
    files.texts.set('/cg/cgroup.subtree_control', 'memory\n')
    files.texts.set('/proc/self/cgroup', '0::/user/scope\n')
    files.texts.set(`${HOME}/cgroup.procs`, '7\n8\n')
    kin(7, 5)
    files.texts.set('/proc/self/stat', files.texts.get('/proc/7/stat') ?? '')
    kin(8, 7)
    kin(5, 1, 34816)
    kin(1, 0)
    files.refuse('mkdir /cg/gemrig-1-2', ERRNO.EACCES)
  })
  const find = () => findCgroupTree(board, 'gemrig-1-2')
  /** A process of that parent; with a terminal it leads its session. */
  const kin = (pid: number, parent: number, terminal = 0) =>
    files.texts.set(
      `/proc/${pid}/stat`,
      `${pid} (a) b) S ${parent} 1 ${terminal === 0 ? 1 : pid} ${terminal} 0`,
    )

  test.each([
    ['a wrapper that started it', [6], () => (kin(7, 6), kin(6, 5))],
    ['what its children started', [9], () => kin(9, 8)],
  ])('may hold %s', async (_who, pids, set) => {
    set()
    files.texts.set('/proc/self/stat', files.texts.get('/proc/7/stat') ?? '')
    files.texts.set(`${HOME}/cgroup.procs`, ['7', '8', ...pids].join('\n'))
    expect(await find()).toHaveProperty('tree')
  })

  test.each([
    ['the shell of the terminal', 5],
    ['something else that was started from there', 10],
    ['a process of another pid namespace', 0],
  ])('is none when it holds %s, which stays where it is', async (_who, pid) => {
    kin(10, 5)
    files.texts.set(`${HOME}/cgroup.procs`, `7\n${pid}\n`)
    expect(await find()).toEqual({
      reason: expect.stringMatching(
        new RegExp(`scope is not ours alone \\(process ${pid}\\): .*systemd-run --user --scope`),
      ) as string,
    })
    expect(files.writes).toEqual([])
    expect(files.directories.size).toBe(0)
  })

  test('is used where the root is not ours: who is in it goes to a leaf, and back', async () => {
    const found = await find()
    expect(found).toMatchObject({ tree: { version: 2, root: HOME, mount: '/cg' } })
    expect(files.writes).toEqual([
      `${LEAF}/cgroup.procs 7`,
      `${LEAF}/cgroup.procs 8`,
      `${HOME}/cgroup.subtree_control +memory`,
    ])
    files.texts.set(`${LEAF}/cgroup.procs`, '7\n9\n')
    files.writes.length = 0
    if ('tree' in found) await found.release?.()
    expect(files.writes).toEqual([
      `${HOME}/cgroup.subtree_control -memory`,
      `${HOME}/cgroup.procs 7`,
      `${HOME}/cgroup.procs 9`,
    ])
    expect(files.directories.has(LEAF)).toBe(false)
  })

  test('is found again from the leaf that a run left which was killed', async () => {
    files.texts.set('/proc/self/cgroup', '0::/user/scope/gemrig-main\n')
    files.directories.add(LEAF)
    expect(await find()).toMatchObject({ tree: { root: HOME } })
  })

  test('keeps its leaf while another run is there', async () => {
    const found = await find()
    files.refuse(`write ${HOME}/cgroup.subtree_control`, ERRNO.EBUSY)
    if ('tree' in found) await found.release?.()
    expect(files.directories.has(LEAF)).toBe(true)
  })

  test('without the memory controller is said to be so, and left as it was', async () => {
    files.refuse(`write ${HOME}/cgroup.subtree_control`, ERRNO.ENOENT)
    files.texts.set(`${LEAF}/cgroup.procs`, '7\n')
    const found = await find()
    expect(found).toEqual({
      reason: expect.stringMatching(/not delegated to .*scope \(ENOENT\): .*systemd-run --user/) as string,
    })
    expect(files.writes.at(-1)).toBe(`${HOME}/cgroup.procs 7`)
    expect(files.directories.has(LEAF)).toBe(false)
  })

  test.each(['0::/\n', '1:memory:/a\n'])('is none in %j', async (text) => {
    files.texts.set('/proc/self/cgroup', text)
    expect(await find()).toEqual({ reason: expect.stringContaining('systemd-run --user --scope') as string })
    expect(files.writes).toEqual([])
  })

  test('that may not be written to is none', async () => {
    files.refuse(`mkdir ${LEAF}`, ERRNO.EACCES)
    expect(await find()).toEqual({ reason: expect.stringMatching(/nor in .*scope \(EACCES\)/) as string })
    expect(files.writes).toEqual([])
  })
})

/** A /proc/PID/stat. The command's name may hold anything. */
const stat = (pid: number, start: number) =>
  `${pid} (a) b) S 1 ${Array.from({ length: 17 }, (_, index) => index).join(' ')} ${start} 99 98\n`

describe('what earlier runs left behind', () => {
  const tree = () => createTreeV1(board, ROOT)
  beforeEach(() => {
    files.directories.add(ROOT)
    files.texts.set('/proc/100/stat', stat(100, 5555))
    files.texts.set('/proc/300/stat', stat(300, 1))
  })
  const make = (name: string, processes: Record<string, string> = {}) => {
    files.directories.add(`${ROOT}/${name}`)
    for (const [child, pids] of Object.entries(processes)) {
      files.directories.add(`${ROOT}/${name}/${child}`)
      files.texts.set(`${ROOT}/${name}/${child}/cgroup.procs`, pids)
    }
  }

  test('is removed when its maker is gone, with the processes in it; nobody else is touched', async () => {
    make('gemrig-100-5555', { workload: '101\n' })
    make('gemrig-200-7', { workload: '201\n202\n', hog: '203\n' })
    make('gemrig-200-7-mine', { workload: '1\n' })
    make('gemrig-xyz-7')
    make('system.slice')
    expect(await removeLeftovers(board, tree())).toEqual(['gemrig-200-7'])
    expect(killed.sort()).toEqual([201, 202, 203])
    expect([...files.directories].filter((path) => path.includes('gemrig-200-7'))).toEqual([
      `${ROOT}/gemrig-200-7-mine`,
      `${ROOT}/gemrig-200-7-mine/workload`,
    ])
    expect(files.directories).toContain(`${ROOT}/gemrig-100-5555`)
    expect(files.directories).toContain(`${ROOT}/gemrig-xyz-7`)
  })

  test('is removed when its maker’s pid belongs to another process now', async () => {
    make('gemrig-300-77')
    expect(await removeLeftovers(board, tree())).toEqual(['gemrig-300-77'])
  })

  test('that cannot be removed does not stop the next run', async () => {
    make('gemrig-200-7', { workload: '' })
    make('gemrig-201-7', { workload: '' })
    files.refuse(`rmdir ${ROOT}/gemrig-200-7/workload`, ...Array<number>(1000).fill(ERRNO.EBUSY))
    expect(await removeLeftovers(board, tree())).toEqual(['gemrig-201-7'])
    expect(killed).toEqual([])
  })

  test('a tree that cannot be listed has none', async () => {
    expect(await removeLeftovers(board, createTreeV1(board, '/no'))).toEqual([])
  })
})

describe('the cgroup of a run, on the simulated kernel', () => {
  let fake: FakeBoard
  beforeEach(() => {
    fake = createFakeBoard()
  })
  const names = async () => {
    const all = await fake.files.list('/sys/fs/cgroup')
    return typeof all === 'number' ? [] : all.filter((name) => name.startsWith('gemrig'))
  }

  test('is named after its maker, has a place for the workload, and is removed with all that is in it', async () => {
    const made = await createRunCgroup(fake)
    if ('reason' in made) throw new Error(made.reason)
    const pid = (await fake.files.read('/proc/self/stat')).toString().split(' ')[0] ?? ''
    expect(await names()).toEqual([expect.stringMatching(new RegExp(`^gemrig-${pid}-\\d+$`))])
    expect(made.workload.path).toBe(`${made.run.path}/workload`)
    await made.run.child('hog')
    await made.remove()
    expect(await names()).toEqual([])
  })

  test('comes after the removal of what a killed harness left', async () => {
    await fake.files.makeDirectory('/sys/fs/cgroup/gemrig-4000-1')
    await fake.files.write('/sys/fs/cgroup/gemrig-4000-1/cgroup.subtree_control', '+memory')
    await fake.files.makeDirectory('/sys/fs/cgroup/gemrig-4000-1/hog')
    const made = await createRunCgroup(fake)
    expect(made).not.toHaveProperty('reason')
    expect(await names()).not.toContain('gemrig-4000-1')
    expect(await names()).toHaveLength(1)
  })
})
