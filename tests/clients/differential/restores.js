// Histories of stock Yjs clients, taken back to moments of them by the server's restore:
//   node restores.js SEED COUNT
// History n of a run has the seed SEED + n. A text and a board as the pages write them come first.
import * as Y from 'yjs'
import { describe, difference, lateJoiner, roots } from './describe.js'
import { edit } from './edits.js'
import { hasInvertedNeighbours } from './inverted.js'
import { pages } from './pages.js'
import { ask, text } from './pipe.js'
import { Random } from './random.js'

const MOMENTS_MAX = 3
const NOTHING = Uint8Array.of(0, 0)

const fail = what => {
  ask('F', text(what))
  process.exit(1)
}

const state = doc => Y.encodeStateAsUpdate(doc)

const contentOf = description => JSON.stringify(JSON.parse(description).content)

/** What somebody sees who comes with nothing. */
const seen = update => contentOf(lateJoiner(update))

/** Returns the edit that takes `live` back to `old`, both states; an empty update if nothing has to change. */
const restore = (live, old) => {
  const both = Buffer.alloc(4 + live.length + old.length)
  both.writeUInt32LE(live.length, 0)
  both.set(live, 4)
  both.set(old, 4 + live.length)
  const [update] = ask('R', both)
  return update.length > 0 ? update : NOTHING
}

const loaded = (...updates) => {
  const doc = new Y.Doc()
  roots(doc)
  updates.forEach(update => Y.applyUpdate(doc, update))
  return doc
}

const exchange = (a, b) => {
  const [forA, forB] = [Y.encodeStateAsUpdate(b, Y.encodeStateVector(a)), Y.encodeStateAsUpdate(a, Y.encodeStateVector(b))]
  Y.applyUpdate(a, forA, 'exchange')
  Y.applyUpdate(b, forB, 'exchange')
}

const makePeer = (random, number) => {
  const doc = new Y.Doc({ gc: !random.once(5) })
  doc.clientID = random.below(random.once(4) ? 20 : 2 ** 29) * 8 + number
  return { doc, undo: random.once(3) ? new Y.UndoManager(Object.values(roots(doc)), { captureTimeout: 0 }) : null }
}

const act = (random, { doc, undo }) => {
  if (undo !== null && random.once(8)) return random.once(3) ? undo.redo() : undo.undo()
  doc.transact(() => { for (let edits = random.once(4) ? 5 : 1; edits > 0; edits--) edit(random, doc) })
}

/** Everybody does something, and sometimes tells the server. */
const live = (random, hub, peers) => {
  const moments = []
  for (let steps = 20 + random.below(random.once(10) ? 600 : 150); steps > 0; steps--) {
    const peer = random.pick(peers)
    act(random, peer)
    if (random.once(3)) exchange(peer.doc, hub)
    if (random.once(25)) moments.push(state(hub))
  }
  return moments
}

const checkMoment = (seed, hub, moment) => {
  const now = state(hub)
  const same = (found, expected, what) => { if (found !== expected) fail(`${seed} ${what}\n${difference(expected, found)}`) }
  const update = restore(now, moment)
  const copy = loaded(now, update)
  same(contentOf(describe(copy)), seen(moment), 'a client that was there sees something else')
  same(seen(state(copy)), seen(moment), 'a late joiner sees something else')
  // A client has deleted the format marks without effect; the old state has them, so they may come back.
  Y.applyUpdate(copy, restore(state(copy), moment))
  same(contentOf(describe(copy)), seen(moment), 'restored twice, it is something else')
  Y.applyUpdate(copy, restore(state(copy), now))
  same(contentOf(describe(copy)), seen(now), 'taken back, it is something else')
}

/** What was not sent yet, and the restore, come together at everybody, in whatever order. */
const converge = (random, seed, hub, peers, moment) => {
  const update = restore(state(hub), moment)
  Y.applyUpdate(hub, update)
  for (const { doc } of peers) {
    const late = [update, ...peers.map(peer => state(peer.doc)), state(hub)]
    while (late.length > 0) Y.applyUpdate(doc, late.splice(random.below(late.length), 1)[0])
  }
  for (const { doc } of [...peers, ...peers]) exchange(doc, hub)
  const found = [...new Set([hub, ...peers.map(peer => peer.doc)].map(doc => seen(state(doc))))]
  if (found.length === 1 || hasInvertedNeighbours(hub)) return
  fail(`${seed} the clients do not converge\n${difference(found[0], found[1])}`)
}

const run = seed => {
  const random = new Random(seed)
  const hub = loaded()
  const peers = Array.from({ length: 1 + random.below(4) }, (_, number) => makePeer(random, number))
  const moments = live(random, hub, peers)
  // Undo can write items whose place depends on where others were cut: then Yjs itself cannot read back what it wrote.
  if (moments.length === 0 || hasInvertedNeighbours(hub)) return ask('S')
  ask('N', text(String(seed)))
  if (restore(state(hub), state(hub)) !== NOTHING) fail(`${seed} restoring what is there changes something`)
  for (let count = 0; count < MOMENTS_MAX; count++) checkMoment(seed, hub, random.pick(moments))
  converge(random, seed, hub, peers, random.pick(moments))
}

const [seed, count] = process.argv.slice(2).map(Number)
pages(restore, fail)
for (let history = 0; history < count; history++) run(seed + history)
ask('D')
