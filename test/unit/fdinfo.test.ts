/** fdinfo of DRM files: keys of drm-usage-stats, units, duplicates. */
import { expect, it } from 'vitest'
import { parseDrmFdinfo, uniqueClients } from '../../src/device/fdinfo.js'
import { bucketStartNs, LatencyHistogram } from '../../src/device/latency-histogram.js'

const TEXT = `pos:\t0
flags:\t02100002
drm-driver:\tpanfrost
drm-client-id:\t12
drm-maxfreq-fragment:\t800000000 Hz
drm-engine-fragment:\t1234 ns
drm-engine-capacity-fragment:\t2
drm-total-memory:\t16 MiB
drm-resident-memory:\t4100 KiB
drm-purgeable-memory:\t4096
drm-mystery:\tabc
`

it('reads sizes in bytes, times in ns, and leaves out what is not there', () => {
  expect(parseDrmFdinfo(TEXT)).toEqual({
    driver: 'panfrost',
    clientId: 12n,
    memory: { memory: { total: 16n << 20n, resident: 4100n << 10n, purgeable: 4096n } },
    enginesNs: { fragment: 1234n },
    cycles: {},
    maximumHz: { fragment: 800000000n },
    currentHz: {},
  })
})

it('other files have none', () => {
  expect(parseDrmFdinfo('pos:\t0\nflags:\t02\n')).toBeUndefined()
  expect(parseDrmFdinfo('drm-driver:\tpanfrost\n')).toBeUndefined()
})

it('a client with two descriptors counts once', () => {
  const client = parseDrmFdinfo(TEXT)
  const other = parseDrmFdinfo(TEXT.replace('12\n', '13\n'))
  if (client === undefined || other === undefined) throw new Error('no client')
  expect(uniqueClients([client, { ...client }, other])).toEqual([client, other])
})

it('percentiles are right to a bucket', () => {
  const buckets = new Float64Array(976)
  buckets[5] = 50
  buckets[16] = 49
  buckets[975] = 1
  const latency = new LatencyHistogram(buckets)
  expect([1, 50, 99].map((percent) => latency.percentileNs(percent))).toEqual([5, 5, 16])
  expect(latency.percentileNs(100)).toBeGreaterThanOrEqual(2 ** 63)
  expect([0, 15, 16, 31, 32].map(bucketStartNs)).toEqual([0, 15, 16, 31, 32])
  expect(bucketStartNs(33)).toBe(34)
})
