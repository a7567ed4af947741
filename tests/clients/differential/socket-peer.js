// A peer at the end of a real socket, which speaks plain y-websocket frames with `?ack=1`.
import * as Y from 'yjs'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import WebSocket from 'ws'
import { Peer } from './peer.js'

const SYNC = 0
const ACK = 100
const NOTICE = 101
const STEP_1 = 0
const STEP_2 = 1
const UPDATE = 2

const frame = (step, body) => encoding.encode(encoder => {
  encoding.writeVarUint(encoder, SYNC)
  encoding.writeVarUint(encoder, step)
  encoding.writeVarUint8Array(encoder, body)
})

/** Codes that say "do not come back": for traffic of stock clients there is no reason to. */
const isFinal = code => code >= 4400 && code <= 4499

export class SocketPeer extends Peer {
  /** `room` has the document's `url`, hears of every frame sent (`sent`) and of what must not happen (`fail`). */
  constructor (random, room, number) {
    super(random, room, number)
    this.room = room
    this.number = number
    this.wanted = false
    this.socket = null
    this.forget()
  }

  /** What belongs to one socket. */
  forget () {
    this.sent = 0
    this.acked = 0
    this.synced = false
    this.outbox.length = 0
    this.inbox.length = 0
  }

  connect () {
    this.wanted = true
    if (this.socket !== null) return
    this.forget()
    const socket = new WebSocket(`${this.room.url}?ack=1`)
    this.socket = socket
    const current = handler => (...args) => { if (this.socket === socket) handler(...args) }
    socket.on('open', current(() => this.opened()))
    socket.on('message', current(message => this.hear(new Uint8Array(message))))
    socket.on('close', current((code, reason) => this.lost(code, `${reason}`)))
    socket.on('error', () => {}) // the close that follows counts
  }

  opened () {
    this.online = true
    this.socket.send(frame(STEP_1, Y.encodeStateVector(this.doc)))
  }

  lost (code, reason) {
    this.drop()
    if (isFinal(code)) this.room.fail(`peer ${this.number} was closed with ${code} ${reason}`)
  }

  drop () {
    this.socket = null
    this.online = false
    this.forget()
  }

  /** With a close frame, or as a network goes away. */
  disconnect () {
    this.wanted = false
    const { socket } = this
    this.drop()
    if (socket === null) return
    if (this.random.once(2)) socket.terminate()
    else socket.close()
  }

  /** What y-websocket does on its resync interval. */
  resync () {
    this.socket.send(frame(STEP_1, Y.encodeStateVector(this.doc)))
  }

  hear (message) {
    const decoder = decoding.createDecoder(message)
    const kind = decoding.readVarUint(decoder)
    if (kind === SYNC) {
      const step = decoding.readVarUint(decoder)
      const body = decoding.readVarUint8Array(decoder)
      this.synced ||= step === STEP_2
      this.inbox.push(step === STEP_1 ? { stateVector: body } : { update: body })
    } else if (kind === ACK) {
      this.acked = decoding.readVarUint(decoder)
      if (this.acked > this.sent) this.room.fail(`${this.acked} frames acknowledged of ${this.sent}`)
    } else if (kind === NOTICE) {
      const notice = JSON.parse(decoding.readVarString(decoder))
      if (notice.refused) this.room.fail(`refused: ${JSON.stringify(notice)}`)
    }
  }

  send () {
    const message = this.outbox.shift()
    if (message === undefined || !this.online) return false
    const [step, body] = message.update === undefined ? [STEP_2, message.answer] : [UPDATE, message.update]
    this.sent += 1
    this.room.sent(this.number, step, body)
    this.socket.send(frame(step, body))
    return true
  }

  /** Everything heard is taken in, everything said is committed. */
  get isQuiet () {
    return this.online && this.synced && this.inbox.length === 0 && this.outbox.length === 0 && this.acked === this.sent
  }
}

/** What the server sends somebody who comes with nothing. */
export const readAll = url => new Promise((resolve, reject) => {
  const socket = new WebSocket(url)
  socket.on('open', () => socket.send(frame(STEP_1, Uint8Array.of(0))))
  socket.on('message', message => {
    const decoder = decoding.createDecoder(new Uint8Array(message))
    if (decoding.readVarUint(decoder) !== SYNC || decoding.readVarUint(decoder) !== STEP_2) return
    resolve(decoding.readVarUint8Array(decoder))
    socket.close()
  })
  socket.on('close', (code, reason) => reject(new Error(`a late joiner was closed with ${code} ${reason}`)))
  socket.on('error', reject)
})
