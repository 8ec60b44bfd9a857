/** Operations on the bytes of a mapping. */
import { Buffer } from 'node:buffer'
import type { Mapping } from '../device/mapping.js'
import type { Held } from './execute.js'
import type { Operation, OperationOutcome } from './operation.js'
import { ProgramError } from './program-error.js'

const OK: OperationOutcome = { result: 'ok' }
const INTACT: OperationOutcome = { result: 'intact' }

/** Throws ProgramError when it is not mapped, and what Mapping throws. */
export function access(held: Held, operation: Operation): OperationOutcome {
  const { mapping } = held
  if (mapping === undefined) {
    throw new ProgramError(`${operation.op} of buffer ${operation.buffer}, which is not mapped`)
  }
  switch (operation.op) {
    case 'fill':
      mapping.fill(BigInt(operation.seed))
      return OK
    case 'verify':
      mapping.verify(BigInt(operation.seed))
      return INTACT
    case 'verify-in-fork':
      mapping.verifyInFork(BigInt(operation.seed), { exec: operation.exec })
      return INTACT
    case 'zeroed':
      return zeroed(mapping)
    case 'touch':
      mapping.read(0, 1)
      return OK
    case 'unmap':
      mapping.close()
      delete held.mapping
      return OK
    default:
      throw new ProgramError(`${operation.op} is no access`)
  }
}

function zeroed(mapping: Mapping): OperationOutcome {
  const bytes = mapping.read()
  // Comparing is many times faster than looking at each byte.
  if (Buffer.compare(bytes, Buffer.alloc(bytes.length)) === 0) return INTACT
  return { result: 'corrupt', offset: bytes.findIndex((byte) => byte !== 0) }
}
