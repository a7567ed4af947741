// Prints how long one's own keys take in a long text while others type: WEFT_BIN=... node typing-times.js [PARAGRAPHS] [OTHERS] [KEYS_A_SECOND] [KEYS]
// Times are from the moment the browser has the key to the frame that shows it; one types eight keys a second, as fast typists do.
// It judges nothing: machines differ.

import { chromium } from '@playwright/test'
import { createRequire } from 'node:module'
import { ARGS, at, row } from '../clients/differential/trace/table.js'
import { Weft } from '../clients/stock/weft.js'

const require = createRequire(new URL('../clients/differential/package.json', import.meta.url))
const Y = require('yjs')

const [paragraphs = 5000, others = 10, rate = 5, keys = 200] = process.argv.slice(2).map(Number)
const NAME = 'long'
const KEY_MS = 125
const DEADLINE_MS = 300_000
const WORDS = 'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua '

const doc = new Y.Doc()
doc.getText('text').applyDelta(Array.from({ length: paragraphs }, (_, at) => [
  { insert: new Y.Map(at % 40 === 0 ? [['type', 'heading'], ['.level', 2]] : []) },
  { insert: `${at} ${WORDS.slice(0, 20 + (at * 7) % 100)}` },
  ...(at % 10 === 0 ? [{ insert: 'in bold', attributes: { bold: {} } }] : []),
]).flat())
doc.getMap('format').set('text', 1)

const weft = await Weft.start({ args: ARGS })
const url = `${weft.origin}/api/documents/${NAME}/update`
const post = async body => {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
}
await post(Y.encodeStateAsUpdate(doc))

const browser = await chromium.launch({ executablePath: process.env.WEFT_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
const opened = async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  page.on('pageerror', error => console.error(error))
  await page.goto(`${weft.origin}/d/${NAME}`)
  await page.waitForFunction(count => globalThis.weft?.editor?.state.doc.childCount >= count, paragraphs, { timeout: DEADLINE_MS })
  await page.locator('.ProseMirror[contenteditable=true]').waitFor({ timeout: DEADLINE_MS })
  return page
}
const began = performance.now()
const page = await opened()
row(`${paragraphs} paragraphs, opened after ms`, Math.round(performance.now() - began))

await page.evaluate(() => {
  globalThis.times = []
  addEventListener('keydown', event => requestAnimationFrame(() => {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => globalThis.times.push(performance.now() - event.timeStamp)
    channel.port2.postMessage(null)
  }), true)
})
const typed = async what => {
  await page.evaluate(() => (globalThis.times.length = 0))
  for (let key = 0; key < keys; key++) {
    const due = performance.now() + KEY_MS
    await page.keyboard.press(key % 8 === 7 ? 'Space' : 'x', { delay: 20 })
    await new Promise(resolve => setTimeout(resolve, Math.max(0, due - performance.now())))
  }
  await page.waitForFunction(keys => globalThis.times.length >= keys, keys, { timeout: DEADLINE_MS })
  const times = (await page.evaluate(() => globalThis.times)).sort((a, b) => a - b)
  row(`key to paint, ${what}: p50 / p95 / p99 / max ms`, [0.5, 0.95, 0.99, 1].map(part => at(times, part)).join(' / '))
}
const caret = where => page.evaluate(where => {
  const { editor } = globalThis.weft
  editor.commands.setTextSelection(where === 'top' ? 5 : editor.state.doc.content.size - 1)
  editor.commands.scrollIntoView()
  editor.view.focus()
}, where)
await caret('top')
await typed('alone, at the top')
await caret('end')
await typed('alone, at the end')

// Each of the others types in a paragraph of their own; all keys come by the document's route, one update each.
let writing = true
const writers = Array.from({ length: others }, async (_, who) => {
  const own = new Y.Doc()
  Y.applyUpdate(own, Y.encodeStateAsUpdate(doc))
  const text = own.getText('text')
  const place = Y.createRelativePositionFromTypeIndex(text, Math.floor(text.length * (who + 1) / (others + 2)), -1)
  let last = Y.encodeStateVector(own)
  let index = Y.createAbsolutePositionFromRelativePosition(place, own).index
  while (writing) {
    const due = performance.now() + 1000 / rate
    text.insert(index++, 'o')
    await post(Y.encodeStateAsUpdate(own, last))
    last = Y.encodeStateVector(own)
    await new Promise(resolve => setTimeout(resolve, Math.max(0, due - performance.now())))
  }
})
await typed(`${others} others at ${rate} keys/s`)
writing = false
await Promise.all(writers)

// Somebody else has the document open, and does nothing: their time is that of their page's main thread until it shows the same.
const onlooker = await opened()
const devtools = await onlooker.context().newCDPSession(onlooker)
await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
const spent = async () => (await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value * 1000
const look = () => {
  const { doc } = globalThis.weft.editor.state
  const seen = [doc.childCount, doc.content.size]
  for (const side of ['firstChild', 'lastChild']) for (let node = doc; node; node = node[side]) seen.push(node.type.name, node.marks.length, node.text)
  return seen.join()
}
for (const one of [page, onlooker]) await one.evaluate(`globalThis.look = ${look}`)
const timed = async (what, work) => {
  const before = await spent()
  const time = await page.evaluate(`(async () => {
    const began = performance.now()
    ;(${work})(globalThis.weft.editor)
    await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    return performance.now() - began
  })()`)
  await onlooker.waitForFunction(seen => globalThis.look() === seen, await page.evaluate('look()'), { timeout: DEADLINE_MS })
  await onlooker.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  row(`${what}, ms / CPU of an onlooker's page, ms`, [time, await spent() - before].map(Math.round).join(' / '))
}
const undone = () => timed('... undone', 'editor => editor.commands.undo()')
await timed('bold on all of it', 'editor => editor.chain().selectAll().toggleBold().run()')
await undone()
await timed('all of it a list', 'editor => editor.chain().selectAll().toggleBulletList().run()')
await undone()
await page.keyboard.press('Control+f')
await page.locator('.find-field').nth(0).fill('lorem')
await page.locator('.find-field').nth(1).fill('dolores')
await page.waitForFunction(() => / of /.test(document.querySelector('.find-count').textContent), null, { timeout: DEADLINE_MS })
await timed('a word replaced in each paragraph', '() => document.querySelectorAll(".find-bar .button.small")[1].click()')
await page.keyboard.press('Escape')
await undone()
const lines = Array.from({ length: 10_000 }, (_, at) => `line ${at}`).join('\n')
await timed('10,000 lines pasted', `editor => { editor.commands.setTextSelection(editor.state.doc.content.size - 1); editor.view.pasteText(${JSON.stringify(lines)}) }`)
await undone()
await timed('... done again', 'editor => editor.commands.redo()')
await timed('all of it deleted', 'editor => editor.chain().selectAll().deleteSelection().run()')
await undone()
await onlooker.context().close()
await caret('end')
await typed('after it')
await browser.close()
await weft.dispose()
process.exit()
