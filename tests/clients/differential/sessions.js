// Sessions of several stock Yjs clients against the replica of the test, one after the other:
//   node sessions.js SEED COUNT
// Session n of a run has the seed SEED + n, so that a failing one can be repeated alone.
import * as Y from 'yjs'
import { describe, difference, lateJoiner } from './describe.js'
import { hasInvertedNeighbours } from './inverted.js'
import { makeTabs, Peer } from './peer.js'
import { ask, text } from './pipe.js'
import { Random } from './random.js'

/** The server's side, across the pipe. */
class Server {
  constructor (seed) {
    this.peers = []
    this.updates = 0
    ask('N', text(String(seed)))
  }

  update (update) {
    this.updates++
    return this.answered(ask('U', update))
  }

  answer (update) {
    this.updates++
    return this.answered(ask('S', update))
  }

  answered ([missing, ...accepted]) {
    return { accepted, missing: missing.length === 0 ? null : missing }
  }

  join (stateVector) {
    const [diff, theirs] = ask('J', stateVector)
    return { diff, stateVector: theirs }
  }

  stateVector () {
    return ask('J', Uint8Array.of(0))[1]
  }

  restart () {
    ask('R')
  }

  known (update) {
    ask('K', update)
  }

  /** What a late joiner is sent, however the replica came to be. */
  states () {
    return ask('E')
  }

  relay (author, updates) {
    for (const peer of this.peers) {
      if (peer !== author && peer.online) updates.forEach(update => peer.inbox.push({ update }))
    }
  }

  fail (what) {
    ask('F', text(what))
    process.exit(1)
  }
}

/** One moment in the life of one peer. */
const step = (random, server, peer) => {
  const choice = random.below(40)
  if (choice < 16) peer.act()
  else if (choice < 26) peer.receive()
  else if (choice < 36) peer.send()
  else if (choice < 38) peer.online ? peer.disconnect() : peer.connect()
  else if (choice === 38 && peer.online) peer.resync()
  else if (random.once(4)) server.restart()
}

/** Brings everybody together and returns what they agree on: one description, or, where Yjs itself cannot, several. */
const settle = (server, peers) => {
  peers.filter(peer => !peer.online).forEach(peer => peer.connect())
  for (let rounds = 0; rounds < 12; rounds++) {
    for (let busy = true; busy;) {
      busy = false
      for (const peer of peers) {
        while (peer.receive() || peer.send()) busy = true
      }
    }
    const first = describe(peers[0].doc)
    if (peers.every(peer => describe(peer.doc) === first)) return [first]
    peers.forEach(peer => peer.resync())
  }
  const descriptions = [...new Set(peers.map(peer => describe(peer.doc)))]
  if (!peers.some(peer => hasInvertedNeighbours(peer.doc))) {
    server.fail(`the clients do not converge\n${difference(descriptions[0], descriptions[1])}`)
  }
  // Where such an item is depends on where its neighbour was cut before: clients differ, and reload differently.
  ask('Y')
  return descriptions
}

const run = seed => {
  const random = new Random(seed)
  const server = new Server(seed)
  const peers = Array.from({ length: 2 + random.below(4) }, (_, number) => new Peer(random, server, number))
  makeTabs(random, peers)
  server.peers = peers.slice(0, 2)
  server.peers.forEach(peer => { if (!random.once(4)) peer.connect() })
  for (let steps = 40 + random.below(random.once(10) ? 1200 : 260); steps > 0; steps--) {
    if (server.peers.length < peers.length && random.once(40)) {
      server.peers.push(peers[server.peers.length])
      server.peers.at(-1).connect()
    }
    step(random, server, random.pick(server.peers))
  }
  server.peers = peers
  const expected = settle(server, peers)
  peers.forEach(peer => server.known(Y.encodeStateAsUpdate(peer.doc)))
  server.states().forEach((state, index) => {
    const found = lateJoiner(state)
    const same = expected.includes(found) || peers.some(peer => lateJoiner(Y.encodeStateAsUpdate(peer.doc)) === found)
    if (!same) server.fail(`state ${index} differs from the clients\n${difference(expected[0], found)}`)
  })
}

const [seed, count] = process.argv.slice(2).map(Number)
for (let session = 0; session < count; session++) run(seed + session)
ask('D')
