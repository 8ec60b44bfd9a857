/** Panfrost's requests beyond buffers: include/uapi/drm/panfrost_drm.h up to 1.6. */
import type { DrmVersion } from '../backend/drm-calls.js'
import {
  PANFROST_PARAM,
  type PanfrostBoInfo,
  type PanfrostBoSyncOp,
  type PanfrostJob,
} from '../backend/panfrost-calls.js'
import { ERRNO } from '../backend/errno.js'
import type { Buffer } from './buffer.js'
import { requireVersion } from './driver-versions.js'
import type { DrmFile } from './drm-file.js'
import { granted, grantedObject } from './errors.js'

/** Names of enum drm_panfrost_param, without their prefix. */
export type PanfrostParam = keyof typeof PANFROST_PARAM

/** Device.panfrost(). Requests that the running version does not know throw a NotSupportedError that names the one that does. */
export class PanfrostApi {
  readonly #file: DrmFile
  readonly #version: DrmVersion

  constructor(file: DrmFile, version: DrmVersion) {
    this.#file = file
    this.#version = version
  }

  getParam(name: PanfrostParam): bigint {
    const { backend, fd } = this.#ask(name)
    const outcome = backend.panfrost.getParam(fd, PANFROST_PARAM[name])
    return grantedObject(outcome, { syscall: 'ioctl', request: 'GET_PARAM', subject: name }).value
  }

  /** SUBMIT. The fence goes to `outSync`; Buffer.waitIdle() waits for the job too. */
  submit(job: PanfrostJob): void {
    const { backend, fd } = this.#ask(job.jmCtxHandle === 0 ? 'SUBMIT' : 'JM_CTX_CREATE')
    granted(backend.panfrost.submit(fd, job), { syscall: 'ioctl', request: 'SUBMIT' })
  }

  /** SET_LABEL_BO (1.4); null clears it. */
  setLabel(buffer: Buffer, label: string | null): void {
    const { backend, fd } = this.#ask('SET_LABEL_BO')
    const handle = buffer.openHandle('SET_LABEL_BO')
    granted(backend.panfrost.setLabelBo(fd, handle, label), refusal('SET_LABEL_BO', buffer))
  }

  /** JM_CTX_CREATE (1.5): a handle for submit() and destroyJmContext(). */
  createJmContext(priority: number): number {
    const { backend, fd } = this.#ask('JM_CTX_CREATE')
    const outcome = backend.panfrost.jmCtxCreate(fd, priority)
    return grantedObject(outcome, { syscall: 'ioctl', request: 'JM_CTX_CREATE' }).handle
  }

  /** JM_CTX_DESTROY (1.5). InvalidHandleError. */
  destroyJmContext(handle: number): void {
    const { backend, fd } = this.#ask('JM_CTX_DESTROY')
    const refusal = { syscall: 'ioctl', request: 'JM_CTX_DESTROY', wrongHandle: ERRNO.EINVAL }
    granted(backend.panfrost.jmCtxDestroy(fd, handle), refusal)
  }

  /** SYNC_BO (1.6). */
  sync(operations: readonly PanfrostBoSyncOp[]): void {
    const { backend, fd } = this.#ask('SYNC_BO')
    granted(backend.panfrost.syncBo(fd, operations), { syscall: 'ioctl', request: 'SYNC_BO' })
  }

  /** QUERY_BO_INFO (1.6). */
  queryInfo(buffer: Buffer): PanfrostBoInfo {
    const { backend, fd } = this.#ask('QUERY_BO_INFO')
    const outcome = backend.panfrost.queryBoInfo(fd, buffer.openHandle('QUERY_BO_INFO'))
    return grantedObject(outcome, refusal('QUERY_BO_INFO', buffer))
  }

  #ask(request: string): DrmFile {
    this.#file.assertOpen(request)
    requireVersion(this.#version, request)
    return this.#file
  }
}

function refusal(request: string, buffer: Buffer): { syscall: string; request: string; subject: string } {
  return { syscall: 'ioctl', request, subject: buffer.toString() }
}
