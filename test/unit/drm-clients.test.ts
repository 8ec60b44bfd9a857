import { expect, it } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { drmClientsOf } from '../../src/device/drm-clients.js'
import { openDeviceOf } from '../../src/device/open-device.js'
import { clientsJson, clientsText } from '../../src/report/drm-clients.js'
import { ERRNO } from '../../src/backend/errno.js'

it('every open file once, with its processes and memory', async () => {
  const board = createFakeBoard()
  const [first, second] = [openDeviceOf(board.backend), openDeviceOf(board.backend)]
  first.createBuffer({ sizeBytes: 8192 }).madvise('dontneed')
  const found = await drmClientsOf(board)
  expect(found.hiddenProcesses).toBe(0)
  expect(found.clients.map(({ driver, holders }) => [driver, holders.map(({ comm }) => comm)])).toEqual([
    ['panfrost', ['gemrig']],
    ['panfrost', ['gemrig']],
  ])
  expect(found.clients[0]?.memory['memory']).toMatchObject({ total: 8192n, purgeable: 8192n })
  expect(clientsText(found)).toMatch(/panfrost .* 8 KiB/)
  expect(JSON.parse(clientsJson('x', found))).toMatchObject({ clients: [{ driver: 'panfrost' }, {}] })
  first.closeAll()
  expect((await drmClientsOf(board)).clients).toHaveLength(1)
  second.close()
})

it('descriptors of one file are one client of several holders; hidden and ended processes are told apart', async () => {
  const client = (id: number) => `drm-driver:\tpanfrost\ndrm-client-id:\t${id}\n`
  const files: Record<string, string> = {
    '/proc/7/comm': 'a\n',
    '/proc/7/fdinfo/3': client(5),
    '/proc/7/fdinfo/12': client(5),
    '/proc/7/fdinfo/4': 'pos:\t0\n',
    '/proc/30/comm': 'b\n',
    '/proc/30/fdinfo/9': client(5),
    '/proc/30/fdinfo/10': client(2),
    '/proc/31/comm': 'hidden\n',
  }
  const { files: fake } = createFakeBoard()
  const list = (path: string) => {
    if (path === '/proc') return Promise.resolve(['30', '31', '32', '7', 'meminfo'])
    const names = Object.keys(files).flatMap((name) =>
      name.startsWith(`${path}/`) ? [name.slice(path.length + 1)] : [],
    )
    return Promise.resolve(names.length > 0 ? names : -ERRNO.EACCES)
  }
  const read = (path: string) => Promise.resolve(files[path] ?? -ERRNO.ENOENT)
  const found = await drmClientsOf({ files: { ...fake, list, read } })
  expect(found.hiddenProcesses).toBe(1)
  expect(found.clients.map(({ clientId, holders }) => [clientId, holders])).toEqual([
    [2n, [{ pid: 30, comm: 'b', fds: [10] }]],
    [
      5n,
      [
        { pid: 7, comm: 'a', fds: [3, 12] },
        { pid: 30, comm: 'b', fds: [9] },
      ],
    ],
  ])
})

it('several syncobjs are waited for, and one goes to another file', async () => {
  const board = createFakeBoard()
  const device = openDeviceOf(board.backend)
  const other = openDeviceOf(board.backend)
  const [a, b] = [device.createSyncobj(), device.createSyncobj()]
  expect(await device.waitSyncobjs([a, b], { timeoutMs: 5, forSubmit: true })).toBeUndefined()
  const waiting = device.waitSyncobjs([a, b], { forSubmit: true })
  const fd = b.exportFd()
  const there = other.importSyncobj(fd)
  board.backend.syncFile.close(fd)
  there.signal()
  expect(await waiting).toBe(1)
  expect(await device.waitSyncobjs([a, b], { all: true, forSubmit: true, timeoutMs: 5 })).toBeUndefined()
  a.signal()
  expect(await device.waitSyncobjs([a, b], { all: true })).toBe(0)
  await expect(device.waitSyncobjs([there])).rejects.toThrow(/another device's/)
  const abort = new AbortController()
  a.reset()
  const aborted = device.waitSyncobjs([a], { forSubmit: true, signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
  device.closeAll()
  other.close()
})
