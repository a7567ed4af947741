// The server as a process.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const BINARY = process.env.WEFT_BIN
if (BINARY === undefined) throw new Error('WEFT_BIN names the server to test')

const LIMITS = ['--limit-idle-ms', '200', '--limit-requests-per-second', '100000', '--limit-joins-per-second', '100000']

/** Has everything that is stored verified; throws if something is wrong. Returns what was counted. */
export const check = database => execFileSync(BINARY, ['check', '--database', database], { encoding: 'utf8' }).trim()

export class Server {
  #child

  constructor (child, url) {
    this.#child = child
    this.url = url
  }

  static async start (database) {
    const options = ['serve', '--listen', '127.0.0.1:0', '--database', database, '--log', 'error', ...LIMITS]
    const child = spawn(BINARY, options, { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface({ input: child.stdout })) {
      const announced = /^listening on (http:\S+)$/.exec(line)
      if (announced !== null) return new Server(child, announced[1])
    }
    throw new Error('the server ended before it listened')
  }

  async bytes (path) {
    const answer = await fetch(this.url + path)
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return new Uint8Array(await answer.arrayBuffer())
  }

  async stop () {
    this.#child.kill('SIGTERM')
    await once(this.#child, 'exit')
  }

  async kill () {
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}
