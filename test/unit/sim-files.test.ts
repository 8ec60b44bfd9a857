import { beforeEach, describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import { hog, idleBos, MIB, NODE, type Process, TestMachine } from './sim-machine.js'

const ROOT = '/sys/fs/cgroup'
const { EBUSY, EEXIST, EINVAL, EIO, EISDIR, ENOENT, ENOTDIR, EPERM, ESRCH, EACCES } = ERRNO
let machine: TestMachine
let actor: Process

beforeEach(() => {
  machine = new TestMachine()
  actor = machine.spawn('actor')
  return () => machine.kernel.checkInvariants()
})

const write = (path: string, text: string): number => machine.write(actor, path, text)
const call = <T>(run: (files: TestMachine['kernel']['fileSystem']) => T): T =>
  machine.kernel.syscall(actor.task, 0, () => run(machine.kernel.fileSystem))

describe('/proc', () => {
  test('meminfo in the format of the kernel, and its numbers follow', () => {
    const text = machine.read(actor, '/proc/meminfo')
    expect(text).toContain('MemTotal:         262144 kB\n')
    expect(text).toContain('Shmem:                 0 kB\n')
    const free = machine.value(actor, '/proc/meminfo', 'MemFree')
    const available = machine.value(actor, '/proc/meminfo', 'MemAvailable')
    hog(actor, 8 * MIB)
    idleBos(actor, actor.backend.drm.open(NODE), 1, 4 * MIB)
    expect(free - machine.value(actor, '/proc/meminfo', 'MemFree')).toBe(12 * 1024)
    expect(available - machine.value(actor, '/proc/meminfo', 'MemAvailable')).toBe(12 * 1024)
    expect(machine.value(actor, '/proc/meminfo', 'Shmem')).toBe(4096)
    expect(machine.value(actor, '/proc/meminfo', 'AnonPages')).toBe(8192)
  })

  test('zoneinfo has the marks of a zone of 256 MiB, vmstat its counters', () => {
    const text = machine.read(actor, '/proc/zoneinfo')
    expect(text).toMatch(/^Node 0, zone {3}Normal\n/)
    expect(text).toMatch(
      /\n {2}pages free {5}\d+\n {8}boost {4}0\n {8}min {6}512\n {8}low {6}640\n {8}high {5}768\n/,
    )
    expect(machine.read(actor, '/proc/sys/vm/min_free_kbytes')).toBe('2048\n')
    const vmstat = machine.read(actor, '/proc/vmstat')
    for (const name of ['allocstall_normal', 'oom_kill', 'pgsteal_kswapd', 'pgscan_direct', 'drop_slab']) {
      expect(vmstat).toMatch(new RegExp(`^${name} 0$`, 'm'))
    }
  })

  test('of a process: cgroup, oom_score_adj, and self', () => {
    machine.spawnIn('a')
    expect(machine.read(actor, `/proc/${actor.task.pid}/cgroup`)).toBe('0::/\n')
    write(`${ROOT}/a/cgroup.procs`, String(actor.task.pid))
    expect(machine.read(actor, '/proc/self/cgroup')).toBe('0::/a\n')
    expect(write('/proc/self/oom_score_adj', '-1000\n')).toBe(0)
    expect(machine.read(actor, `/proc/${actor.task.pid}/oom_score_adj`)).toBe('-1000\n')
    expect(write('/proc/self/oom_score_adj', '1001')).toBe(-EINVAL)
    expect(write('/proc/self/oom_score_adj', 'x')).toBe(-EINVAL)
    expect(call((files) => files.read('/proc/999/cgroup'))).toBe(-ENOENT)
  })

  test('what cannot be read or written says so', () => {
    expect(write('/proc/meminfo', '1')).toBe(-EIO)
    expect(call((files) => files.read('/proc/sys/vm/drop_caches'))).toBe(-EACCES)
    expect(call((files) => files.read('/proc'))).toBe(-EISDIR)
    expect(call((files) => files.read('/nowhere'))).toBe(-ENOENT)
    expect(write('/proc/sys/vm/stat_refresh', '1')).toBe(0)
    expect(machine.read(actor, '/proc/mounts')).toMatch(/^cgroup2 \/sys\/fs\/cgroup cgroup2 rw/m)
  })

  test('directories list their names, sorted', () => {
    expect(call((files) => files.list('/dev/dri'))).toEqual(['card0', 'card1', 'renderD128', 'renderD129'])
    expect(call((files) => files.list('/dev/dma_heap/'))).toEqual(['system'])
    expect(call((files) => files.list('/sys/fs'))).toEqual(['cgroup'])
    expect(call((files) => files.list('/'))).toEqual(['dev', 'proc', 'sys'])
    expect(call((files) => files.list('/proc'))).toContain(String(actor.task.pid))
    expect(call((files) => files.list('/proc/meminfo'))).toBe(-ENOTDIR)
    expect(call((files) => files.list('/x'))).toBe(-ENOENT)
  })
})

describe('cgroups', () => {
  const make = (name: string): number => call((files) => files.makeDirectory(`${ROOT}/${name}`))
  const remove = (name: string): number => call((files) => files.removeDirectory(`${ROOT}/${name}`))
  const list = (name: string): unknown => call((files) => files.list(`${ROOT}/${name}`))

  test('memory files exist in a child only when the parent hands the controller down', () => {
    expect(make('a')).toBe(0)
    expect(list('a')).not.toContain('memory.max')
    expect(list('')).toContain('memory.reclaim')
    expect(list('')).not.toContain('memory.max')
    expect(write(`${ROOT}/a/memory.max`, '1M')).toBe(-ENOENT)
    expect(write(`${ROOT}/cgroup.subtree_control`, '+memory')).toBe(0)
    expect(list('a')).toContain('memory.max')
    expect(machine.read(actor, `${ROOT}/a/cgroup.controllers`)).toBe('memory\n')
    expect(make('a/b')).toBe(0)
    expect(list('a/b')).not.toContain('memory.max')
    expect(write(`${ROOT}/a/b/cgroup.subtree_control`, '+memory')).toBe(-ENOENT)
    expect(write(`${ROOT}/a/cgroup.subtree_control`, '+memory')).toBe(0)
    expect(write(`${ROOT}/cgroup.subtree_control`, '-memory')).toBe(-EBUSY)
    expect(write(`${ROOT}/cgroup.subtree_control`, '+bogus')).toBe(-EINVAL)
  })

  test('a group that hands controllers down holds no processes, and the other way round', () => {
    write(`${ROOT}/cgroup.subtree_control`, '+memory')
    make('a')
    make('b')
    expect(write(`${ROOT}/a/cgroup.procs`, '0')).toBe(0)
    expect(machine.read(actor, `${ROOT}/a/cgroup.procs`)).toBe(`${actor.task.pid}\n`)
    expect(machine.read(actor, `${ROOT}/a/cgroup.events`)).toBe('populated 1\nfrozen 0\n')
    expect(write(`${ROOT}/a/cgroup.subtree_control`, '+memory')).toBe(-EBUSY)
    expect(write(`${ROOT}/b/cgroup.subtree_control`, '+memory')).toBe(0)
    expect(write(`${ROOT}/b/cgroup.procs`, '0')).toBe(-EBUSY)
    expect(write(`${ROOT}/b/cgroup.procs`, '999')).toBe(-ESRCH)
    expect(write(`${ROOT}/b/cgroup.procs`, 'x')).toBe(-EINVAL)
  })

  test('mkdir and rmdir: EEXIST, ENOENT, EBUSY, EPERM', () => {
    expect(make('a')).toBe(0)
    expect(make('a')).toBe(-EEXIST)
    expect(make('x/y')).toBe(-ENOENT)
    expect(make('a/b')).toBe(0)
    expect(remove('a')).toBe(-EBUSY)
    expect(remove('a/b')).toBe(0)
    write(`${ROOT}/a/cgroup.procs`, '0')
    expect(remove('a')).toBe(-EBUSY)
    write(`${ROOT}/cgroup.procs`, '0')
    expect(remove('a')).toBe(0)
    expect(remove('a')).toBe(-ENOENT)
    expect(remove('')).toBe(-EBUSY)
    expect(call((files) => files.makeDirectory('/proc/x'))).toBe(-EPERM)
    expect(call((files) => files.removeDirectory('/proc/meminfo'))).toBe(-ENOTDIR)
  })

  test('limits: bytes in, whole pages out, max, and what is no number', () => {
    machine.spawnIn('a')
    const max = `${ROOT}/a/memory.max`
    expect(machine.read(actor, max)).toBe('max\n')
    expect(write(max, '8M\n')).toBe(0)
    expect(machine.read(actor, max)).toBe('8388608\n')
    expect(write(max, '10000')).toBe(0)
    expect(machine.read(actor, max)).toBe('8192\n')
    for (const text of ['-1', '', '1 2', 'MAX']) expect(write(max, text)).toBe(-EINVAL)
    expect(write(max, 'max')).toBe(0)
    expect(write(`${ROOT}/a/memory.current`, '1')).toBe(-EINVAL)
    expect(call((files) => files.read(`${ROOT}/a/memory.reclaim`))).toBe(-EINVAL)
  })

  test('charges stay where they were made, and keep a removed group until they are gone', () => {
    const child = machine.spawnIn('a')
    const map = hog(child, MIB)
    idleBos(child, child.backend.drm.open(NODE), 1, MIB)
    const stat = (name: string): number => machine.value(actor, `${ROOT}/a/memory.stat`, name)
    expect([stat('anon'), stat('shmem'), stat('file')]).toEqual([MIB, MIB, MIB])
    write(`${ROOT}/cgroup.procs`, String(child.task.pid))
    expect(machine.read(actor, `${ROOT}/a/memory.current`)).toBe(`${2 * MIB}\n`)
    expect(remove('a')).toBe(0)
    expect(machine.kernel.memcg.root.children.size).toBe(1)
    child.backend.memory.munmap(map)
    machine.kernel.tasks.kill(child.task)
    expect(machine.kernel.memcg.root.children.size).toBe(0)
  })

  test('cgroup.kill kills all below', () => {
    const child = machine.spawnIn('a')
    make('a/b')
    const other = machine.spawn('other')
    write(`${ROOT}/a/b/cgroup.procs`, String(other.task.pid))
    expect(write(`${ROOT}/a/cgroup.kill`, '1')).toBe(0)
    expect([child.task.exited, other.task.exited, actor.task.exited]).toEqual([true, true, false])
  })
})
