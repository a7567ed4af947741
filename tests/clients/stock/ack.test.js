// Acknowledgements: counters for clients that ask for them, the raw update for those that do not.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { freshName, Peer } from './peer.js'
import { never, until } from './until.js'
import { versions } from './versions.js'
import { syncServer } from './weft.js'

const ACK = 100

let server
before(async () => { server = await syncServer() })
after(async () => { await server.dispose() })

function assertMonotone (acks) {
  for (const [i, ack] of acks.entries()) {
    const before = acks[i - 1]
    if (before && before.socket === ack.socket) assert.ok(before.n < ack.n, `acks must grow: ${JSON.stringify(acks)}`)
  }
}

for (const version of versions) {
  describe(version.name, { concurrency: true }, () => {
    // [D1] [W5]
    test('acks count every data frame sent, grow, and stop at the number sent', async () => {
      const peer = new Peer(version, server.syncUrl, freshName('ack'), { ack: true })
      await peer.synced()
      for (let i = 0; i < 200; i++) peer.text().insert(i, 'x')
      await peer.saved()
      assert.equal(peer.sent, 201, 'the answer to SyncStep1 and 200 updates')
      for (let i = 0; i < 5; i++) {
        peer.text().delete(0, 1)
        await peer.saved()
      }
      await never('an ack beyond what was sent', () => peer.acked > peer.sent, 300)
      assertMonotone(peer.acks)
      assert.equal(peer.sockets.length, 1)
      peer.destroy()
    })

    // [D1] [W5]
    test('acks start anew on a new socket and cover what was written offline', async () => {
      const name = freshName('ack-again')
      const peer = new Peer(version, server.syncUrl, name, { ack: true })
      await peer.saved()
      await peer.disconnect()
      peer.text().insert(0, 'written offline')
      peer.provider.connect()
      await peer.saved()
      assert.equal(peer.sockets.length, 2)
      const fresh = new Peer(version, server.syncUrl, name)
      await fresh.synced()
      assert.equal(fresh.text().toString(), 'written offline')
      peer.destroy()
      fresh.destroy()
    })

    // [W6]
    test('a client that does not ask for acks gets its raw update back and never a counter', async () => {
      const peer = new Peer(version, server.syncUrl, freshName('echo'))
      await peer.synced()
      for (let i = 0; i < 20; i++) peer.text().insert(i, String.fromCharCode(97 + i))
      const updates = peer.socket.data.filter(frame => frame[1] === 2)
      assert.equal(updates.length, 20)
      for (const update of updates) {
        await until('the raw update comes back', () => peer.socket.received.some(frame => Buffer.compare(frame, update) === 0))
      }
      assert.ok(!peer.socket.received.some(frame => frame[0] === ACK), 'no counter was asked for')
      peer.destroy()
    })

    // [W5]
    test('a client that asks for acks is not sent its own updates', async () => {
      const peer = new Peer(version, server.syncUrl, freshName('no-echo'), { ack: true })
      await peer.synced()
      peer.text().insert(0, 'once')
      await peer.saved()
      const [update] = peer.socket.data.filter(frame => frame[1] === 2)
      assert.ok(!peer.socket.received.some(frame => Buffer.compare(frame, update) === 0))
      peer.destroy()
    })
  })
}
