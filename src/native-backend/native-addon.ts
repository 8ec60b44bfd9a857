/**
 * Every function of the C++ addon (native/), as it exports them: a file of native/ for each group. The addon keeps the
 * conventions of src/backend itself: it checks arguments (TypeError), answers refused calls with a negative errno, and
 * throws nothing else. `memory.read` answers -ENOMEM too, when there is no memory for the copy; a mapping that this
 * addon did not make (or that another worker made) is a TypeError.
 */
import type { KernelCalls } from '../backend/backend.js'

export type NativeAddon = KernelCalls
