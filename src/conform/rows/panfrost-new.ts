/** Rows: requests that came with 1.4, 1.5 and 1.6, and that they are not known before. panfrost_drv.c (7.2). */
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const NOEXEC = 1
const WB_MMAP = 4
const NO_HANDLE = 77
const LABELS = { panfrost: { from: '1.4' }, why: 'SET_LABEL_BO came with 1.4' }
const CONTEXTS = { panfrost: { from: '1.5' }, why: 'JM contexts came with 1.5' }
const SYNC = { panfrost: { from: '1.6' }, why: 'SYNC_BO and QUERY_BO_INFO came with 1.6' }

const label = (t: Trial, handle: number, text: string | null) =>
  t.answer(t.backend.panfrost.setLabelBo(t.fd, handle, text))
const sync = (t: Trial, handle: number, offset: number, sizeBytes: number, type = 0) =>
  t.answer(t.backend.panfrost.syncBo(t.fd, [{ handle, type, offset, sizeBytes }]))

export const PANFROST_NEW_ROWS = group(
  'panfrost-new',
  { source: 'drivers/gpu/drm/panfrost/panfrost_drv.c (7.2)', needs: ['panfrost'] },
  [
    {
      id: 'unknown-before',
      name: 'SET_LABEL_BO, JM contexts, SYNC_BO and QUERY_BO_INFO are EINVAL before they came',
      holds: { panfrost: { before: '1.4' }, why: 'SET_LABEL_BO came with 1.4' },
      run: (t) => {
        const { panfrost } = t.backend
        const handle = t.bo()
        const contexts = [panfrost.jmCtxCreate(t.fd, 1), panfrost.jmCtxDestroy(t.fd, 1)]
        const info = panfrost.queryBoInfo(t.fd, handle)
        return [
          label(t, handle, 'x'),
          sync(t, handle, 0, 4096),
          ...[...contexts, info].map((each) => t.answer(each)),
        ]
      },
      expected: Array(5).fill('-EINVAL'),
    },
    {
      id: 'label',
      name: 'a label can be set, changed and cleared; it may be empty',
      holds: LABELS,
      run: (t) => {
        const handle = t.bo()
        return ['one', 'two', '', null, null].map((text) => label(t, handle, text))
      },
      expected: [0, 0, 0, 0, 0],
    },
    {
      id: 'label-length',
      name: 'a label of 4095 bytes is taken, a longer one is E2BIG',
      holds: LABELS,
      run: (t) => {
        const handle = t.bo()
        return [4095, 4096, 5000].map((length) => label(t, handle, 'x'.repeat(length)))
      },
      expected: [0, '-E2BIG', '-E2BIG'],
    },
    {
      id: 'label-unknown',
      name: 'a label for an unknown handle is ENOENT',
      holds: LABELS,
      run: (t) => [label(t, NO_HANDLE, 'x'), label(t, 0, null)],
      expected: ['-ENOENT', '-ENOENT'],
    },
    {
      id: 'context-priorities',
      name: 'a JM context can have a low or a medium priority',
      holds: CONTEXTS,
      run: (t) => [0, 1].map((priority) => t.answer(t.backend.panfrost.jmCtxCreate(t.fd, priority))),
      expected: ['object', 'object'],
    },
    {
      id: 'context-bad-priority',
      name: 'a JM context with a priority above high is EINVAL',
      holds: CONTEXTS,
      onlyWhenAsked: 'Linux 7.2 ends the process in drm_sched_entity_fini() instead, with a NULL pointer',
      run: (t) => t.answer(t.backend.panfrost.jmCtxCreate(t.fd, 3)),
      expected: '-EINVAL',
    },
    {
      id: 'context-handles',
      name: 'JM contexts have handles from 1 on; the default one, 0, cannot be destroyed',
      holds: CONTEXTS,
      run: (t) => {
        const { panfrost } = t.backend
        const { handle } = t.must(panfrost.jmCtxCreate(t.fd, 1))
        const destroyed = [handle, handle, 0, NO_HANDLE].map((each) =>
          t.answer(panfrost.jmCtxDestroy(t.fd, each)),
        )
        return [handle, ...destroyed]
      },
      expected: [1, 0, '-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'context-limit',
      name: 'a file can have 64 JM contexts besides the default one; one more is EBUSY',
      holds: CONTEXTS,
      run: (t) => {
        const made = Array.from({ length: 65 }, () => t.answer(t.backend.panfrost.jmCtxCreate(t.fd, 1)))
        return [made.filter((answer) => answer === 'object').length, made[64]]
      },
      expected: [64, '-EBUSY'],
    },
    {
      id: 'context-per-file',
      name: 'JM contexts belong to their file',
      holds: CONTEXTS,
      run: (t) => {
        const { handle } = t.must(t.backend.panfrost.jmCtxCreate(t.fd, 1))
        return t.answer(t.backend.panfrost.jmCtxDestroy(t.open(), handle))
      },
      expected: '-EINVAL',
    },
    {
      id: 'query',
      name: 'QUERY_BO_INFO tells the flags that CREATE_BO was told',
      holds: SYNC,
      run: (t) =>
        [0, NOEXEC, NOEXEC | 2, NOEXEC | WB_MMAP].map((flags) => {
          const { createFlags, extraFlags } = t.must(t.backend.panfrost.queryBoInfo(t.fd, t.bo(4096, flags)))
          return [createFlags, extraFlags]
        }),
      expected: [
        [0, 0],
        [1, 0],
        [3, 0],
        [5, 0],
      ],
    },
    {
      id: 'query-unknown',
      name: 'QUERY_BO_INFO of an unknown handle is ENOENT',
      holds: SYNC,
      run: (t) => t.answer(t.backend.panfrost.queryBoInfo(t.fd, NO_HANDLE)),
      expected: '-ENOENT',
    },
    {
      id: 'sync',
      name: 'SYNC_BO takes parts and the whole of a buffer, of both types, cached or not',
      holds: SYNC,
      run: (t) =>
        [NOEXEC, NOEXEC | WB_MMAP].flatMap((flags) => {
          const handle = t.bo(8192, flags)
          return [sync(t, handle, 0, 8192), sync(t, handle, 100, 1, 1), sync(t, handle, 4096, 4096, 1)]
        }),
      expected: Array(6).fill(0),
    },
    {
      id: 'sync-nothing',
      name: 'SYNC_BO without operations is 0',
      holds: SYNC,
      run: (t) => t.answer(t.backend.panfrost.syncBo(t.fd, [])),
      expected: 0,
    },
    {
      id: 'sync-refused',
      name: 'SYNC_BO beyond the end or of an unknown type is EINVAL, of an unknown handle ENOENT',
      holds: SYNC,
      run: (t) => {
        const handle = t.bo(8192, NOEXEC | WB_MMAP)
        return [
          sync(t, handle, 0, 8193),
          sync(t, handle, 8192, 1),
          sync(t, handle, 0xffff_f000, 8192),
          sync(t, handle, 0, 4096, 2),
          sync(t, NO_HANDLE, 0, 1),
        ]
      },
      expected: ['-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL', '-ENOENT'],
    },
  ],
)
