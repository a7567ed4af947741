// How long it takes to restore a large document: a text and a board of the size asked for are written, named as a version,
// changed in a few places or emptied, and restored.
//
//   WEFT_BIN=.../weft node large.js [--bytes N] [--times N] [--seed N]
//
// Prints a table; ends with 1 if what is there after a restore is not what was there when the version was named.
import { parseArgs } from 'node:util'
import * as Y from 'yjs'
import { Weft } from '../stock/weft.js'
import { canonical } from './moments/edits.js'
import { Person } from './moments/person.js'
import { Random } from './random.js'
import { cpu } from './trace/memory.js'
import { ARGS, at, row } from './trace/table.js'

const { values: options } = parseArgs({
  options: {
    bytes: { type: 'string', default: '1500000' },
    times: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) }
  }
})
const [BYTES, TIMES, SEED] = [options.bytes, options.times, options.seed].map(Number)
const WORDS = ['some ', 'words ', 'of ', 'a ', 'text ', '😀 ', 'und ', 'noch ', 'eins ']
const AT_ONCE = 50
const SCATTERED = 500

const random = new Random(SEED)
const words = count => Array.from({ length: count }, () => random.pick(WORDS)).join('')
const few = change => { for (let done = 0; done < SCATTERED; done++) change() }

const text = {
  name: 'text',
  grow: doc => doc.getXmlFragment('body').push(Array.from({ length: AT_ONCE }, () => {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(words(60))])
    return paragraph
  })),
  change: doc => few(() => {
    const body = doc.getXmlFragment('body')
    const line = body.get(random.below(body.length)).get(0)
    line.delete(random.below(line.length - 5), 5)
    line.insert(random.below(line.length), words(1))
  }),
  empty: doc => doc.getXmlFragment('body').delete(0, doc.getXmlFragment('body').length)
}

const shape = number => ({
  type: 'rectangle', x: random.below(9000), y: random.below(9000), width: 100, height: 50, angle: 0, strokeColor: '#1e1e1e',
  backgroundColor: '#a5d8ff', fillStyle: 'solid', strokeWidth: 2, strokeStyle: 'solid', roughness: 1, opacity: 100, seed: number,
  index: `c${number}`, groupIds: [], frameId: null, roundness: null, locked: false, link: null
})

const board = {
  name: 'board',
  grow: doc => {
    const elements = doc.getMap('elements')
    for (let more = AT_ONCE; more > 0; more--) elements.set(`shape-${elements.size}`, new Y.Map(Object.entries(shape(elements.size))))
  },
  change: doc => {
    const elements = doc.getMap('elements')
    few(() => elements.get(`shape-${random.below(elements.size)}`).set('x', random.below(9000)))
  },
  empty: doc => [...doc.getMap('elements').keys()].forEach(id => doc.getMap('elements').delete(id))
}

const weft = await Weft.start({ args: ARGS })

const post = async (path, json) => {
  const answer = await fetch(weft.origin + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

const content = doc => ({ ...JSON.parse(canonical(doc)), clocks: null, deleted: null })

const joiner = async name => {
  const doc = new Y.Doc()
  const answer = await fetch(`${weft.origin}/api/documents/${name}/update`)
  Y.applyUpdate(doc, new Uint8Array(await answer.arrayBuffer()))
  return JSON.stringify(content(doc))
}

const measure = async ({ name, grow, change, empty }) => {
  const doc = new Y.Doc()
  const person = new Person(doc, { url: weft.origin }, name)
  await person.joined()
  while (Y.encodeStateAsUpdate(doc).length < BYTES) {
    doc.transact(() => grow(doc))
    await person.saved()
  }
  const bytes = Y.encodeStateAsUpdate(doc).length
  const expected = JSON.stringify(content(doc))
  const path = `/api/documents/${name}/versions`
  const { id } = await post(path, { label: 'large' })
  for (const [what, edit] of [[`${SCATTERED} changes`, change], ['emptied', empty]]) {
    const times = []
    let [sent, work] = [0, 0]
    for (let done = 0; done < TIMES; done++) {
      doc.transact(() => edit(doc))
      await person.saved()
      const [began, before] = [performance.now(), cpu(weft.child.pid)]
      sent = (await post(`${path}/${id}/restore`)).update_bytes
      times.push(performance.now() - began)
      work += cpu(weft.child.pid) - before
      if (await joiner(name) === expected) continue
      console.error(`seed ${SEED}: a restored ${name} (${what}) is something else`)
      process.exitCode = 1
    }
    times.sort((a, b) => a - b)
    row(`${name} of ${(bytes / 1e6).toFixed(2)} MB, ${what}, restored (${TIMES}): p50 / max / CPU ms, edit in kB`, `${at(times, 0.5)} / ${at(times, 1)} / ${(work / TIMES * 1000).toFixed(0)}, ${(sent / 1000).toFixed(1)}`)
  }
  person.leave()
}

console.log(`seed ${SEED}`)
try {
  for (const kind of [text, board]) await measure(kind)
} finally {
  await weft.dispose()
}
