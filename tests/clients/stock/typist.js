// Many clients that type marked edits and know which of them the server has acknowledged. Driven by JSON lines on stdin,
// one answer line each on stdout: {"id":1,"do":"open",...} is answered by {"id":1,"ok":...} or {"id":1,"error":"..."}.

import { createInterface } from 'node:readline'
import { Peer } from './peer.js'
import { until } from './until.js'
import { newest } from './versions.js'

const TICK_MS = 2
const PATIENCE_MS = 60_000
const KEPT_TEXT = 400

/** A client whose every edit carries a marker, with the count of markers covered by each frame it sent. */
class Typist {
  constructor (url, document, label) {
    this.document = document
    this.label = label
    this.typed = 0
    this.acked = 0
    this.overclaimed = false
    this.coverage = new Map()
    this.peer = new Peer(newest, url, document, {
      ack: true,
      onData: peer => this.cover(peer),
      onAck: peer => this.learn(peer),
    })
  }

  /** Remembers what the frame being sent contains: an edit is typed in full before its frame leaves. */
  cover (peer) {
    this.coverage.set(`${peer.sockets.length}/${peer.sent}`, this.typed)
  }

  learn (peer) {
    if (peer.acked > peer.sent) this.overclaimed = true
    this.acked = Math.max(this.acked, this.coverage.get(`${peer.sockets.length}/${peer.acked}`) ?? 0)
  }

  type () {
    const { doc } = this.peer
    doc.transact(() => {
      this.typed += 1
      doc.getArray('markers').push([`${this.label}:${this.typed}`])
      const text = doc.getText('text')
      text.insert((this.typed * 31) % (text.length + 1), 'é')
      if (text.length > KEPT_TEXT) text.delete(0, text.length - KEPT_TEXT)
    })
  }

  get settled () {
    return this.peer.provider.synced && this.acked === this.typed && this.peer.acked === this.peer.sent
  }
}

const typists = []
let typing = null
let turn = 0

const sum = field => typists.reduce((total, typist) => total + typist[field], 0)

function report () {
  return {
    typed: sum('typed'),
    acked: sum('acked'),
    sockets: typists.reduce((total, typist) => total + typist.peer.sockets.length, 0),
    overclaimed: typists.some(typist => typist.overclaimed),
    closes: typists.flatMap(typist => typist.peer.closes).filter(Boolean).map(close => close.code),
    writers: typists.map(({ document, label, typed, acked }) => ({ document, label, typed, acked })),
  }
}

async function readFresh (url, document) {
  const reader = new Peer(newest, url, document)
  await reader.synced()
  const markers = reader.doc.getArray('markers').toJSON()
  reader.destroy()
  return [document, markers]
}

/** Every client of a document, and one that has just come, hold the same. */
async function allEqual (url) {
  for (const document of new Set(typists.map(typist => typist.document))) {
    const fresh = new Peer(newest, url, document)
    await fresh.synced()
    for (const typist of typists) if (typist.document === document) await typist.peer.equals(fresh)
    fresh.destroy()
  }
  return true
}

const commands = {
  /** Opens `writers` clients on each of `documents`. */
  open ({ url, documents, writers }) {
    for (const document of documents) {
      for (let i = 0; i < writers; i++) typists.push(new Typist(url, document, `${document}#${i}`))
    }
    return typists.length
  },
  /** Types one edit per tick, the writers taking turns, until told to pause. */
  type () {
    typing ??= setInterval(() => typists[turn++ % typists.length].type(), TICK_MS)
    return true
  },
  pause () {
    clearInterval(typing)
    typing = null
    return report()
  },
  report,
  /** Answers once `more` further edits are acknowledged. */
  async untilAcked ({ more }) {
    const goal = sum('acked') + more
    await until(`${more} more acks`, () => sum('acked') >= goal, PATIENCE_MS)
    return report()
  },
  /** Answers once `more` further edits are typed, acknowledged or not. */
  async untilTyped ({ more }) {
    const goal = sum('typed') + more
    await until(`${more} more edits`, () => sum('typed') >= goal, PATIENCE_MS)
    return report()
  },
  /** Answers once everything typed is acknowledged. */
  async settle () {
    await until('everything typed is acknowledged', () => typists.every(typist => typist.settled), PATIENCE_MS)
    return report()
  },
  disconnect () {
    for (const typist of typists) typist.peer.provider.disconnect()
    return report()
  },
  connect () {
    for (const typist of typists) typist.peer.provider.connect()
    return true
  },
  /** The markers that clients without any state of their own find in each document. */
  async read ({ url, documents }) {
    return Object.fromEntries(await Promise.all(documents.map(document => readFresh(url, document))))
  },
  allEqual: ({ url }) => allEqual(url),
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: name, ...args } = JSON.parse(line)
  Promise.resolve().then(() => commands[name](args)).then(
    ok => console.log(JSON.stringify({ id, ok })),
    error => console.log(JSON.stringify({ id, error: `${error.stack ?? error}` })),
  )
}
process.exit(0)
