/** Which version of a driver brought which request: the comments above each drm_driver, and the kernel's history. */
import type { DrmVersion } from '../backend/drm-calls.js'
import { ERRNO, errnoName } from '../backend/errno.js'
import { NotSupportedError } from './errors.js'

interface Since {
  readonly major: number
  readonly minor: number
}

const at = (major: number, minor: number): Since => ({ major, minor })

/** By driver and request (or flag). What is not listed came with the driver's first version. */
const SINCE: Readonly<Record<string, Readonly<Record<string, Since>>>> = {
  panfrost: {
    HEAP: at(1, 1),
    NOEXEC: at(1, 1),
    AFBC_FEATURES: at(1, 2),
    CYCLE_COUNT: at(1, 3),
    SYSTEM_TIMESTAMP: at(1, 3),
    SYSTEM_TIMESTAMP_FREQUENCY: at(1, 3),
    SET_LABEL_BO: at(1, 4),
    JM_CTX_CREATE: at(1, 5),
    JM_CTX_DESTROY: at(1, 5),
    ALLOWED_JM_CTX_PRIORITIES: at(1, 5),
    WB_MMAP: at(1, 6),
    SYNC_BO: at(1, 6),
    QUERY_BO_INFO: at(1, 6),
    SELECTED_COHERENCY: at(1, 6),
  },
  panthor: {
    'DEV_QUERY timestampInfo': at(1, 1),
    'DEV_QUERY groupPrioritiesInfo': at(1, 2),
    BO_SET_LABEL: at(1, 4),
    WB_MMAP: at(1, 7),
    BO_SYNC: at(1, 7),
    BO_QUERY_INFO: at(1, 7),
    SPARSE: at(1, 8),
  },
}

/** Throws a NotSupportedError when this version of the driver is older than the request. */
export function requireVersion(version: DrmVersion, request: string): void {
  const since = SINCE[version.name]?.[request]
  if (since === undefined) return
  if (version.major > since.major || (version.major === since.major && version.minor >= since.minor)) return
  throw notSupported(version, request, `${version.name} ${since.major}.${since.minor} has it`)
}

/** The error for a request that this driver does not have; `advice` says which driver or version would. */
export function notSupported(
  version: DrmVersion,
  request: string,
  advice?: string,
  errno: number = ERRNO.EOPNOTSUPP,
): NotSupportedError {
  const subject = `${version.name} ${version.major}.${version.minor}`
  return new NotSupportedError(`${request}: ${subject} does not know it`, {
    errno,
    code: errnoName(errno),
    syscall: 'none',
    request,
    ...(advice !== undefined && { advice }),
  })
}
