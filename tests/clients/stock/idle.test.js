// Quiet clients: nobody types, nothing may fall apart.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { freshName, Peer } from './peer.js'
import { never, until } from './until.js'
import { versions } from './versions.js'
import { syncServer } from './weft.js'

const IDLE_MS = 120_000

let server
before(async () => { server = await syncServer() })
after(async () => { await server.dispose() })

/** Holds one lone client for two minutes: it must keep its first socket, and be useful afterwards. */
async function staysConnected (version, prepare) {
  const name = freshName('idle')
  const lone = new Peer(version, server.syncUrl, name)
  prepare(lone)
  await lone.synced()
  await never('the idle client lost its socket', () => lone.sockets.length > 1 || lone.closes.length > 0 || !lone.provider.synced, IDLE_MS)
  const visitor = new Peer(version, server.syncUrl, name)
  await visitor.synced()
  visitor.text().insert(0, 'awake')
  await until('the idle client still receives', () => lone.text().toString() === 'awake')
  assert.equal(lone.sockets.length, 1)
  lone.destroy()
  visitor.destroy()
}

// [A3]
describe('alone for two minutes', { concurrency: true }, () => {
  for (const version of versions) {
    test(`${version.name} keeps its socket`, () => staysConnected(version, () => {}))
    test(`${version.name} without awareness keeps its socket`, () =>
      staysConnected(version, lone => lone.awareness.setLocalState(null)))
  }
})
