/** A backend that writes down which of its calls were made, and how they ended. */
import type { Backend } from '../backend/backend.js'
import { errnoName } from '../backend/errno.js'
import { RAISED_SIGBUS } from '../backend/memory-calls.js'

/** Of each call (`panfrost.createBo`) the ways that it ended: `ok`, `-EINVAL`, `SIGBUS`, `TypeError`. */
export type CallRecord = Map<string, Set<string>>

type Call = (...args: unknown[]) => unknown

/** All calls of the interface, `group.call`, sorted. */
export function callsOf(backend: Backend): string[] {
  return groupsOf(backend)
    .flatMap(([group, calls]) => Object.keys(calls).map((call) => `${group}.${call}`))
    .sort()
}

export function recordCalls(backend: Backend, record: CallRecord): Backend {
  const groups = groupsOf(backend).map(([group, calls]) => [
    group,
    Object.fromEntries(
      Object.entries(calls).map(([name, call]) => [name, recorded(call, `${group}.${name}`, record)]),
    ),
  ])
  return { kind: backend.kind, ...(Object.fromEntries(groups) as Omit<Backend, 'kind'>) }
}

function groupsOf(backend: Backend): [string, Record<string, Call>][] {
  return Object.entries(backend).filter((entry): entry is [string, Record<string, Call>] => {
    return typeof entry[1] === 'object'
  })
}

function recorded(call: Call, name: string, record: CallRecord): Call {
  const note = (ending: string) => {
    const endings = record.get(name) ?? new Set()
    record.set(name, endings.add(ending))
  }
  return (...args) => {
    let answer: unknown
    try {
      answer = call(...args)
    } catch (error) {
      note((error as Error).name)
      throw error
    }
    const later = laterAnswer(answer)
    if (later === undefined) note(endingOf(answer))
    else void later.then((result) => note(endingOf(result)))
    return answer
  }
}

/** The promise of a call under way. */
function laterAnswer(answer: unknown): Promise<unknown> | undefined {
  const result = typeof answer === 'object' && answer !== null && 'result' in answer ? answer.result : answer
  return result instanceof Promise ? result : undefined
}

function endingOf(answer: unknown): string {
  // VM_BIND's answer is an object also when it is a refusal.
  const value = typeof answer === 'object' && answer !== null && 'result' in answer ? answer.result : answer
  if (typeof value !== 'number' || value >= 0) return 'ok'
  return value === RAISED_SIGBUS ? 'SIGBUS' : `-${errnoName(-value)}`
}
