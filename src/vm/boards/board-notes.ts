/** What boards can and cannot do, for people: boards of which the same holds are told together. */
import type { VirtualBoard } from './virtual-board.js'

type Noted = Pick<VirtualBoard, 'name' | 'notes' | 'dmaHeapKernels'>

/** A list of Markdown, which reads well in a terminal, too. */
export function boardNotes(boards: readonly Noted[]): string {
  const groups = new Map<string, { names: string[]; notes: readonly string[] }>()
  for (const { name, notes, dmaHeapKernels } of boards) {
    const heaps = `dma-buf heaps with Linux ${dmaHeapKernels.join(' and ')}: Debian leaves them out, and gemrig builds them`
    const all = [...notes, heaps]
    const group = groups.get(all.join('\n'))
    if (group === undefined) groups.set(all.join('\n'), { names: [name], notes: all })
    else group.names.push(name)
  }
  return [...groups.values()]
    .map(({ names, notes }) => `- ${names.join(', ')}\n${notes.map((note) => `  - ${note}\n`).join('')}`)
    .join('')
}
