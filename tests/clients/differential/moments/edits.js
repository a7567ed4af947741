// What people do to a text and to a board, and what both look like.
import * as Y from 'yjs'
import { deleted } from '../describe.js'

const WORDS = ['some ', 'words ', 'of ', 'a ', 'text ', '😀 ', 'und ', 'noch ', 'eins ']

/** Paragraphs in `body`, a `title`: typing, deleting, bold, new paragraphs. */
export const write = (random, doc) => {
  const body = doc.getXmlFragment('body')
  if (body.length === 0 || (random.once(60) && body.length < 60)) {
    const paragraph = new Y.XmlElement(random.once(5) ? 'heading' : 'paragraph')
    paragraph.insert(0, [new Y.XmlText()])
    return body.insert(random.below(body.length + 1), [paragraph])
  }
  if (random.once(80)) return body.delete(random.below(body.length), 1)
  if (random.once(40)) return doc.getText('title').insert(0, random.pick(WORDS))
  const paragraph = body.get(random.below(body.length))
  if (random.once(30)) return paragraph.setAttribute('level', random.below(4))
  const text = paragraph.get(0)
  if (text.length > 200 || (text.length > 0 && random.once(4))) {
    const at = random.below(text.length)
    return text.delete(at, Math.min(text.length - at, 1 + random.below(12)))
  }
  if (text.length > 0 && random.once(12)) {
    const at = random.below(text.length)
    return text.format(at, Math.min(text.length - at, 1 + random.below(8)), { bold: random.once(2) ? true : null })
  }
  text.insert(random.below(text.length + 1), random.pick(WORDS))
}

/** Shapes in `elements`: new ones, moved ones, points of a line being drawn, deleted ones. */
export const draw = (random, doc) => {
  const elements = doc.getMap('elements')
  const ids = [...elements.keys()]
  if (ids.length === 0 || (random.once(12) && ids.length < 150)) {
    const shape = new Y.Map()
    const type = random.pick(['rectangle', 'ellipse', 'freedraw', 'text'])
    const values = { type, x: random.below(2000), y: random.below(2000), width: 100, height: 50, stroke: '#1e1e1e' }
    Object.entries(values).forEach(([key, value]) => shape.set(key, value))
    if (type === 'freedraw') shape.set('points', new Y.Array())
    return elements.set(`shape-${random.next().toString(36)}`, shape)
  }
  const id = random.pick(ids)
  if (random.once(25)) return elements.delete(id)
  const shape = elements.get(id)
  const points = shape.get('points')
  if (points !== undefined && !random.once(3)) return points.push([random.below(100), random.below(100)])
  shape.set(random.pick(['x', 'y', 'width', 'height']), random.below(2000))
}

const sorted = value => {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.keys(value).sort().map(key => [key, sorted(value[key])]))
}

const described = node => node instanceof Y.XmlText
  ? { delta: node.toDelta() }
  : { name: node.nodeName, attributes: node.getAttributes?.() ?? {}, children: node.toArray().map(described) }

/** Every root, how far each author is known, and what of it is deleted. */
export const canonical = doc => JSON.stringify(sorted({
  title: doc.getText('title').toDelta(),
  body: doc.getXmlFragment('body').toArray().map(described),
  elements: doc.getMap('elements').toJSON(),
  clocks: [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(([a], [b]) => a - b),
  deleted: deleted(doc)
}))
