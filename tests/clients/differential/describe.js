// A document as text that is equal if, and only if, two replicas agree.
import * as Y from 'yjs'

const typed = value => {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (value instanceof Y.AbstractType) return shared(value)
  if (Array.isArray(value)) return value.map(typed)
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.keys(value).sort().map(key => [key, typed(value[key])]))
  }
  return Number.isNaN(value) ? 'NaN' : value === undefined ? 'undefined' : value
}

const attributes = type => Object.fromEntries([...type._map.keys()].sort()
  .filter(key => !type._map.get(key).deleted)
  .map(key => [key, typed(type.getAttribute(key))]))

const shared = type => {
  if (type instanceof Y.XmlText || type instanceof Y.Text) {
    const kind = type instanceof Y.XmlText ? 'xmltext' : 'text'
    return { kind, delta: typed(type.toDelta()), attributes: attributes(type) }
  }
  if (type instanceof Y.XmlElement) {
    return { kind: type.nodeName, attributes: attributes(type), children: type.toArray().map(shared) }
  }
  if (type instanceof Y.XmlFragment) return { kind: 'fragment', children: type.toArray().map(shared) }
  if (type instanceof Y.Array) return { kind: 'array', items: type.toArray().map(typed) }
  return { kind: 'map', entries: [...type.keys()].sort().map(key => [key, typed(type.get(key))]) }
}

export const roots = doc => ({
  text: doc.getText('text'),
  map: doc.getMap('map'),
  array: doc.getArray('array'),
  xml: doc.getXmlFragment('xml')
})

/** The delete set, as ranges of each client. */
export const deleted = doc => {
  const { clients } = Y.createDeleteSetFromStructStore(doc.store)
  return [...clients.keys()].sort((a, b) => a - b)
    .map(client => [client, clients.get(client).map(({ clock, len }) => [clock, len])])
}

/** Content of every root, state vector and delete set. */
export const describe = doc => {
  const clocks = [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(([a], [b]) => a - b)
  const content = Object.entries(roots(doc)).map(([name, root]) => [name, shared(root)])
  return JSON.stringify({ content, clocks, deleted: deleted(doc), pending: doc.store.pendingStructs !== null })
}

/** Where two descriptions start to differ. */
export const difference = (expected, found) => {
  let at = 0
  while (at < expected.length && expected[at] === found[at]) at++
  const around = description => description.slice(Math.max(0, at - 200), at + 200)
  return `expected ...${around(expected)}...\nfound    ...${around(found)}...`
}

/** What somebody holds who comes with nothing and is sent `update`. It can be less than what the clients hold: Yjs deletes
    format marks that have no effect when it reads them from elsewhere, once in some thousand sessions, with any server. */
export const lateJoiner = update => {
  const doc = new Y.Doc()
  roots(doc)
  Y.applyUpdate(doc, update)
  return describe(doc)
}
