/** What rows say of answers. */

export function isRefusal(answer: unknown): answer is number {
  return typeof answer === 'number' && answer < 0
}
