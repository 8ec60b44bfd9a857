/** Text for terminals, XML and HTML, wherever it comes from: a kernel's log holds whatever a process is called. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For one line on a terminal: control characters but tabs, and those that turn its direction, as dmesg shows them (`\x1b`). */
export function escapeControls(text: string): string {
  return text.replaceAll(
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => {
      const code = character.charCodeAt(0)
      return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
    },
  )
}

/**
 * For content and quoted attributes. Control characters and what XML 1.0 cannot hold become the replacement character. Takes whatever
 * a journal has in the place of a text or a number.
 */
export function escapeMarkup(value: unknown): string {
  const text = typeof value === 'string' ? value : typeof value === 'number' ? `${value}` : jsonOf(value)
  return text
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, '\ufffd')
    .replaceAll(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

/** Undefined has none. */
const jsonOf = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value))
