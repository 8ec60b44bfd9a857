/** Every board boots its kernel, has the real driver, and purges what is not needed under root reclaim. One boot each. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareVm } from '../../dist/vm/prepare.js'
import { MISSING, vm } from './vm-run.js'

/** Half of the buffers are not needed. */
const PROGRAM = `
  const { loadNativeBackend } = await import('/app/dist/native-backend/native-backend.js')
  const { existsSync, readdirSync, writeFileSync } = await import('node:fs')
  const { release, arch } = await import('node:os')
  const { backend: { drm, panfrost, memory }, missing } = loadNativeBackend()
  if (missing) throw new Error(missing)
  const node = drm.listNodes().find((candidate) => candidate.compatible.some((name) => name.startsWith('arm,mali-')))
  const fd = drm.open(node.renderNode)
  const sizeBytes = 1 << 17
  const buffers = Array.from({ length: 16 }, (_, index) => {
    const { handle } = panfrost.createBo(fd, sizeBytes, 1)
    const map = memory.mmap(fd, panfrost.mmapBo(fd, handle, 0).offset, sizeBytes)
    memory.fill(map, BigInt(index), 0, sizeBytes)
    if (index % 2 === 1) panfrost.madvise(fd, handle, 1)
    return { handle, map, seed: BigInt(index) }
  })
  try { writeFileSync('/sys/fs/cgroup/memory.reclaim', '64M') } catch {}
  const whole = buffers.filter(({ map, seed }) => memory.verify(map, seed, 0, sizeBytes) === sizeBytes).length
  const retained = buffers.filter(({ handle }) => panfrost.madvise(fd, handle, 0) === 1).length
  const heaps = existsSync('/dev/dma_heap') ? readdirSync('/dev/dma_heap') : []
  console.log(JSON.stringify({
    arch: arch(), kernel: release().split('.', 2).join('.'), driver: drm.version(fd).name,
    compatible: node.compatible.at(-1), whole, retained, heaps }))`

const BOARDS = [
  { board: 'rk3288', kernel: '6.1', arch: 'arm', compatible: 'arm,mali-t760', heaps: [] },
  { board: 'rk3399', kernel: '7.2', arch: 'arm64', compatible: 'arm,mali-t860', heaps: [] },
  { board: 'rk3568', kernel: '6.12', arch: 'arm64', compatible: 'arm,mali-bifrost', heaps: ['system'] },
]

const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

describe.skipIf(MISSING.length > 0)(`virtual boards${skipped}`, { timeout: 180_000 }, () => {
  let out = ''
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-boards-'))
    for (const { board, kernel } of BOARDS) await prepareVm({ board, kernel, onProgress: () => undefined })
  }, 900_000)
  afterAll(() => rmSync(out, { recursive: true }))

  it.each(BOARDS)('$board with Linux $kernel purges exactly what is not needed', async (expected) => {
    const { board, ...facts } = expected
    const options = { board, kernel: expected.kernel, bootTimeoutMs: 120_000 }
    const result = await vm(['node', '--input-type=module', '-e', PROGRAM], out, options)
    expect(result.stderr).toBe('')
    expect(JSON.parse(result.stdout)).toMatchObject({ ...facts, driver: 'panfrost', whole: 8, retained: 8 })
  })
})
