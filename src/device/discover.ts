/** Which DRM devices a backend sees, which drivers they have, and which of them this user may open. */
import type { Backend } from '../backend/backend.js'
import type { DrmNode, DrmVersion } from '../backend/drm-calls.js'
import { DRIVER_NAMES, findDriver } from './drivers/index.js'
import { grantedObject, refused, type DrmError } from './errors.js'
import { explainAccess } from './node-access.js'

export interface FoundDevice {
  /** The node that gemrig would open: the render node where there is one and the driver's buffers can be made on it. */
  readonly path: string
  readonly bus: DrmNode['bus']
  readonly busName: string
  readonly compatible: readonly string[]
  /** Absent when the node could not be opened. */
  readonly version?: DrmVersion
  /** Whether gemrig can make buffers on it, and whether the kernel may purge them. */
  readonly support: 'purgeable' | 'buffers' | 'none'
  /** Why it could not be opened or asked; says what would help. */
  readonly error?: DrmError
}

/** All DRM devices, in the kernel's order. Opens each for a moment. Throws DrmError when the list cannot be read. */
export function discoverDevices(backend: Backend): FoundDevice[] {
  const nodes = grantedObject(backend.drm.listNodes(), { syscall: 'readdir', request: '/dev/dri' })
  return nodes.flatMap((node) => {
    const path = node.renderNode ?? node.primaryNode
    return path === undefined ? [] : [look(backend, node, path)]
  })
}

function look(backend: Backend, node: DrmNode, path: string): FoundDevice {
  const found = { bus: node.bus, busName: node.busName, compatible: node.compatible }
  const opened = openNode(backend, path)
  if ('error' in opened) return { ...found, path, support: 'none', error: opened.error }
  backend.drm.close(opened.fd)
  const driver = findDriver(opened.version.name)
  const support = driver === undefined ? 'none' : driver.purgeable ? 'purgeable' : 'buffers'
  // Dumb buffers are refused on a render node.
  const wanted = driver?.node === 'primary' ? (node.primaryNode ?? path) : path
  return { ...found, path: wanted, version: opened.version, support }
}

/** Opens a node and asks its version. The caller owns `fd`. */
export function openNode(
  backend: Backend,
  path: string,
): { fd: number; version: DrmVersion } | { error: DrmError } {
  const fd = backend.drm.open(path)
  if (fd < 0) {
    const advice = explainAccess(backend, path, fd)
    return { error: refused(fd, { syscall: 'open', request: path, ...(advice && { advice }) }) }
  }
  const version = backend.drm.version(fd)
  if (typeof version === 'number') {
    backend.drm.close(fd)
    const advice = `it is not a DRM node; gemrig drives ${DRIVER_NAMES.join(', ')}`
    return { error: refused(version, { syscall: 'ioctl', request: 'VERSION', subject: path, advice }) }
  }
  return { fd, version }
}
