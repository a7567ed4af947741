// One stock client on one document, with everything its sockets sent and received on record.

import * as decoding from 'lib0/decoding'
import WebSocket from 'ws'
import { contentOf } from './versions.js'
import { until } from './until.js'

const SYNC = 0
const AWARENESS = 1
const ACK = 100
const NOTICE = 101
const STEP_1 = 0

// Every provider listens for the end of the process, and a test has many.
process.setMaxListeners(0)

/** A WebSocket that remembers its frames: what a provider sent, and what the server sent, in order. */
function recordingSocket (sockets, sent) {
  return class extends WebSocket {
    constructor (...args) {
      super(...args)
      this.data = []
      this.received = []
      this.on('message', frame => this.received.push(new Uint8Array(frame)))
      sockets.push(this)
    }

    send (frame, ...rest) {
      const bytes = frame instanceof Uint8Array ? frame : new Uint8Array(frame)
      if (bytes[0] === SYNC && bytes[1] !== STEP_1) {
        this.data.push(bytes.slice())
        sent()
      }
      super.send(frame, ...rest)
    }
  }
}

export class Peer {
  constructor (version, syncUrl, documentName, options = {}) {
    const { ack = false, onData = () => {}, onAck = () => {}, ...provider } = options
    this.version = version
    this.doc = new version.Y.Doc()
    this.sockets = []
    this.closes = []
    this.acks = []
    this.notices = []
    this.provider = new version.Provider(syncUrl, documentName, this.doc, {
      disableBc: true,
      WebSocketPolyfill: recordingSocket(this.sockets, () => onData(this)),
      params: ack ? { ack: '1' } : {},
      ...provider,
    })
    this.provider.on('connection-close', event => this.closes.push(event && { code: event.code, reason: event.reason }))
    this.provider.messageHandlers[ACK] = (_encoder, decoder) => {
      this.acks.push({ socket: this.sockets.length - 1, n: decoding.readVarUint(decoder) })
      onAck(this)
    }
    this.provider.messageHandlers[NOTICE] = (_encoder, decoder) => this.notices.push(JSON.parse(decoding.readVarString(decoder)))
  }

  get awareness () { return this.provider.awareness }
  get socket () { return this.sockets[this.sockets.length - 1] }
  /** How many data frames the current socket has sent. */
  get sent () { return this.socket.data.length }
  /** The newest acknowledgement on the current socket, 0 before the first. */
  get acked () {
    const last = this.acks[this.acks.length - 1]
    return last && last.socket === this.sockets.length - 1 ? last.n : 0
  }

  text () { return this.doc.getText('text') }
  content () { return contentOf(this.version, this.doc) }

  async synced () {
    await until(`${this.version.name} is synced`, () => this.provider.synced)
    return this
  }

  /** Waits until the server has acknowledged every data frame of the current socket. */
  async saved () {
    await this.synced()
    await until(`${this.version.name} is saved`, () => this.sent > 0 && this.acked === this.sent)
  }

  /** Waits until both documents hold the same. */
  async equals (other) {
    const same = () => JSON.stringify(this.content()) === JSON.stringify(other.content())
    await until(`${this.version.name} holds what ${other.version.name} holds`, same).catch(error => {
      throw new Error(`${error.message}\n${JSON.stringify(this.content())}\n${JSON.stringify(other.content())}`)
    })
  }

  /** Waits until this client sees `state` (compared as JSON) of the other client, `undefined` meaning gone. */
  async sees (other, state, deadlineMs) {
    const id = other.doc.clientID
    const wanted = JSON.stringify(state)
    await until(`${this.version.name} sees ${wanted} of ${id}`, () => JSON.stringify(this.awareness.getStates().get(id)) === wanted, deadlineMs)
  }

  /** The awareness frames the server sent on the current socket. */
  awarenessFrames () { return this.socket.received.filter(frame => frame[0] === AWARENESS) }

  /** Disconnects; version 1 keeps its socket until the closing handshake is over. */
  async disconnect () {
    this.provider.disconnect()
    await until(`${this.version.name} is disconnected`, () => !this.provider.wsconnected && this.provider.ws === null)
  }

  destroy () {
    this.provider.destroy()
    this.awareness.destroy()
    this.doc.destroy()
  }
}

/** A document name no other test uses. */
let counter = 0
export function freshName (stem) {
  counter += 1
  return `${stem}-${process.pid}-${Date.now().toString(36)}-${counter}`
}
