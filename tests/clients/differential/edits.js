// Random edits of every shared type, as an application would make them.
import * as Y from 'yjs'
import { roots } from './describe.js'

const WORDS = ['a', 'be', ' ', 'hello ', 'ñandú', '字', '😀', 'x😀y', '👩‍👩‍👧', '\n', 'The quick brown fox. ', '<b>&amp;']
const KEYS = ['a', 'b', 'c', 'title', 'é', '']
const FORMATS = [{ bold: true }, { bold: null }, { italic: true }, { color: '#f00' }, { color: null },
  { link: { href: 'https://example.com/é', title: null } }, { size: 12.5 }, { bold: true, italic: true }]

/** A value as applications store it; no BigInt and no subdocument, which the server refuses. */
const value = (random, depth = 0) => {
  switch (random.below(depth > 3 ? 10 : 12)) {
    case 0: return null
    case 1: return random.once(2)
    case 2: return random.below(100) - 50
    case 3: return random.next()
    case 4: return -random.next() * 1000
    case 5: return random.next() / 7
    case 6: return 2 ** 53 - 1 - random.below(3)
    case 7: return random.pick(WORDS).repeat(random.below(4))
    case 8: return random.bytes(20)
    case 9: return random.once(2) ? 1e300 : NaN
    case 10: return Array.from({ length: random.below(4) }, () => value(random, depth + 1))
    default: return Object.fromEntries(random.pick([[], ['x'], ['x', 'y']]).map(key => [key, value(random, depth + 1)]))
  }
}

const json = random => random.pick([
  { image: 'https://example.com/a.png' }, { formula: 'e=mc^2', n: 1.25 }, { mention: { id: random.below(1000), name: 'Zoë 😀' } }
])

const newType = random => {
  const type = new (random.pick([Y.Map, Y.Array, Y.Text, Y.XmlElement, Y.XmlText, Y.XmlFragment]))()
  if (random.once(2)) {
    if (type instanceof Y.Map) type.set('a', value(random))
    if (type instanceof Y.Array) type.insert(0, [value(random), value(random)])
    if (type instanceof Y.Text) type.insert(0, random.pick(WORDS))
  }
  return type
}

const newNode = random => random.once(2) ? new Y.XmlElement(random.pick(['p', 'h1', 'Custom-Tag'])) : new Y.XmlText(random.pick(WORDS))

const range = (random, length) => {
  const index = random.below(length)
  return [index, 1 + random.below(Math.min(length - index, random.once(5) ? 40 : 4))]
}

/** The text's content, one unit an index: embeds and nested types stand as one character. */
const units = text => text.toDelta().map(({ insert }) => typeof insert === 'string' ? insert : '\ufffc').join('')

const splitsCharacter = (content, index) => /[\ud800-\udbff]$/.test(content.slice(0, index)) && /^[\udc00-\udfff]/.test(content.slice(index))

/** Formats a range. A format that changes nothing cuts the local text without a trace in any update; between the
    halves of a character Yjs clients then differ among themselves, with any server. */
const format = (random, text) => {
  const [index, length] = range(random, text.length)
  const content = units(text)
  if (!splitsCharacter(content, index) && !splitsCharacter(content, index + length)) text.format(index, length, random.pick(FORMATS))
}

const editText = (random, text) => {
  const choice = random.below(12)
  if (text.length === 0 || choice < 5) return text.insert(random.below(text.length + 1), random.pick(WORDS))
  if (choice < 8) return text.delete(...range(random, text.length))
  if (choice < 10) return format(random, text)
  if (choice === 10) return text.insertEmbed(random.below(text.length + 1), json(random), random.once(2) ? { bold: true } : undefined)
  return text.insert(random.below(text.length + 1), random.pick(WORDS), random.pick(FORMATS))
}

const editMap = (random, map) => {
  const choice = random.below(10)
  if (choice < 2) return map.delete(random.pick(KEYS))
  if (choice === 2 && random.once(4)) return map.clear()
  map.set(random.pick(KEYS), choice < 7 ? value(random) : newType(random))
}

const editArray = (random, array) => {
  const choice = random.below(10)
  if (array.length > 0 && choice < 3) return array.delete(...range(random, array.length))
  const content = choice < 8 ? Array.from({ length: 1 + random.below(3) }, () => value(random)) : [newType(random)]
  array.insert(random.below(array.length + 1), content)
}

const editXml = (random, parent) => {
  const choice = random.below(10)
  if (parent instanceof Y.XmlElement && choice < 3) return parent.setAttribute(random.pick(KEYS), random.pick(WORDS))
  if (parent instanceof Y.XmlElement && choice === 3) return parent.removeAttribute(random.pick(KEYS))
  if (parent.length > 0 && choice < 6) return parent.delete(...range(random, parent.length))
  parent.insert(random.below(parent.length + 1), [newNode(random)])
}

const children = type => {
  if (type instanceof Y.Map) return [...type.values()]
  if (type instanceof Y.Array || type instanceof Y.XmlFragment) return type.toArray()
  return []
}

/** Some live type of the document: a root, or down from it. */
const someType = (random, doc) => {
  let type = random.pick(Object.values(roots(doc)))
  while (random.below(3) > 0) {
    const inner = children(type).filter(child => child instanceof Y.AbstractType)
    if (inner.length === 0) break
    type = random.pick(inner)
  }
  return type
}

/** One random edit. */
export const edit = (random, doc) => {
  const type = someType(random, doc)
  if (type instanceof Y.Text) return editText(random, type)
  if (type instanceof Y.Map) return editMap(random, type)
  if (type instanceof Y.Array) return editArray(random, type)
  editXml(random, type)
}
