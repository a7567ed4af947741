// One tab of one user: a stock Y.Doc, its queues towards and from the server, and its neighbours in the same browser.
import * as Y from 'yjs'
import { edit } from './edits.js'
import { roots } from './describe.js'

const FROM_SERVER = 'server'
const FROM_TAB = 'tab'

export class Peer {
  constructor (random, server, number) {
    this.random = random
    this.server = server
    this.tabs = []
    this.edits = 0
    this.online = false
    this.outbox = []
    this.inbox = []
    this.doc = new Y.Doc({ gc: !random.once(5) })
    // Short and long ids; the number keeps them apart.
    this.doc.clientID = random.below(random.once(4) ? 20 : 2 ** 29) * 8 + number
    const types = Object.values(roots(this.doc))
    this.undo = random.once(2) ? new Y.UndoManager(types, { captureTimeout: 0 }) : null
    this.doc.on('update', (update, origin) => this.updated(update, origin))
  }

  /** As the providers do: what came from the server is not sent back, what came from a tab is that tab's to send. */
  updated (update, origin) {
    if (origin === FROM_SERVER) return
    if (origin !== FROM_TAB) this.tabs.forEach(tab => { if (!this.random.once(4)) Y.applyUpdate(tab.doc, update, FROM_TAB) })
    if (this.online && (origin !== FROM_TAB || this.random.once(6))) this.outbox.push({ update })
  }

  act () {
    const { random, doc, undo } = this
    let edits = 1
    if (undo !== null && random.once(8)) {
      if (random.once(3)) undo.redo()
      else undo.undo()
    } else if (random.once(4)) {
      edits = 1 + random.below(6)
      doc.transact(() => { for (let done = 0; done < edits; done++) edit(random, doc) })
    } else {
      edit(random, doc)
    }
    this.edits += edits
  }

  connect () {
    this.online = true
    const { diff, stateVector } = this.server.join(Y.encodeStateVector(this.doc))
    this.inbox.push({ update: diff })
    this.inbox.push({ stateVector })
  }

  disconnect () {
    this.online = false
    this.outbox.length = 0
    this.inbox.length = 0
  }

  /** Everything both sides have, in one message: what y-websocket does on its resync interval. */
  resync () {
    this.inbox.push({ stateVector: this.server.stateVector() })
    this.inbox.push({ update: this.server.join(Y.encodeStateVector(this.doc)).diff })
  }

  receive () {
    const message = this.inbox.shift()
    if (message === undefined) return false
    if (message.update !== undefined) Y.applyUpdate(this.doc, message.update, FROM_SERVER)
    else this.outbox.push({ answer: Y.encodeStateAsUpdate(this.doc, message.stateVector) })
    return true
  }

  send () {
    const message = this.outbox.shift()
    if (message === undefined) return false
    const isUpdate = message.update !== undefined
    const { accepted, missing } = isUpdate ? this.server.update(message.update) : this.server.answer(message.answer)
    this.server.relay(this, accepted)
    // An answer with holes is asked for again later (resync): asked at once, it would have the same holes.
    if (missing !== null && isUpdate) this.inbox.push({ stateVector: missing })
    return true
  }
}

/** Puts some of them into the same browser. */
export const makeTabs = (random, peers) => {
  for (const peer of peers) {
    const other = random.pick(peers)
    if (other !== peer && random.once(3)) {
      peer.tabs.push(other)
      other.tabs.push(peer)
    }
  }
}
