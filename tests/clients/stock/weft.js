// Starts, stops, kills and restarts a real server process over a scratch SQLite store.

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const WORKSPACE = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
const START_DEADLINE_MS = 20_000
const STOP_DEADLINE_MS = 20_000

function binary () {
  const target = process.env.CARGO_TARGET_DIR ?? join(WORKSPACE, 'target')
  const path = process.env.WEFT_BIN ?? join(target, 'release/weft')
  if (!existsSync(path)) throw new Error(`no server at ${path}: cargo build --release -p weft-server, or set WEFT_BIN`)
  return path
}

export class Weft {
  /** Starts a server on a free port; `options.args` are passed on as they are. */
  static async start (options = {}) {
    const weft = new Weft()
    weft.scratch = mkdtempSync(join(tmpdir(), 'weft-clients-'))
    weft.args = options.args ?? []
    weft.port = options.port ?? 0
    weft.log = []
    await weft.launch()
    return weft
  }

  get origin () { return `http://127.0.0.1:${this.port}` }
  get syncUrl () { return `ws://127.0.0.1:${this.port}/sync` }

  /** Runs the program over the same store, on the port of the first start. */
  async launch () {
    const child = spawn(binary(), ['--listen', `127.0.0.1:${this.port}`, '--database',
      `sqlite://${join(this.scratch, 'weft.db')}`, ...this.args], { cwd: this.scratch, stdio: ['ignore', 'pipe', 'pipe'] })
    this.child = child
    this.exited = new Promise(resolve => child.once('exit', (code, signal) => resolve({ code, signal })))
    child.stderr.setEncoding('utf8').on('data', text => this.log.push(text))
    const address = new Promise((resolve, reject) => {
      let seen = ''
      child.stdout.setEncoding('utf8').on('data', text => {
        this.log.push(text)
        seen += text
        const found = seen.match(/listening on http:\/\/[^\s:]+:(\d+)/)
        if (found) resolve(Number(found[1]))
      })
      child.once('error', reject)
      void this.exited.then(end => reject(new Error(`the server ended at start: ${JSON.stringify(end)}\n${this.log.join('')}`)))
    })
    this.port = await within('the listening line', address, START_DEADLINE_MS)
  }

  /** Mints an access token with the program's own command. */
  token (key, documents, more = []) {
    const opens = Object.entries(documents).flatMap(([name, role]) => ['--document', `${name}=${role}`])
    return execFileSync(binary(), ['token', '--auth-key', key, ...opens, ...more], { encoding: 'utf8' }).trim()
  }

  /** SIGKILL: nothing is flushed, nobody is told. */
  async kill () {
    this.child.kill('SIGKILL')
    return await this.exited
  }

  /** SIGTERM and an orderly end. */
  async stop () {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM')
    return await within('the end after SIGTERM', this.exited, STOP_DEADLINE_MS)
  }

  /** Ends the process and removes the store. */
  async dispose () {
    await this.kill()
    rmSync(this.scratch, { recursive: true, force: true })
  }
}

/** The base URL of the sync endpoint: a server named in the environment, or one started for the caller. */
export async function syncServer () {
  const external = process.env.WEFT_SYNC_URL
  if (external) return { syncUrl: external, dispose: async () => {}, log: [] }
  return await Weft.start()
}

async function within (what, promise, deadlineMs) {
  let timer
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${deadlineMs} ms in vain for ${what}`)), deadlineMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
