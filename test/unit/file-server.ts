/** A web server of files that breaks off when it is told to: an archive, a registry, or a proxy of either. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export class FileServer {
  readonly files = new Map<string, Buffer>()
  /** The one that breaks off, and whose requests are noted. */
  watched = ''
  /** How much of the watched file is sent, request by request; after that all of it. */
  cuts: number[] = []
  /** Requests for the watched file: the Range that each asked for. */
  ranges: (string | undefined)[] = []
  /** Agents whose name begins so are refused. */
  refused: string | undefined
  readonly #server: Server = createServer((request, response) => this.#answer(request, response))

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await new Promise((resolve) => this.#server.once('listening', resolve))
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    // A proxy is asked for whole addresses.
    const path = new URL(request.url ?? '', 'http://archive').pathname.slice(1)
    const file = this.files.get(path)
    const { range, 'user-agent': agent = '' } = request.headers
    if (file === undefined || (this.refused !== undefined && agent.startsWith(this.refused))) {
      response.writeHead(file === undefined ? 404 : 403).end()
      return
    }
    const start = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0)
    const rest = file.subarray(start)
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': rest.length,
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'accept-ranges': 'bytes',
      ...(start > 0 && { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` }),
    })
    if (path === this.watched) this.ranges.push(range)
    const cut = path === this.watched ? this.cuts.shift() : undefined
    if (cut === undefined) response.end(rest)
    else response.write(rest.subarray(0, cut), () => setTimeout(() => response.destroy(), 50))
  }
}
