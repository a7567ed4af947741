// What the server's closing codes make the published clients do.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { freshName, Peer } from './peer.js'
import { never, until } from './until.js'
import { newest, versions } from './versions.js'
import { syncServer, Weft } from './weft.js'

const NONSENSE = new Uint8Array([0, 2, 3, 255, 255, 255])

let server
before(async () => { server = await syncServer() })
after(async () => { await server.dispose() })

// [W7] [H1]
test('a malformed update closes with 4400 and a reason, and the newest client gives up for good', async () => {
  const peer = new Peer(newest, server.syncUrl, freshName('malformed'))
  const closed = []
  peer.provider.on('closed', event => closed.push(event))
  await peer.synced()
  peer.socket.send(NONSENSE)
  await until('the final close', () => closed.length > 0)
  assert.equal(closed[0].code, 4400)
  assert.ok(closed[0].reason.length > 0, 'a reason is given')
  await never('a final close is followed by another socket', () => peer.sockets.length > 1, 3_000)
  peer.destroy()
})

// [W7]
test('the other users of the document do not notice one that was closed', async () => {
  const name = freshName('bystander')
  const [bystander, offender] = [new Peer(newest, server.syncUrl, name), new Peer(newest, server.syncUrl, name)]
  await bystander.synced()
  await offender.synced()
  offender.text().insert(0, 'before ')
  offender.socket.send(NONSENSE)
  await until('the offender is closed', () => offender.closes.length > 0)
  await until('the legal edit stays', () => bystander.text().toString() === 'before ')
  bystander.text().insert(7, 'after')
  const late = new Peer(newest, server.syncUrl, name)
  await until('the document works on', () => late.text().toString() === 'before after')
  assert.equal(bystander.closes.length, 0)
  for (const peer of [bystander, offender, late]) peer.destroy()
})

// [W7] [L1]
test('a restart is announced with 1012 and every version comes back by itself', { skip: Boolean(process.env.WEFT_SYNC_URL) }, async () => {
  const weft = await Weft.start()
  const name = freshName('restart')
  const peers = versions.map(version => new Peer(version, weft.syncUrl, name))
  for (const peer of peers) await peer.synced()
  peers[0].text().insert(0, 'kept')
  for (const peer of peers) await until('everyone has the text', () => peer.text().toString() === 'kept')
  assert.deepEqual(await weft.stop(), { code: 0, signal: null })
  for (const peer of peers) {
    await until('the close event', () => peer.closes.length > 0)
    assert.equal(peer.closes[0].code, 1012, `${peer.version.name} is told of the restart`)
  }
  await weft.launch()
  for (const peer of peers) {
    await until(`${peer.version.name} is back`, () => peer.sockets.length > 1 && peer.provider.synced)
    peer.text().insert(0, '+')
  }
  for (const peer of peers) await peer.equals(peers[0])
  assert.equal(peers[0].text().toString(), '++++kept')
  for (const peer of peers) peer.destroy()
  await weft.dispose()
})
