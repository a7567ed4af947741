// How much a long past costs: a trace of somebody's typing is written into a document, one update for each edit; then the server
// that has it is asked for all of it and for random moments.
//
//   WEFT_BIN=.../weft node trace.js [FILE] [--edits N] [--jumps N] [--cold N] [--seed N]
//
// FILE is a recorded trace, for the figures automerge-paper.json.gz of github.com/josephg/editing-traces (sequential_traces);
// without one it is generated. Prints a table. It judges no figure, but ends with 1 if a moment is not the text of the trace.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as decoding from 'lib0/decoding'
import * as Y from 'yjs'
import { Weft } from '../stock/weft.js'
import { Random } from './random.js'
import { cpu, forgetPeak, peak, resident } from './trace/memory.js'
import { plain } from './trace/paragraphs.js'
import { generated, recorded, texts } from './trace/patches.js'
import { record } from './trace/record.js'
import { ARGS, at, row } from './trace/table.js'

const { values: options, positionals: [file] } = parseArgs({
  allowPositionals: true,
  options: {
    edits: { type: 'string', default: '3000' },
    jumps: { type: 'string', default: '1000' },
    cold: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) }
  }
})
const [EDITS, JUMPS, COLD, SEED] = [options.edits, options.jumps, options.cold, options.seed].map(Number)
const NAME = 'trace'
/** Jumps whose state is compared with the text of the trace. */
const COMPARED = 25

const random = new Random(SEED)
const patches = file ? recorded(file) : generated(random, EDITS)
console.log(`seed ${SEED}, ${patches.length} edits ${file ? `of ${file}` : 'generated'}`)
const weft = await Weft.start({ args: ARGS })

/** Bytes of a table with its index, as SQLite counts its pages; none where its shell is not installed. */
const table = name => {
  const sql = `SELECT sum(pgsize) FROM dbstat WHERE name LIKE '${name}%'`
  const { stdout, status } = spawnSync('sqlite3', [join(weft.scratch, 'weft.db'), sql], { encoding: 'utf8' })
  return status === 0 ? Number(stdout) : NaN
}

const again = async () => {
  await weft.stop()
  await weft.launch()
}

const get = async path => {
  const answer = await fetch(`${weft.origin}/api/documents/${NAME}/${path}`)
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer
}

/** Reads a replay as it comes, and counts. */
const replay = async () => {
  const began = performance.now()
  const chunks = []
  let first
  for await (const chunk of (await get('replay')).body) {
    first ??= performance.now() - began
    chunks.push(chunk)
  }
  return { first, ms: performance.now() - began, bytes: Buffer.concat(chunks) }
}

const film = bytes => {
  const decoder = decoding.createDecoder(bytes)
  const frames = []
  while (decoding.hasContent(decoder)) {
    const at = decoding.readVarUint(decoder)
    decoding.readVarString(decoder)
    frames.push({ at, bytes: decoding.readVarUint8Array(decoder).length })
  }
  return frames
}

const jump = async moment => {
  const began = performance.now()
  const state = new Uint8Array(await (await get(`history/${moment}`)).arrayBuffer())
  return { ms: performance.now() - began, state }
}

const jumps = async (count, frames, between = async () => {}) => {
  const times = []
  let work = 0
  for (let done = 0; done < count; done++) {
    await between()
    const before = cpu(weft.child.pid)
    times.push((await jump(random.pick(frames).at)).ms)
    work += cpu(weft.child.pid) - before
  }
  return { times: times.sort((a, b) => a - b), work: (work / count * 1000).toFixed(1) }
}

/** What is there at some moments, beside the text that the first edits of the trace make. */
const compare = async frames => {
  const moments = Array.from({ length: COMPARED }, () => random.pick(frames).at).sort((a, b) => a - b)
  // One update made the first paragraph, and is no edit.
  const expected = texts(patches, moments.map(moment => frames.findLastIndex(({ at }) => at <= moment)))
  for (const moment of moments) {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, (await jump(moment)).state)
    if (plain(doc) === expected.next().value) continue
    console.error(`seed ${SEED}: at ${moment} there is something else`)
    process.exitCode = 1
  }
}

const measure = async () => {
  const written = await record(weft.origin, NAME, patches, done => console.log(`${done} edits`))
  row('edits committed a second, one client', (patches.length / written.seconds).toFixed(0))
  await again()
  const before = resident(weft.child.pid)
  forgetPeak(weft.child.pid)
  const worked = cpu(weft.child.pid)
  const whole = await replay()
  const work = cpu(weft.child.pid) - worked
  const frames = film(whole.bytes)
  if (frames.length !== patches.length + 1) throw new Error(`${frames.length} updates of ${patches.length} edits`)
  row('journal, bytes per edit', (table('updates') / patches.length).toFixed(1))
  row('... of them the update itself', (frames.reduce((sum, { bytes }) => sum + bytes, 0) / patches.length).toFixed(1))
  row('snapshots, kB', (table('snapshots') / 1000).toFixed(0))
  row('whole replay, MB / s / CPU s', `${(whole.bytes.length / 1e6).toFixed(2)} / ${(whole.ms / 1000).toFixed(2)} / ${work.toFixed(2)}`)
  row('... first byte after ms', whole.first.toFixed(1))
  const readers = await Promise.all(Array.from({ length: 4 }, replay))
  row('... four at once, s', (Math.max(...readers.map(({ ms }) => ms)) / 1000).toFixed(2))
  row('server MiB resident, before / at most / after the replays', [before, peak(weft.child.pid), resident(weft.child.pid)].map(mib => mib.toFixed(1)).join(' / '))
  const cold = await jumps(COLD, frames, again)
  row(`jump to a random moment, first of a process (${COLD}): p50 / max ms / CPU ms`, `${at(cold.times, 0.5)} / ${at(cold.times, 1)} / ${cold.work}`)
  await again()
  forgetPeak(weft.child.pid)
  const warm = await jumps(JUMPS, frames)
  row(`... one after the other (${JUMPS}): p50 / p99 / max ms / CPU ms`, [...[0.5, 0.99, 1].map(part => at(warm.times, part)), warm.work].join(' / '))
  row('server MiB resident, at most / after the jumps', [peak(weft.child.pid), resident(weft.child.pid)].map(mib => mib.toFixed(1)).join(' / '))
  await compare(frames)
}

try {
  await measure()
} finally {
  await weft.dispose()
}
