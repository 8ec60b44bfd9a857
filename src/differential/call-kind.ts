/** One kind of call in a random program: how often it is drawn, what its arguments are, and how it is made. */
import type { Backend } from '../backend/backend.js'
import type { Random } from '../workload/random.js'
import { BUFFERS, PLACES, VGEM_FILE, type CallMachine } from './call-machine.js'

/** A value, or a negative errno, or RAISED_SIGBUS; text for what has several values. */
export type CallOutcome = number | string

/** What a board may lack. */
export interface BoardParts {
  readonly panfrost: boolean
  readonly panthor: boolean
  readonly heap: boolean
  readonly udmabuf: boolean
  readonly vgem: boolean
}

export interface CallArgument {
  readonly name: string
  draw(random: Random): number
}

export interface CallKind {
  readonly name: string
  readonly weight: number
  readonly needs?: keyof BoardParts
  readonly args: readonly CallArgument[]
  perform(machine: CallMachine, ...args: number[]): CallOutcome | Promise<CallOutcome>
}

/** One of these, each as likely as the others. */
export function oneOf(name: string, values: readonly number[]): CallArgument {
  return { name, draw: (random) => values[random.integer(0, values.length - 1)] ?? 0 }
}

function place(name: string, places = PLACES): CallArgument {
  return { name, draw: (random) => random.integer(0, places - 1) }
}

export const FILE = oneOf('file', [0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3])
/** Any file, vgem's as well: requests of a GPU's driver are refused there. */
export const ANY_FILE = oneOf('file', [0, 0, 0, 0, 1, 1, 1, 2, 2, 3, VGEM_FILE, VGEM_FILE])
export const BUFFER = place('buffer', BUFFERS)
export const MAP = place('map')
export const DMA_BUF = place('dma-buf')
export const SYNCOBJ = place('syncobj')
export const SYNC_FILE = place('sync file')
export const OTHER_SYNC_FILE = place('and sync file')

const OWN = -1
/** The file that the buffer is of, and now and then another one. */
export const THROUGH: CallArgument = {
  name: 'through file',
  draw: (random) => (random.integer(0, 19) > 0 ? OWN : random.integer(0, VGEM_FILE)),
}

/** Only for boards that have it. */
export const needing = (needs: keyof BoardParts, kinds: readonly CallKind[]): CallKind[] =>
  kinds.map((kind) => ({ ...kind, needs }))

/** The descriptor for a request about something of `file`. */
export function fdThrough(machine: CallMachine, through: number, file: number): number {
  return machine.fd(through === OWN ? file : through)
}

type CallAbout = (backend: Backend, fd: number, handle: number) => CallOutcome

/** A call about one buffer, or one syncobj: through its own file or another one. */
function about(
  place: CallArgument,
  heldIn: (machine: CallMachine, place: number) => { readonly file: number; readonly handle: number },
) {
  return (name: string, weight: number, call: CallAbout): CallKind => ({
    name,
    weight,
    args: [THROUGH, place],
    perform(machine, through, at) {
      const { file, handle } = heldIn(machine, at)
      return call(machine.backend, fdThrough(machine, through, file), handle)
    },
  })
}

export const aboutBuffer = about(BUFFER, (machine, place) => machine.buffer(place))
export const aboutSyncobj = about(SYNCOBJ, (machine, place) => machine.syncobj(place))
