// A text and a board as the pages write them: restored while others have edits that were not sent.
import * as Y from 'yjs'

const state = doc => Y.encodeStateAsUpdate(doc)

const loaded = update => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, update)
  return doc
}

const paragraph = (content, name = 'paragraph') => {
  const element = new Y.XmlElement(name)
  element.insert(0, [new Y.XmlText(content)])
  return element
}

const list = (...contents) => {
  const element = new Y.XmlElement('bulletList')
  element.insert(0, contents.map(content => {
    const item = new Y.XmlElement('listItem')
    item.insert(0, [paragraph(content)])
    return item
  }))
  return element
}

/** A document as Tiptap keeps it. */
const written = () => {
  const doc = new Y.Doc()
  doc.getText('title').insert(0, 'Plan')
  const heading = paragraph('Goals', 'heading')
  heading.setAttribute('level', 2)
  doc.getXmlFragment('body').insert(0, [heading, paragraph('One text of some words'), list('first', 'second'), paragraph('The end')])
  text(doc, 1).format(4, 4, { bold: true })
  return doc
}

const text = (doc, at) => doc.getXmlFragment('body').get(at).get(0)

/** What a reader sees, in one string. */
const shown = doc => {
  const node = type => type instanceof Y.XmlText
    ? JSON.stringify(type.toDelta())
    : `<${type.nodeName} ${JSON.stringify(type.getAttributes())}>${type.toArray().map(node).join('')}</>`
  return doc.getText('title').toString() + doc.getXmlFragment('body').toArray().map(node).join('')
}

const checkText = (restore, fail) => {
  const doc = written()
  const [old, before] = [state(doc), shown(doc)]
  const other = loaded(state(doc))
  doc.transact(() => {
    doc.getText('title').delete(0, 4)
    doc.getText('title').insert(0, 'Nothing')
    doc.getXmlFragment('body').get(0).setAttribute('level', 3)
    text(doc, 1).delete(9, 8)
    text(doc, 1).format(0, 4, { italic: true })
    text(doc, 1).format(4, 4, { bold: null })
    doc.getXmlFragment('body').delete(2, 1)
    doc.getXmlFragment('body').insert(1, [paragraph('new')])
  })
  const changed = shown(doc)
  const live = state(doc)
  // Not sent yet: in what stayed, in what was deleted since and comes back, and a whole new paragraph.
  const kept = text(other, 3)
  kept.insert(7, ', or not')
  text(other, 1).insert(22, '!')
  other.getXmlFragment('body').insert(4, [paragraph('of mine')])
  const update = restore(live, old)
  Y.applyUpdate(doc, update)
  if (shown(doc) !== before) fail(`a text is restored\n${before}\n${shown(doc)}`)
  const reader = loaded(state(doc))
  if (shown(reader) !== before) fail('a late joiner reads something else')
  const undone = loaded(state(doc))
  Y.applyUpdate(undone, restore(state(doc), live))
  if (shown(undone) !== changed) fail(`a restore is taken back\n${changed}\n${shown(undone)}`)
  Y.applyUpdate(doc, state(other))
  Y.applyUpdate(other, state(doc))
  const expected = before.replace('words"', 'words!"').replace('The end', 'The end, or not') +
    '<paragraph {}>[{"insert":"of mine"}]</>'
  if (shown(doc) !== expected || shown(other) !== expected) fail(`edits survive\n${expected}\n${shown(doc)}\n${shown(other)}`)
  kept.insert(0, 'still the same type: ')
  if (!shown(other).includes('still the same type')) fail('what stayed is another type now')
}

const draw = (board, id, properties, points = []) => {
  const element = new Y.Map(Object.entries({ id, type: 'freedraw', ...properties }))
  element.set('points', Y.Array.from(points))
  board.set(id, element)
  return element
}

/** The whole document as JSON, keys in their order: the server writes those of a plain object in any. */
const sorted = doc => JSON.stringify(doc.toJSON(), (_, value) => value === null || typeof value !== 'object' || Array.isArray(value)
  ? value
  : Object.fromEntries(Object.entries(value).sort()))

const checkBoard = (restore, fail) => {
  const doc = new Y.Doc()
  const board = doc.getMap('elements')
  draw(board, 'a', { x: 1, y: 2 }, [0, 0, 1, 1])
  draw(board, 'b', { x: 5, y: 5 }, [0, 0])
  doc.getMap('files').set('f', { hash: 'x', type: 'image/png', created: 1 })
  const [old, before] = [state(doc), sorted(doc)]
  const other = loaded(old)
  doc.transact(() => {
    board.get('a').set('x', 100)
    board.get('a').get('points').push([2, 2, 3, 3])
    board.delete('b')
    draw(board, 'c', { x: 9 })
    doc.getMap('files').delete('f')
  })
  other.getMap('elements').get('a').set('strokeColor', 'red')
  other.getMap('elements').get('a').get('points').push([7, 7])
  draw(other.getMap('elements'), 'mine', { x: 3 })
  Y.applyUpdate(doc, restore(state(doc), old))
  if (sorted(doc) !== before) fail(`a board is restored\n${before}\n${sorted(doc)}`)
  Y.applyUpdate(doc, state(other))
  const { a, mine } = board.toJSON()
  if (a.x !== 1 || a.strokeColor !== 'red' || mine?.x !== 3) fail(`strokes survive: ${JSON.stringify(board)}`)
  if (JSON.stringify(a.points) !== '[0,0,1,1,7,7]') fail(`points survive: ${JSON.stringify(a.points)}`)
}

export const pages = (restore, fail) => {
  checkText(restore, fail)
  checkBoard(restore, fail)
}
