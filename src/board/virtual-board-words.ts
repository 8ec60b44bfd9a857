/**
 * What a virtual board is told of itself on its kernel's command line. The words that the user has for the kernel stand
 * last there, so that they are known without being said twice: the line's length is limited.
 */

export interface VirtualBoardWords {
  /** `rk3399`. */
  readonly board: string
  /** Options of `gemrig vm` that ask for this board again, without --board and --append. */
  readonly options: readonly string[]
  /** More words for the kernel, as the user wrote them. */
  readonly append?: string | undefined
}

/** The end of a kernel's command line. */
export function writeBoardWords({ board, options, append }: VirtualBoardWords): string {
  const encoded = options.map((word) => encodeURIComponent(word).replaceAll('%2F', '/')).join(',')
  return [`gemrig.board=${board}`, `gemrig.vm=${encoded}`, ...(append === undefined ? [] : [append])].join(
    ' ',
  )
}

/** From /proc/cmdline; undefined on a machine that is no virtual board. */
export function readBoardWords(commandLine: string): VirtualBoardWords | undefined {
  const [, board, encoded = '', append] =
    /(?:^|\s)gemrig\.board=(\S+)(?: gemrig\.vm=(\S*)(?: (.+))?)?/s.exec(commandLine.trimEnd()) ?? []
  if (board === undefined) return undefined
  const options = encoded === '' ? [] : encoded.split(',').map(decodeURIComponent)
  return { board, options, ...(append !== undefined && { append }) }
}

/** Options of `gemrig vm`: all that ask for this board again. */
export function vmOptions({ board, options, append }: VirtualBoardWords): string[] {
  return ['--board', board, ...options, ...(append === undefined ? [] : ['--append', append])]
}
