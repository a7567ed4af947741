// One document on the real server, and the seeded session of its clients.
import * as Y from 'yjs'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, difference, lateJoiner } from './describe.js'
import { hasInvertedNeighbours } from './inverted.js'
import { makeTabs } from './peer.js'
import { Random } from './random.js'
import { readAll, SocketPeer } from './socket-peer.js'

/** Steps between two looks at the sockets. */
const STEPS_A_TURN = 6
const PATIENCE_MS = 60_000
/** How long what was acknowledged to its author may still be on its way to the others. */
const ON_ITS_WAY_MS = 10_000
/** The same where tabs keep what only a new connection tells the server. */
const ON_ITS_WAY_WITH_TABS_MS = 300
const ROUNDS_MAX = 12

const turn = () => new Promise(resolve => setImmediate(resolve))
const pause = () => new Promise(resolve => setTimeout(resolve, 2))

export class Room {
  constructor (seed, syncUrl, totals) {
    this.seed = seed
    this.url = `${syncUrl}/differential-${seed}`
    this.totals = totals
    this.random = new Random(seed)
    this.frames = []
    const { random } = this
    this.peers = Array.from({ length: 2 + random.below(4) }, (_, number) => new SocketPeer(random, this, number))
    makeTabs(random, this.peers)
  }

  /** Remembers a frame, to be looked at after a failure. */
  sent (peer, step, body) {
    this.totals.updates += 1
    this.frames.push([peer, step, body])
  }

  /** Ends the run. What was sent is kept: arrival times are not part of the seed, so the session may not fail again. */
  fail (what) {
    const kept = join(tmpdir(), `weft-differential-${this.seed}.json`)
    const frames = this.frames.map(([peer, step, body]) => [peer, step, Buffer.from(body).toString('hex')])
    writeFileSync(kept, JSON.stringify(frames))
    console.error(`WEFT_DIFFERENTIAL_SEED=${this.seed}, frames in ${kept}: ${what}`)
    process.exit(1)
  }

  /** Edits, comings and goings. */
  async live () {
    const { random, peers } = this
    let here = 2
    peers.slice(0, here).forEach(peer => { if (!random.once(4)) peer.connect() })
    for (let steps = 40 + random.below(random.once(10) ? 1200 : 260); steps > 0; steps--) {
      if (here < peers.length && random.once(40)) peers[here++].connect()
      this.step(peers[random.below(here)])
      if (steps % STEPS_A_TURN === 0) {
        await turn()
        this.reconnect()
      }
    }
  }

  step (peer) {
    const { random } = this
    const choice = random.below(40)
    if (choice < 16) peer.act()
    else if (choice < 26) peer.receive()
    else if (choice < 36) peer.send()
    else if (choice < 38) peer.wanted ? peer.disconnect() : peer.connect()
    else if (peer.online) peer.resync()
  }

  /** Whoever was cut off comes back. */
  reconnect () {
    this.peers.forEach(peer => { if (peer.wanted) peer.connect() })
  }

  /** Brings everybody together; `expected` is what they agree on: one description, or, where Yjs cannot, several. */
  async settle () {
    const { peers } = this
    const tabs = peers.some(peer => peer.tabs.length > 0)
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
      peers.forEach(peer => peer.connect())
      await this.quiet()
      const deadline = performance.now() + (tabs ? ON_ITS_WAY_WITH_TABS_MS : ON_ITS_WAY_MS)
      while (performance.now() < deadline) {
        if (this.sameClocks() && (this.expected = this.agreed()) !== null) return
        await pause()
        this.exchange()
      }
      if (!tabs) break
      peers.forEach(peer => peer.disconnect())
    }
    this.expected = [...new Set(peers.map(peer => describe(peer.doc)))]
    if (!peers.some(peer => hasInvertedNeighbours(peer.doc))) {
      this.fail(`the clients do not converge\n${difference(this.expected[0], this.expected[1] ?? '')}`)
    }
    this.totals.yjsDisagrees += 1
  }

  exchange () {
    for (const peer of this.peers) while (peer.receive() || peer.send());
  }

  async quiet () {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      this.exchange()
      if (this.peers.every(peer => peer.isQuiet)) return
      if (performance.now() > deadline) {
        const states = this.peers.map(({ online, synced, sent, acked }) => ({ online, synced, sent, acked }))
        this.fail(`not quiet after ${PATIENCE_MS} ms: ${JSON.stringify(states)}`)
      }
      await pause()
      this.reconnect()
    }
  }

  sameClocks () {
    const [first, ...others] = this.peers.map(peer => Buffer.from(Y.encodeStateVector(peer.doc)))
    return others.every(other => other.equals(first))
  }

  agreed () {
    const first = describe(this.peers[0].doc)
    return this.peers.every(peer => describe(peer.doc) === first) ? [first] : null
  }

  /** Everybody goes; what stays is what the server has, and what a late joiner of any of them would have been sent. */
  leave () {
    this.states = this.peers.map(peer => Y.encodeStateAsUpdate(peer.doc))
    this.totals.edits += this.peers.reduce((edits, peer) => edits + peer.edits, 0)
    this.totals.sessions += 1
    this.peers.forEach(peer => {
      peer.disconnect()
      peer.undo?.destroy()
      peer.doc.destroy()
    })
    this.peers = []
  }

  /** Somebody who comes with nothing gets what the clients agree on, less the format marks that Yjs drops on the way. */
  async check (when) {
    const found = lateJoiner(await readAll(this.url))
    if (!this.expected.includes(found)) {
      if (!this.states.some(state => lateJoiner(state) === found)) {
        this.fail(`a late joiner ${when} differs from the clients\n${difference(this.expected[0], found)}`)
      }
      this.totals.tidied += 1
    }
    this.totals.lateJoiners += 1
  }
}
