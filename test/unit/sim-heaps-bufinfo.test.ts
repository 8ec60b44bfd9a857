import { expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import { newBo, NODE, taken, TestMachine } from './sim-machine.js'

const BUFINFO = '/sys/kernel/debug/dma_buf/bufinfo'
const HEAD = '\nDma-buf Objects:\nsize    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n'

function boot(release: '6.12' | '7.2' = '6.12') {
  const machine = new TestMachine({ release, gpuJobNs: Infinity })
  const user = machine.spawn('user')
  return { machine, user, read: () => machine.read(user, BUFINFO) }
}

test('bufinfo lists what lives, with its name, references and devices', () => {
  const { user, read } = boot()
  const { dmaHeap, dmaBuf, drm } = user.backend
  expect(read()).toBe(`${HEAD}\nTotal 0 objects, 0 bytes\n`)
  const fd = dmaHeap.allocate(dmaHeap.open('system'), 8192)
  const second = dmaHeap.allocate(dmaHeap.open('system'), 4096)
  dmaBuf.setName(second, 'frame')
  const vgem = drm.open('/dev/dri/renderD129')
  const handle = drm.primeFdToHandle(vgem, second)
  expect(read()).toBe(
    `${HEAD}00008192\t00000002\t00080007\t00000001\tsystem\t00000001\t<none>\n` +
      '\tAttached Devices:\nTotal 0 devices attached\n\n' +
      '00004096\t00000002\t00080007\t00000004\tsystem\t00000002\tframe\n' +
      '\tAttached Devices:\n\tvgem\nTotal 1 devices attached\n\n' +
      '\nTotal 2 objects, 12288 bytes\n',
  )
  drm.gemClose(vgem, handle)
  dmaHeap.close(fd)
  expect(read()).toContain('Total 0 devices attached')
  expect(read()).toContain('\nTotal 1 objects, 4096 bytes\n')
})

test('bufinfo shows what was exported for reading only, and by whom', () => {
  const { user, read } = boot()
  const { drm } = user.backend
  const gpu = drm.open(NODE)
  drm.primeHandleToFd(gpu, newBo(user, gpu, 4096), 0)
  // The descriptor, the handle's entry and the object hold it.
  expect(read()).toContain('00004096\t00000000\t00080005\t00000003\tdrm\t00000001\t<none>\n')
})

test.each([
  ['6.12', '\tread fence:vgem unbound seq 1 unsignalled\n'],
  ['7.2', /\tread fence:\d+:1 unbound vgem unsignalled\n/],
] as const)('bufinfo of %s describes fences as that release does', (release, expected) => {
  const { user, read } = boot(release)
  const { drm, vgem } = user.backend
  const node = drm.open('/dev/dri/card1')
  const { handle } = taken(drm.createDumb(node, 32, 32, 32))
  drm.primeHandleToFd(node, handle, 0)
  taken(vgem.fenceAttach(node, handle, 0))
  if (typeof expected === 'string') expect(read()).toContain(expected)
  else expect(read()).toMatch(expected)
})

test('bufinfo takes no write, and a dma-buf has one inode number in all places', () => {
  const { machine, user } = boot()
  const { dmaHeap, fdinfo } = user.backend
  expect(machine.write(user, BUFINFO, '1')).toBe(-ERRNO.EINVAL)
  dmaHeap.allocate(dmaHeap.open('system'), 4096)
  const fd = dmaHeap.allocate(dmaHeap.open('system'), 4096)
  expect(taken(fdinfo.read(fd)).text).toContain('ino:\t2\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\n')
})
