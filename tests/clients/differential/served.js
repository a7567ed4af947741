// Sessions of several stock Yjs clients against the real server process, many documents at once, until enough was edited:
//   node served.js SEED EDITS
// After each batch every client, a late joiner, and a late joiner after a restart of the server must hold the same. The
// server is killed or stopped after each batch, and killed in the middle of some. WEFT_BIN names it.
import { Weft } from '../stock/weft.js'
import { Random } from './random.js'
import { Room } from './room.js'

const ROOMS_A_BATCH = 32
/** One batch of this many loses its server while it edits, somewhere among its first frames. */
const KILLED_ONE_IN = 3
const FRAMES_BEFORE_KILL_MAX = 800
const PROGRESS_MS = 20_000

// Yjs warns on the console.
console.log = () => {}
process.setMaxListeners(0)

const [seed, wanted] = process.argv.slice(2).map(Number)
const began = performance.now()
const totals = { edits: 0, updates: 0, sessions: 0, batches: 0, lateJoiners: 0, tidied: 0, restarts: 0, kills: 0, yjsDisagrees: 0 }
const report = () => JSON.stringify({ seed, ...totals, seconds: Math.round((performance.now() - began) / 1000) })
const random = new Random(seed)
const weft = await Weft.start()
process.on('exit', () => weft.child.kill('SIGKILL'))

const restart = async kill => {
  totals[kill ? 'kills' : 'restarts'] += 1
  await (kill ? weft.kill() : weft.stop())
  await weft.launch()
}

/** Kills the server in the middle of what the clients do, unless they have done it before. */
const interrupt = async lives => {
  const goal = totals.updates + random.below(FRAMES_BEFORE_KILL_MAX)
  let done = false
  lives.then(() => { done = true })
  while (!done && totals.updates < goal) await new Promise(resolve => setTimeout(resolve, 1))
  if (!done) await restart(true)
}

let progress = began
for (let next = seed; totals.edits < wanted; next += ROOMS_A_BATCH) {
  const rooms = Array.from({ length: ROOMS_A_BATCH }, (_, index) => new Room(next + index, weft.syncUrl, totals))
  const lives = Promise.all(rooms.map(room => room.live()))
  if (random.once(KILLED_ONE_IN)) await interrupt(lives)
  await lives
  await Promise.all(rooms.map(room => room.settle()))
  rooms.forEach(room => room.leave())
  await Promise.all(rooms.map(room => room.check('before a restart')))
  await restart(random.once(2))
  await Promise.all(rooms.map(room => room.check('after a restart')))
  totals.batches += 1
  if (performance.now() > progress + PROGRESS_MS) {
    progress = performance.now()
    console.error(report())
  }
}
await weft.dispose()
process.stdout.write(`${report()}\n`)
process.exit(0)
