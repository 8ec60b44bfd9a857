/**
 * Panfrost's other requests. Of GET_PARAM only whether it is answered: the values are the GPU's. SUBMIT only with one
 * mistake or more in it: a job that is accepted takes its time, and on a GPU without a model the reset after it.
 */
import { BUFFER, FILE, SYNCOBJ, THROUGH, aboutBuffer, fdThrough, oneOf, type CallKind } from '../call-kind.js'

const UNKNOWN_HANDLE = 0xdead

export const REQUEST_CALLS: readonly CallKind[] = [
  {
    // DRM finds a driver's request by its number alone: to vgem this is FENCE_ATTACH, whose fences expire by the clock.
    name: 'WAIT_BO',
    weight: 2,
    args: [FILE, BUFFER],
    perform: (machine, file, place) =>
      machine.backend.panfrost.waitBo(machine.fd(file), machine.buffer(place).handle, 0n),
  },
  aboutBuffer('GET_BO_OFFSET', 4, ({ panfrost }, fd, handle) => {
    const answer = panfrost.getBoOffset(fd, handle)
    return typeof answer === 'number' ? answer : answer.gpuAddress.toString(16)
  }),
  aboutBuffer('SET_LABEL_BO', 1, ({ panfrost }, fd, handle) => panfrost.setLabelBo(fd, handle, 'a label')),
  aboutBuffer('QUERY_BO_INFO', 2, ({ panfrost }, fd, handle) => {
    const info = panfrost.queryBoInfo(fd, handle)
    return typeof info === 'number' ? info : `flags ${info.createFlags}, ${info.extraFlags}`
  }),
  {
    name: 'SYNC_BO',
    weight: 2,
    args: [
      THROUGH,
      BUFFER,
      oneOf('type', [0, 1, 2]),
      oneOf('from', [0, 0, 4096, 0xfffff000]),
      oneOf('bytes', [0, 64, 4096, 0xffffffff]),
    ],
    perform(machine, through, place, type, offset, sizeBytes) {
      const { file, handle } = machine.buffer(place)
      const fd = fdThrough(machine, through, file)
      return machine.backend.panfrost.syncBo(fd, [{ handle, type, offset, sizeBytes }])
    },
  },
  {
    name: 'GET_PARAM',
    weight: 1,
    args: [FILE, { name: 'parameter', draw: (random) => random.integer(0, 50) }],
    perform(machine, file, parameter) {
      const answer = machine.backend.panfrost.getParam(machine.fd(file), parameter)
      return typeof answer === 'number' ? answer : 'a value'
    },
  },
  {
    // Not one above high: Linux 7.2 follows a NULL pointer then (docs/findings/jm-ctx-priority.md).
    name: 'JM_CTX_CREATE',
    weight: 1,
    args: [FILE, oneOf('priority', [0, 1, 2, 2])],
    perform(machine, file, priority) {
      const answer = machine.backend.panfrost.jmCtxCreate(machine.fd(file), priority)
      return typeof answer === 'number' ? answer : answer.handle
    },
  },
  {
    name: 'JM_CTX_DESTROY',
    weight: 1,
    args: [FILE, oneOf('handle', [0, 1, 2, 9])],
    perform: (machine, file, handle) => machine.backend.panfrost.jmCtxDestroy(machine.fd(file), handle),
  },
  {
    name: 'SUBMIT',
    weight: 4,
    args: [
      BUFFER,
      SYNCOBJ,
      { ...SYNCOBJ, name: 'waits for syncobj' },
      { ...BUFFER, name: 'and buffer' },
      oneOf('mistake', [0, 1, 2, 3]),
    ],
    perform(machine, place, out, wait, second, mistake) {
      const { file, handle } = machine.buffer(place)
      const handles = [handle, machine.buffer(second).handle]
      if (mistake === 2) handles.push(UNKNOWN_HANDLE)
      return machine.backend.panfrost.submit(machine.fd(file), {
        jc: mistake === 0 ? 0n : 0x2000000n,
        requirements: mistake === 1 ? 0x80 : 0,
        inSyncs: Uint32Array.of(machine.syncobj(wait).handle),
        outSync: mistake === 3 ? UNKNOWN_HANDLE : machine.syncobj(out).handle,
        boHandles: Uint32Array.from(handles),
        jmCtxHandle: 0,
      })
    },
  },
  {
    name: 'GET_CAP',
    weight: 1,
    args: [FILE, oneOf('capability', [0x1, 0x5, 0x13, 0x14, 0x99])],
    perform(machine, file, capability) {
      const answer = machine.backend.drm.getCap(machine.fd(file), capability)
      return typeof answer === 'number' ? answer : answer.value.toString()
    },
  },
  {
    name: 'SET_CLIENT_CAP',
    weight: 1,
    args: [FILE, oneOf('capability', [1, 3, 99])],
    perform: (machine, file, capability) =>
      machine.backend.drm.setClientCap(machine.fd(file), capability, 1n),
  },
]
