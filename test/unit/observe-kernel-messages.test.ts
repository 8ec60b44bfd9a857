/** Messages that the catalogue knows, as kernels print them, and what makes a block of lines. */
import { describe, expect, test } from 'vitest'
import { findKernelMessage } from '../../src/observe/kernel-messages/catalogue.js'
import { KmsgGroups } from '../../src/observe/kmsg-groups.js'

test.each([
  ['panfrost ff9a0000.gpu: get clock failed -2', 'panfrost-resource-failed'],
  ['panfrost ff9a0000.gpu: [drm] *ERROR* clk init failed -517', 'panfrost-resource-failed'],
  ['panfrost ff9a0000.gpu: failed to get regulator: -19', 'panfrost-resource-failed'],
  ["panfrost ff9a0000.gpu: [drm] *ERROR* Couldn't initialize GPU devfreq", 'panfrost-resource-failed'],
  ["panthor fb000000.gpu: get 'core' clock failed -2", 'panthor-resource-failed'],
  ['panthor fb000000.gpu: [drm] *ERROR* Fast reset failed, trying a slow reset', 'panthor-firmware-hang'],
  ['panfrost ff9a0000.gpu: gpu soft reset timed out', 'gpu-reset'],
  ['panfrost ff9a0000.gpu: clock rate = 500000000', undefined],
  ['[drm:drm_dev_init] *ERROR* DRM core is not initialized', 'drm-init-order'],
  ['cleanup called no dev', 'drm-init-order'],
  ['udmabuf: Could not initialize udmabuf device', 'udmabuf-init'],
  ['general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1]', 'oops'],
  ['Oops: general protection fault, probably for non-canonical address 0xdead: 0000 [#1]', 'oops'],
  ['traps: node[123] general protection fault ip:7f sp:7f error:0', undefined],
  ['SError Interrupt on CPU0, code 0x00000000bf000002 -- SError', 'serror'],
])('%s: %s', (text, name) => {
  expect(findKernelMessage(text)?.name).toBe(name)
})

describe('a block', () => {
  const groups = (...texts: string[]) => {
    const all = new KmsgGroups()
    const record = (text: string, sequence: number) => ({
      facility: 0,
      level: 1,
      sequence,
      uptimeUs: sequence,
      text,
    })
    return [...texts.flatMap((text, n) => all.add(record(text, n))), ...all.flush()].map(({ lines }) => lines)
  }
  test.each(['------------[ cut here ]------------', '8<--- cut here ---'])('begins with %s', (cut) => {
    const block = [
      cut,
      'Unable to handle kernel NULL pointer dereference at virtual address 00000000',
      '---[ end trace 0000000000000000 ]---',
    ]
    expect(groups('before', ...block, 'after')).toEqual([['before'], block, ['after']])
  })
})
