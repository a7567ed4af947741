// Prints how the player does with a long past: WEFT_BIN=... node player-trace.js FILE [JUMPS]
// FILE is a recorded editing trace as for ../clients/differential/trace.js; a number instead of it generates so many edits.
// It judges nothing: machines differ.

import { chromium } from '@playwright/test'
import { Random } from '../clients/differential/random.js'
import { resident } from '../clients/differential/trace/memory.js'
import { generated, recorded } from '../clients/differential/trace/patches.js'
import { record } from '../clients/differential/trace/record.js'
import { ARGS, at, row } from '../clients/differential/trace/table.js'
import { Weft } from '../clients/stock/weft.js'

const [file = '3000', jumps = 300] = process.argv.slice(2)
const NAME = 'trace'
const OPENINGS = 5
const DEADLINE_MS = 300_000
const PLAYED_MS = 5_000
/** The trace was written much faster than anybody types. */
const SPEED = '1'

const random = new Random(5)
const patches = Number.isNaN(Number(file)) ? recorded(file) : generated(random, Number(file))
const weft = await Weft.start({ args: ARGS })
await record(weft.origin, NAME, patches, done => console.log(`${done} edits`))
await weft.stop()
await weft.launch()

const browser = await chromium.launch({ executablePath: process.env.WEFT_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--enable-precise-memory-info'] })
const openings = []
for (let number = 0; number < OPENINGS; number++) openings.push(await opened())
const of = part => openings.map(opening => opening[part]).sort((a, b) => a - b)
const range = part => `${at(of(part), 0.5)} / ${at(of(part), 1)}`
console.log(`${patches.length} edits, ${OPENINGS} times in a fresh profile:`)
row('document open and synced: p50 / max ms', range('synced'))
row('player opened, first picture after: p50 / max ms', range('first'))
row('... the whole past there after: p50 / max ms, CPU ms of the page', `${range('shown')}, ${at(of('work'), 0.5)}`)
row('JavaScript heap before / with the player, MiB', `${at(of('heapBefore'), 0.5)} / ${at(of('heap'), 0.5)}`)
row('... all memory of the page, buffers included, MiB', at(of('all'), 0.5))
const { page } = await opened({ stays: true })
const times = await page.evaluate(jump, Number(jumps))
row(`jump to a random moment (${jumps}), drawn: p50 / p95 / p99 / max ms`, [0.5, 0.95, 0.99, 1].map(part => at(times, part)).join(' / '))
const steps = await page.evaluate(step, Number(jumps))
row(`one step back or on (${jumps}), drawn: p50 / p95 / p99 / max ms`, [0.5, 0.95, 0.99, 1].map(part => at(steps, part)).join(' / '))
const frames = await page.evaluate(play, [PLAYED_MS, SPEED])
row('played as fast as it was written, frames: p50 / p95 / p99 ms', [0.5, 0.95, 0.99].map(part => at(frames, part)).join(' / '))
row('server MiB resident', resident(weft.child.pid).toFixed(1))
await browser.close()
await weft.dispose()
process.exit()

/** A page that opens the document, and then its past. */
async function opened ({ stays = false } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  page.on('pageerror', error => console.error(error))
  const began = performance.now()
  await page.goto(`${weft.origin}/d/${NAME}`)
  await page.waitForFunction(() => globalThis.weft?.session?.state.loaded, null, { timeout: DEADLINE_MS })
  const synced = performance.now() - began
  const cdp = await context.newCDPSession(page)
  const heap = async () => {
    await cdp.send('HeapProfiler.collectGarbage')
    return (await cdp.send('Runtime.getHeapUsage')).usedSize / 2 ** 20
  }
  const heapBefore = await heap()
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  const before = await work(cdp)
  await page.getByRole('button', { name: 'History', exact: true }).click()
  await page.waitForFunction(() => performance.getEntriesByName('weft-history-shown').length > 0, null, { timeout: DEADLINE_MS })
  const marks = await page.evaluate(() => Object.fromEntries(performance.getEntriesByType('mark').map(({ name, startTime }) => [name, startTime])))
  const since = name => marks[`weft-history-${name}`] - marks['weft-history-open']
  const usage = { synced, first: since('first'), shown: since('shown'), work: await work(cdp) - before, heapBefore, heap: await heap(), all: await memory(cdp) }
  if (stays) return { page }
  await context.close()
  return usage
}

/** CPU milliseconds of the page's thread, which others on the machine hardly change. */
async function work (cdp) {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration').value * 1000
}

/** Array buffers are not in the JavaScript heap. */
async function memory (cdp) {
  const { usedSize, backingStorageSize = 0, embedderHeapUsedSize = 0 } = await cdp.send('Runtime.getHeapUsage')
  return (usedSize + backingStorageSize + embedderHeapUsedSize) / 2 ** 20
}

/** Until what was asked for is laid out and painted. */
async function jump (count) {
  const { history } = globalThis.weft
  const times = []
  for (let done = 0; done < count; done++) {
    const index = Math.floor(Math.random() * history.state.count)
    const began = performance.now()
    history.jump(index)
    await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))
    times.push(performance.now() - began)
  }
  return times.sort((a, b) => a - b)
}

async function step (count) {
  const { history } = globalThis.weft
  const times = []
  for (let done = 0; done < count; done++) {
    const began = performance.now()
    history.step(done % 3 === 2 ? 1 : -1)
    await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))
    times.push(performance.now() - began)
  }
  return times.sort((a, b) => a - b)
}

async function play ([ms, chosen]) {
  const { history } = globalThis.weft
  history.jump(Math.floor(history.state.count / 2))
  const speed = document.querySelector('dialog select, [role=dialog] select')
  speed.value = chosen
  speed.dispatchEvent(new Event('change', { bubbles: true }))
  history.toggle()
  const times = []
  const end = performance.now() + ms
  for (let then = performance.now(), now = then; now < end && history.state.playing; then = now) {
    now = await new Promise(resolve => requestAnimationFrame(() => resolve(performance.now())))
    times.push(now - then)
  }
  if (history.state.playing) history.toggle()
  return times.sort((a, b) => a - b)
}
