/** All known messages, in the order in which they are tried: the first that fits names a record. */
import { BENIGN_MESSAGES } from './benign.js'
import { GEM_MESSAGES } from './gem.js'
import { BROKEN_MESSAGES, OTHER_WARNINGS } from './generic.js'
import type { KernelMessage } from './message.js'
import { PANFROST_MESSAGES } from './panfrost.js'
import { PANTHOR_MESSAGES } from './panthor.js'

export const KERNEL_MESSAGES: readonly KernelMessage[] = [
  ...BROKEN_MESSAGES,
  ...PANFROST_MESSAGES,
  ...PANTHOR_MESSAGES,
  ...GEM_MESSAGES,
  ...OTHER_WARNINGS,
  ...BENIGN_MESSAGES,
]

export function findKernelMessage(text: string): KernelMessage | undefined {
  return KERNEL_MESSAGES.find(({ pattern }) => pattern.test(text))
}
