/** Runs the contract on the native backend, inside a virtual board, and prints the results as JSON. */
import { writeFileSync } from 'node:fs'
import type * as Errno from '../../src/backend/errno.js'
import type * as NativeBackend from '../../src/native-backend/native-backend.js'
import { runContract } from './contract.js'
import { ROWS } from './rows.js'

/** Where the guest has gemrig. */
const APP = '/app/dist'

const { loadNativeBackend } = (await import(
  `${APP}/native-backend/native-backend.js`
)) as typeof NativeBackend
const { errnoName } = (await import(`${APP}/backend/errno.js`)) as typeof Errno
const native = loadNativeBackend()
if ('missing' in native) throw new Error(native.missing)
const nodes = native.backend.drm.listNodes()
if (typeof nodes === 'number') throw new Error(errnoName(-nodes))
const node = nodes.find(({ compatible }) => compatible.includes('arm,mali-t860'))?.renderNode
if (node === undefined) throw new Error('there is no Panfrost device')

const purge = () => writeFileSync('/proc/sys/vm/drop_caches', '2')
process.stdout.write(JSON.stringify(runContract({ backend: native.backend, node, errnoName, purge }, ROWS)))
