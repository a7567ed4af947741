// One person: a stock Y.Doc that is kept over all phases, and a socket for one of them.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import WebSocket from 'ws'
import * as Y from 'yjs'

const [SYNC, ACK] = [0, 100]
const [STEP1, STEP2, UPDATE] = [0, 1, 2]

const frame = (kind, bytes) => {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, SYNC)
  encoding.writeVarUint(encoder, kind)
  encoding.writeVarUint8Array(encoder, bytes)
  return encoding.toUint8Array(encoder)
}

export class Person {
  #socket
  #sent = 0
  #acked = 0
  #isGreeted = false
  #waiting = []
  #typed = (update, origin) => { if (origin !== this) this.#send(UPDATE, update) }

  constructor (doc, server, name) {
    this.doc = doc
    this.#socket = new WebSocket(`${server.url.replace('http', 'ws')}/sync/${name}?ack=1`)
    this.#socket.binaryType = 'nodebuffer'
    this.#socket.on('open', () => this.#socket.send(frame(STEP1, Y.encodeStateVector(doc))))
    this.#socket.on('message', data => this.#heard(new Uint8Array(data)))
    this.#socket.on('error', error => { throw error })
  }

  #send (kind, bytes) {
    this.#sent++
    this.#socket.send(frame(kind, bytes))
  }

  #heard (data) {
    const decoder = decoding.createDecoder(data)
    const type = decoding.readVarUint(decoder)
    if (type === ACK) this.#acked = decoding.readVarUint(decoder)
    if (type === SYNC) {
      const kind = decoding.readVarUint(decoder)
      const bytes = decoding.readVarUint8Array(decoder)
      if (kind !== STEP1) Y.applyUpdate(this.doc, bytes, this)
      else this.#send(STEP2, Y.encodeStateAsUpdate(this.doc, bytes))
      if (kind === STEP1 && !this.#isGreeted) {
        this.#isGreeted = true
        this.doc.on('update', this.#typed)
      }
    }
    this.#waiting = this.#waiting.filter(({ holds, resolve }) => !holds() || resolve())
  }

  #until (holds) {
    return new Promise(resolve => holds() ? resolve() : this.#waiting.push({ holds, resolve }))
  }

  /** Resolves when the server has asked for what it lacks and everything of it is committed. */
  joined () {
    return this.#until(() => this.#isGreeted && this.#acked === this.#sent)
  }

  /** Resolves when everything sent is committed, or all but so many updates. */
  saved (unsaved = 0) {
    return this.#until(() => this.#sent - this.#acked <= unsaved)
  }

  leave () {
    this.doc.off('update', this.#typed)
    this.#socket.terminate()
  }
}
