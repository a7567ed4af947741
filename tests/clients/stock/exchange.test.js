// Every published client version alone: what one instance writes, another instance of it reads.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { freshName, Peer } from './peer.js'
import { until } from './until.js'
import { versions } from './versions.js'
import { syncServer } from './weft.js'

let server
before(async () => { server = await syncServer() })
after(async () => { await server.dispose() })

/** Runs `scenario` with two synced peers on a fresh document and cleans them up. */
async function withPair (version, stem, scenario) {
  const name = freshName(stem)
  const [ada, bob] = [new Peer(version, server.syncUrl, name), new Peer(version, server.syncUrl, name)]
  try {
    await ada.synced()
    await bob.synced()
    await scenario(ada, bob, name)
  } finally {
    ada.destroy()
    bob.destroy()
  }
}

/** Writes into every shared type, deletes included. */
function fillEverything ({ doc, version }) {
  const text = doc.getText('text')
  text.insert(0, 'grüße 🙂 from here')
  text.insert(3, 'bold', { bold: true })
  text.format(0, 2, { italic: true })
  text.delete(5, 2)
  const map = doc.getMap('map')
  map.set('plain', { list: [1, 2.5, null, 'x'], deep: { yes: true } })
  map.set('nested', new version.Y.Map())
  map.get('nested').set('inner', 'value')
  map.set('gone', 1)
  map.delete('gone')
  doc.getArray('array').push([1, 'two', { three: 3 }, new Uint8Array([4, 5])])
  doc.getArray('array').delete(0, 1)
  const paragraph = new version.Y.XmlElement('paragraph')
  doc.getXmlFragment('xml').insert(0, [paragraph])
  paragraph.setAttribute('level', '2')
  const inline = new version.Y.XmlText()
  paragraph.insert(0, [inline])
  inline.insert(0, 'hello')
}

for (const version of versions) {
  describe(version.name, { concurrency: true }, () => {
    // [W1]
    test('text typed by both converges both ways', () => withPair(version, 'text', async (ada, bob) => {
      ada.text().insert(0, 'hello')
      await until('bob reads hello', () => bob.text().toString() === 'hello')
      bob.text().insert(5, ' wörld 🙂')
      await until('ada reads the rest', () => ada.text().toString() === 'hello wörld 🙂')
      for (let i = 0; i < 50; i++) {
        ada.text().insert(0, 'a')
        bob.text().insert(bob.text().length, 'b')
      }
      await ada.equals(bob)
      assert.equal(ada.text().toString().length, 'hello wörld 🙂'.length + 100)
    }))

    // [W1]
    test('text, map, array and XML of one client arrive at another', () => withPair(version, 'types', async (ada, bob) => {
      fillEverything(ada)
      await ada.equals(bob)
      assert.equal(bob.content().map.nested.inner, 'value')
      assert.match(bob.content().xml, /<paragraph level="2">hello<\/paragraph>/)
      fillEverything(bob)
      await bob.equals(ada)
    }))

    // [W1]
    test('a late joiner equals those who were there', () => withPair(version, 'late', async (ada, bob, name) => {
      fillEverything(ada)
      fillEverything(bob)
      await ada.equals(bob)
      const late = new Peer(version, server.syncUrl, name)
      await late.synced()
      await late.equals(ada)
      late.destroy()
    }))

    // [A1]
    test('awareness goes both ways and to its own sender', () => withPair(version, 'awareness', async (ada, bob) => {
      ada.awareness.setLocalStateField('user', { name: 'Ada <b>', color: '#0a0' })
      bob.awareness.setLocalStateField('user', { name: 'Böb', color: '#00a' })
      await bob.sees(ada, { user: { name: 'Ada <b>', color: '#0a0' } })
      await ada.sees(bob, { user: { name: 'Böb', color: '#00a' } })
      const echoed = () => ada.awarenessFrames().some(frame => Buffer.from(frame).includes('Ada <b>'))
      await until('the sender receives its own awareness', echoed)
    }))

    // [A1]
    test('a late joiner sees who is there already', () => withPair(version, 'present', async (ada, bob, name) => {
      ada.awareness.setLocalStateField('user', { name: 'Ada' })
      await bob.sees(ada, { user: { name: 'Ada' } })
      const late = new Peer(version, server.syncUrl, name)
      await late.sees(ada, { user: { name: 'Ada' } })
      late.destroy()
    }))

    // [A2]
    test('awareness is removed at an orderly leave and at a dropped socket', () => withPair(version, 'leave', async (ada, bob, name) => {
      const third = new Peer(version, server.syncUrl, name)
      for (const peer of [bob, third]) peer.awareness.setLocalStateField('user', { name: 'Leaver' })
      await ada.sees(bob, { user: { name: 'Leaver' } })
      await ada.sees(third, { user: { name: 'Leaver' } })
      bob.provider.shouldConnect = false
      bob.socket.terminate()
      third.provider.disconnect()
      await ada.sees(bob, undefined)
      await ada.sees(third, undefined)
      third.destroy()
    }))

    // [A5]
    test('whoever loses the connection is seen again as soon as it is back', () => withPair(version, 'again', async (ada, bob) => {
      bob.awareness.setLocalStateField('user', { name: 'Bob' })
      await ada.sees(bob, { user: { name: 'Bob' } })
      bob.socket.terminate()
      await ada.sees(bob, undefined)
      await bob.synced()
      // Long before the next renewal, which clients send every 15 s.
      await ada.sees(bob, { user: { name: 'Bob' } }, 5_000)
    }))

    // [W1]
    test('edits made offline on both sides merge at the return', () => withPair(version, 'offline', async (ada, bob, name) => {
      ada.text().insert(0, 'shared ')
      await ada.equals(bob)
      await ada.disconnect()
      await bob.disconnect()
      fillEverything(ada)
      bob.text().insert(bob.text().length, 'from bob')
      bob.text().delete(0, 3)
      ada.provider.connect()
      await ada.synced()
      bob.provider.connect()
      await bob.synced()
      await ada.equals(bob)
      assert.match(ada.text().toString(), /from bob/)
      const late = new Peer(version, server.syncUrl, name)
      await late.synced()
      await late.equals(ada)
      late.destroy()
    }))

    // [W2]
    test('names with slashes, spaces and any script lead to one document each', async () => {
      const stem = freshName('names')
      const names = [`${stem}/a/b c`, `${stem}/a/b`, `${stem}/文書/Ünï cödé 🙂`, `${stem}/a//b`, `${stem}.dots-and_~tilde`]
      const writers = names.map(name => new Peer(version, server.syncUrl, name))
      for (const [i, writer] of writers.entries()) {
        await writer.synced()
        writer.text().insert(0, `document ${i}`)
      }
      for (const [i, name] of names.entries()) {
        const reader = new Peer(version, server.syncUrl, name)
        await until(`${name} holds its own text`, () => reader.text().toString() === `document ${i}`)
        reader.destroy()
      }
      for (const writer of writers) writer.destroy()
    })

    // [W1]
    test('large edits arrive whole', () => withPair(version, 'large', async (ada, bob) => {
      ada.text().insert(0, 'x'.repeat(1_000_000))
      ada.doc.getArray('array').push(Array.from({ length: 5_000 }, (_, i) => i))
      await ada.equals(bob)
      assert.equal(bob.text().length, 1_000_000)
    }))
  })
}
