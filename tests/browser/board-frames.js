// Prints how long frames take on a large board while many cursors move: node board-frames.js [SECONDS] [ELEMENTS] [CURSORS]
// Three times: nothing moves, cursors move, cursors move while somebody draws. It judges nothing: machines differ.

import { createRequire } from 'node:module'
import { chromium } from '@playwright/test'
import { newest } from '../clients/stock/versions.js'
import { Weft } from '../clients/stock/weft.js'

const [seconds = 10, elements = 5_000, cursors = 30] = process.argv.slice(2).map(Number)
const NAME = 'frames'
const SEND_EVERY_MS = 40
const COLUMNS = 100
const CELL = 60
// Cursors circle within the elements: the page shows all of these, and what lies beyond only as hints.
const [WIDTH, HEIGHT] = [COLUMNS * CELL, Math.ceil(elements / COLUMNS) * CELL]
const { Y, Provider, awareness: { Awareness, encodeAwarenessUpdate } } = newest
const stock = createRequire(new URL('../clients/stock/weft.js', import.meta.url))
const { WebSocket } = stock('ws')
const encoding = stock('lib0/encoding')

const weft = await Weft.start()
const doc = new Y.Doc()
const provider = new Provider(weft.syncUrl, NAME, doc, { disableBc: true, WebSocketPolyfill: WebSocket })
await new Promise(resolve => provider.once('sync', resolve))
doc.transact(() => {
  for (let at = 0; at < elements; at++) doc.getMap('elements').set(`shape-${at}`, shape(at))
})

const browser = await chromium.launch({ executablePath: process.env.WEFT_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
page.on('pageerror', error => console.error(error))
await page.goto(`${weft.origin}/w/${NAME}`)
await page.waitForFunction(count => globalThis.weft?.board?.shapes().length === count, elements, { timeout: 120_000 })
const cdp = await page.context().newCDPSession(page)
await cdp.send('Performance.enable')

console.log(`${elements} elements, ${seconds} s each:`)
await measure('nothing moves')
const people = Array.from({ length: cursors }, (_, at) => guest(at))
const moving = setInterval(move, SEND_EVERY_MS)
await page.waitForFunction(count => document.querySelectorAll('.board-cursor:not([hidden])').length === count, cursors, { timeout: 60_000 })
await measure(`${cursors} cursors move`)
const drawing = draw()
await measure(`${cursors} cursors move and a stroke grows`)
clearInterval(moving)
clearInterval(drawing)
await browser.close()
provider.destroy()
await weft.dispose()
process.exit()

function shape (at) {
  const type = ['rectangle', 'ellipse', 'diamond', 'text', 'freedraw'][at % 5]
  const common = { type, x: (at % COLUMNS) * CELL, y: Math.floor(at / COLUMNS) * CELL, width: 40, height: 40, strokeColor: '#1971c2', backgroundColor: '#a5d8ff', seed: at, index: index(at) }
  if (type === 'text') return new Y.Map(Object.entries({ ...common, text: `n ${at}`, fontSize: 16, fontFamily: 5 }))
  if (type !== 'freedraw') return new Y.Map(Object.entries(common))
  const points = Array.from({ length: 20 }, (_, step) => [step * 2, 20 + Math.round(15 * Math.sin(step))]).flat()
  return new Y.Map(Object.entries({ ...common, points: Y.Array.from(points), pressures: Y.Array.from([]) }))
}

/** a0 … a9, then two digits, three: in this order, as Excalidraw counts. */
function index (at) {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const text = [Math.floor(at / 3844), Math.floor(at / 62) % 62, at % 62].map(digit => digits[digit]).join('')
  return `c${text.padStart(4, '0')}`
}

function guest (at) {
  const awareness = new Awareness(new Y.Doc())
  const colour = ['#c2410c', '#15803d', '#2563eb', '#7c3aed', '#d01e69'][at % 5]
  awareness.setLocalStateField('user', { id: `guest-${at}`, name: `Guest ${at + 1}`, color: colour })
  return awareness
}

/** All of them on one socket, each with messages of its own as from thirty pages. */
function move () {
  const now = performance.now() / 1000
  people.forEach((awareness, at) => {
    const pointer = [around(WIDTH, Math.sin(now * 0.7 + at)), around(HEIGHT, Math.cos(now * 0.9 + at * 2))]
    awareness.setLocalStateField('board', { pointer, laser: false, down: false, selected: [`shape-${at * 7}`], view: [0, 0, WIDTH, HEIGHT] })
    const encoder = encoding.createEncoder()
    encoding.writeVarUint(encoder, 1)
    encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(awareness, [awareness.clientID]))
    provider.ws?.send(encoding.toUint8Array(encoder))
  })
}

/** A place in a length, for a swing from -1 to 1. */
function around (length, swing) {
  return Math.round(length * (0.5 + 0.4 * swing))
}

function draw () {
  const stroke = new Y.Map(Object.entries({ type: 'freedraw', x: 100, y: 100, width: 0, height: 0, strokeColor: '#e03131', backgroundColor: 'transparent', seed: 1, index: 'd00000' }))
  const points = Y.Array.from([0, 0])
  stroke.set('points', points)
  stroke.set('pressures', Y.Array.from([]))
  doc.getMap('elements').set('stroke', stroke)
  let at = 0
  return setInterval(() => points.push(Array.from({ length: 4 }, () => [(at += 1) * 3, Math.round(300 * Math.sin(at / 20))]).flat()), 66)
}

async function measure (what) {
  const before = await work()
  const frames = await page.evaluate(ms => new Promise(resolve => {
    const times = []
    const end = performance.now() + ms
    const frame = now => {
      times.push(now)
      if (now < end) requestAnimationFrame(frame)
      else resolve(times.slice(1).map((time, at) => time - times[at]))
    }
    requestAnimationFrame(frame)
  }), seconds * 1_000)
  const after = await work()
  const each = part => ((after[part] - before[part]) / frames.length * 1_000).toFixed(1)
  const sorted = frames.sort((a, b) => a - b)
  const at = part => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(1)
  console.log(`${what.padEnd(42)} frame p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, ${frames.length} frames; a frame has ${each('TaskDuration')} ms of work (script ${each('ScriptDuration')}, style ${each('RecalcStyleDuration')}, layout ${each('LayoutDuration')})`)
}

async function work () {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
}
