// Reads what AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer wrote, and leaves out leaks of Node itself.

const OUR_FRAME = /gemrig\.node/
/**
 * The caller of the allocator is in no module any more: an addon that was unloaded when its last worker ended. Further
 * up a stack such frames are JavaScript that V8 compiled, which calls no allocator itself.
 */
const UNLOADED_CALLER = /^\s*#1 .*<unknown module>/m

/**
 * Node and V8 give some memory back to nobody but the end of the process, and V8 keeps pointers where LeakSanitizer does
 * not look: leaks without a frame of the addon in the stack of the allocation are theirs. Every other report counts.
 *
 * @param {string[]} texts contents of report files
 * @returns {{ ours: string[], leaksOfNode: number }}
 */
export function readReports(texts) {
  const ours = []
  let leaksOfNode = 0
  for (const text of texts) {
    for (const part of text.split(/^=+$\n?/m).flatMap(splitLeaks)) {
      if (part.trim() === '' || /^==\d+==ERROR: LeakSanitizer: detected memory leaks\s*$/.test(part.trim()))
        continue
      if (/^\s*SUMMARY: AddressSanitizer: \d+ byte\(s\) leaked/.test(part)) continue
      if (/^(?:Direct|Indirect) leak of /.test(part) && !isOurs(part)) leaksOfNode++
      else ours.push(part.trim())
    }
  }
  return { ours, leaksOfNode }
}

function isOurs(leak) {
  return OUR_FRAME.test(leak) || UNLOADED_CALLER.test(leak)
}

function splitLeaks(text) {
  return text.split(/^(?=(?:Direct|Indirect) leak of |SUMMARY: )/m)
}
