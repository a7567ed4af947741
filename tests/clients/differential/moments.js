// A generated past of five people over a text and over a board, with restarts, kills, snapshots and two servers at once; then
// the state at random moments is compared with an oracle: stock Yjs that applies the raw updates of the replay.
//
//   WEFT_BIN=.../weft node moments.js [--updates N] [--moments N] [--seed N] [--database URL]
//
// Prints its seed, and at the end one line of JSON with what was measured. Ends with 1 at the first difference.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as decoding from 'lib0/decoding'
import * as Y from 'yjs'
import { difference } from './describe.js'
import { canonical, draw, write } from './moments/edits.js'
import { Person } from './moments/person.js'
import { check, Server } from './moments/server.js'
import { Random } from './random.js'

const { values: options } = parseArgs({
  options: {
    updates: { type: 'string', default: '3000' },
    moments: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    database: { type: 'string' }
  }
})
const [UPDATES, MOMENTS, SEED] = [options.updates, options.moments, options.seed].map(Number)
const PEOPLE = 5
const PHASES = 8
const EDIT = 'edit'
console.log(`seed ${SEED}: ${UPDATES} updates and ${MOMENTS} moments of each of two documents`)

const folder = mkdtempSync(join(tmpdir(), 'weft-moments-'))
const database = options.database ?? `sqlite://${join(folder, 'weft.db')}`
const random = new Random(SEED)

/** One phase: everybody writes; those of a second server see the others only after the next start. */
const phase = async (name, edit, docs, count, number) => {
  const servers = [await Server.start(database)]
  if (number % 2 === 1) servers.push(await Server.start(database))
  const people = docs.map((doc, at) => new Person(doc, servers[at % servers.length], name))
  await Promise.all(people.map(person => person.joined()))
  const until = (number + 1) * UPDATES / PHASES
  for (let done = 0; count.updates < until; done++) {
    const person = random.pick(people)
    person.doc.transact(() => edit(random, person.doc), EDIT)
    // Others' edits come in between, and nobody runs far ahead of the server.
    if (done % 8 === 0) await new Promise(resolve => setImmediate(resolve))
    if (done % 256 === 0) await Promise.all(people.map(person => person.saved()))
  }
  await Promise.all(people.map(person => person.saved()))
  people.forEach(person => person.leave())
  for (const server of servers) await (number % 3 === 2 ? server.kill() : server.stop())
}

const record = async (name, edit) => {
  const count = { updates: 0 }
  const docs = Array.from({ length: PEOPLE }, (_, at) => {
    const doc = new Y.Doc()
    doc.clientID = random.below(2 ** 29) * 8 + at
    // Some edits change nothing.
    doc.on('update', (_update, origin) => { count.updates += Number(origin === EDIT) })
    return doc
  })
  for (let number = 0; number < PHASES; number++) await phase(name, edit, docs, count, number)
  return docs.map(doc => Y.encodeStateAsUpdate(doc))
}

const frames = bytes => {
  const decoder = decoding.createDecoder(bytes)
  const all = []
  while (decoding.hasContent(decoder)) {
    const at = decoding.readVarUint(decoder)
    decoding.readVarString(decoder)
    all.push({ at, update: decoding.readVarUint8Array(decoder) })
  }
  return all
}

const hash = text => createHash('sha256').update(text).digest('hex')

/**
 * Applies updates as they are. Stock Yjs deletes format marks that have no effect when it gets something from elsewhere, and an
 * edit that comes later may have given them one: a document carried on from moment to moment would differ from one that is made
 * for a moment. Marked as the document's own doing, updates are applied and nothing is tidied, so every moment has one answer.
 */
const apply = (doc, updates) => doc.transact(transaction => {
  updates.forEach(update => Y.applyUpdate(doc, update))
  transaction.local = true
})

const shown = (...states) => {
  const doc = new Y.Doc()
  apply(doc, states.filter(state => state.length > 0))
  return canonical(doc)
}

/**
 * What was inserted and deleted by whom. Not the content: a client that formats in vain from the middle of a surrogate pair on
 * replaces that character for itself alone.
 */
const made = description => {
  const { clocks, deleted } = JSON.parse(description)
  return JSON.stringify({ clocks, deleted })
}

const fail = (name, where, expected, found) => {
  console.error(`seed ${SEED}, ${name} ${where}:\n${difference(expected, found)}`)
  process.exitCode = 1
}

/** Jumps to random moments, and compares with what the raw updates give; the last one with what the people hold. */
const compare = async (server, name, held) => {
  const began = performance.now()
  const film = frames(await server.bytes(`/api/documents/${name}/replay`))
  const replay_ms = performance.now() - began
  for (let at = 1; at < film.length; at++) {
    if (film[at].at < film[at - 1].at) throw new Error(`frame ${at} is earlier than the one before it`)
  }
  const [found, jumps] = [new Map(), []]
  // No moment twice, as far as there are enough.
  for (let tries = 0; found.size < MOMENTS && tries < 20 * MOMENTS; tries++) {
    const moment = random.pick(film).at + random.below(3) - 1
    if (found.has(moment)) continue
    const began = performance.now()
    const state = await server.bytes(`/api/documents/${name}/history/${moment}`)
    jumps.push(performance.now() - began)
    found.set(moment, hash(shown(state)))
    if (found.size % 100 === 0) console.log(`${name}: ${found.size} jumps`)
  }
  const oracle = new Y.Doc()
  let [next, equal] = [0, 0]
  for (const moment of [...found.keys()].sort((a, b) => a - b)) {
    const from = next
    while (next < film.length && film[next].at <= moment) next++
    apply(oracle, film.slice(from, next).map(({ update }) => update))
    const expected = canonical(oracle)
    if (hash(expected) === found.get(moment)) {
      equal++
      continue
    }
    fail(name, `at ${moment}`, expected, shown(await server.bytes(`/api/documents/${name}/history/${moment}`)))
    break
  }
  apply(oracle, film.slice(next).map(({ update }) => update))
  const [expected, last] = [shown(...held), canonical(oracle)].map(made)
  if (last !== expected) fail(name, 'in the end', expected, last)
  jumps.sort((a, b) => a - b)
  const of = part => Number(jumps[Math.min(jumps.length - 1, Math.floor(jumps.length * part))].toFixed(1))
  const bytes = film.reduce((sum, frame) => sum + frame.update.length, 0)
  return {
    name, updates: film.length, bytes, moments: found.size, equal, replay_ms: Math.round(replay_ms),
    jump_ms: { p50: of(0.5), p95: of(0.95), p99: of(0.99), max: of(1) }
  }
}

try {
  const held = { text: await record('text', write), board: await record('board', draw) }
  const server = await Server.start(database)
  const figures = []
  for (const name of ['text', 'board']) figures.push(await compare(server, name, held[name]))
  await server.stop()
  console.log(check(database))
  console.log(JSON.stringify({ seed: SEED, equal: process.exitCode !== 1, figures }))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
