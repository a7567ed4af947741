// Clients of different versions on one document.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { freshName, Peer } from './peer.js'
import { until } from './until.js'
import { versions } from './versions.js'
import { syncServer } from './weft.js'

let server
before(async () => { server = await syncServer() })
after(async () => { await server.dispose() })

// [W1] [A1]
test('all versions type, move and leave together on one document', async () => {
  const name = freshName('mixed')
  const peers = versions.map(version => new Peer(version, server.syncUrl, name))
  for (const peer of peers) await peer.synced()
  for (let round = 0; round < 20; round++) {
    for (const [i, peer] of peers.entries()) {
      const text = peer.text()
      text.insert((round * 7) % (text.length + 1), `${i}`)
      peer.doc.getMap('map').set(`${round % 5}`, i)
      peer.doc.getArray('array').insert(0, [`${i}/${round}`])
      peer.awareness.setLocalStateField('cursor', { round })
    }
  }
  for (const peer of peers) await peer.equals(peers[0])
  assert.equal(peers[0].text().length, 20 * peers.length)
  assert.equal(peers[0].content().array.length, 20 * peers.length)
  for (const reader of peers) {
    for (const other of peers) if (other !== reader) await reader.sees(other, { cursor: { round: 19 } })
  }
  const [leaver, ...rest] = peers
  leaver.destroy()
  for (const peer of rest) await peer.sees(leaver, undefined)
  for (const peer of rest) peer.destroy()
})

// [W1]
test('each version reads what each other version wrote alone', async () => {
  for (const writer of versions) {
    const name = freshName('pairs')
    const source = new Peer(writer, server.syncUrl, name)
    await source.synced()
    source.text().insert(0, `written by ${writer.name}`)
    source.doc.getMap('map').set('deep', { by: [writer.name] })
    for (const reader of versions) {
      const copy = new Peer(reader, server.syncUrl, name)
      await until(`${reader.name} reads ${writer.name}`, () => copy.text().toString() === `written by ${writer.name}`)
      await copy.equals(source)
      copy.destroy()
    }
    source.destroy()
  }
})
