// Reads what AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer wrote, and leaves out leaks of Node itself.

/** A frame of the addon, or of one that was unloaded when its last worker ended. */
const OUR_FRAME = /gemrig\.node|<unknown module>/

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
      if (/^(?:Direct|Indirect) leak of /.test(part) && !OUR_FRAME.test(part)) leaksOfNode++
      else ours.push(part.trim())
    }
  }
  return { ours, leaksOfNode }
}

function splitLeaks(text) {
  return text.split(/^(?=(?:Direct|Indirect) leak of |SUMMARY: )/m)
}
