/**
 * Rows: jobs that SUBMIT refuses. panfrost_drv.c, panfrost_ioctl_submit() (6.12, 7.2). No row hands a job to the GPU.
 */
import type { PanfrostJob } from '../../backend/panfrost-calls.js'
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const NONE = new Uint32Array()
const NO_HANDLE = 77

const submit = (t: Trial, job: Partial<PanfrostJob>) => {
  const plain = { jc: 4096n, requirements: 0, inSyncs: NONE, outSync: 0, boHandles: NONE, jmCtxHandle: 0 }
  return t.answer(t.backend.panfrost.submit(t.fd, { ...plain, ...job }))
}

export const PANFROST_SUBMIT_ROWS = group(
  'panfrost-submit',
  {
    source: 'drivers/gpu/drm/panfrost/panfrost_drv.c, panfrost_job.c (6.12, 7.2)',
    needs: ['panfrost', 'submit', 'syncobj'],
  },
  [
    {
      id: 'no-jc',
      name: 'a job without an address is EINVAL',
      source: 'IGT panfrost_submit pan-submit-error-no-jc',
      run: (t) => submit(t, { jc: 0n }),
      expected: '-EINVAL',
    },
    {
      id: 'bad-requirements',
      name: 'requirements that are not known are EINVAL',
      source: 'IGT panfrost_submit pan-submit-error-bad-requirements',
      run: (t) => [4, 8, 0x8000_0000].map((requirements) => submit(t, { requirements, outSync: NO_HANDLE })),
      expected: ['-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'cycle-count-unknown',
      name: 'the requirement of a cycle count is EINVAL',
      source: 'IGT panfrost_submit pan-submit-error-bad-requirements',
      holds: { panfrost: { before: '1.3' }, why: 'JD_REQ_CYCLE_COUNT came with 1.3' },
      run: (t) => [2, 3].map((requirements) => submit(t, { requirements, outSync: NO_HANDLE })),
      expected: ['-EINVAL', '-EINVAL'],
    },
    {
      id: 'cycle-count',
      name: 'the requirement of a cycle count is taken',
      holds: { panfrost: { from: '1.3' }, why: 'JD_REQ_CYCLE_COUNT came with 1.3' },
      run: (t) => [2, 3].map((requirements) => submit(t, { requirements, outSync: NO_HANDLE })),
      expected: ['-ENODEV', '-ENODEV'],
    },
    {
      id: 'bad-out-sync',
      name: 'an unknown syncobj for the fence is ENODEV',
      source: 'IGT panfrost_submit pan-submit-error-bad-out-sync',
      run: (t) => [0xffff_ffff, NO_HANDLE].map((outSync) => submit(t, { outSync })),
      expected: ['-ENODEV', '-ENODEV'],
    },
    {
      id: 'fragment',
      name: 'fragment shading is a requirement that is known',
      run: (t) => submit(t, { requirements: 1, outSync: NO_HANDLE }),
      expected: '-ENODEV',
    },
    {
      id: 'unknown-in-sync',
      name: 'an unknown syncobj to wait for is ENOENT',
      run: (t) => submit(t, { inSyncs: Uint32Array.of(NO_HANDLE) }),
      expected: '-ENOENT',
    },
    {
      id: 'in-sync-without-fence',
      name: 'a syncobj to wait for that has no fence is EINVAL',
      run: (t) => {
        const { handle } = t.must(t.backend.syncobj.create(t.fd, 0))
        return submit(t, { inSyncs: Uint32Array.of(handle) })
      },
      expected: '-EINVAL',
    },
    {
      id: 'unknown-bo',
      name: 'an unknown buffer is ENOENT, also behind one that is there',
      run: (t) => [
        submit(t, { boHandles: Uint32Array.of(NO_HANDLE) }),
        submit(t, { boHandles: Uint32Array.of(t.bo(), 0) }),
      ],
      expected: ['-ENOENT', '-ENOENT'],
    },
    {
      id: 'bo-twice',
      name: 'a buffer twice is EALREADY',
      run: (t) => {
        const handle = t.bo()
        return submit(t, { boHandles: Uint32Array.of(handle, handle) })
      },
      expected: '-EALREADY',
    },
    {
      id: 'unknown-context',
      name: 'an unknown JM context is EINVAL',
      holds: { panfrost: { from: '1.5' }, why: 'JM contexts came with 1.5' },
      run: (t) => submit(t, { jmCtxHandle: NO_HANDLE, boHandles: Uint32Array.of(NO_HANDLE) }),
      expected: '-EINVAL',
    },
    {
      id: 'refused-leaves-idle',
      name: 'a job that was refused leaves its buffers idle, and they can be purged',
      needs: ['wait-bo', 'purge'],
      run: async (t) => {
        const handle = t.bo()
        submit(t, { boHandles: Uint32Array.of(handle, handle) })
        submit(t, { boHandles: Uint32Array.of(handle, NO_HANDLE) })
        t.madvise(handle, 1)
        const idle = t.answer(t.backend.panfrost.waitBo(t.fd, handle, 0n))
        await t.purge()
        return [idle, t.madvise(handle, 0)]
      },
      expected: [0, 0],
    },
  ],
)
