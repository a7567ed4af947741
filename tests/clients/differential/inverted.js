// What stock clients cannot agree on, with any server.
import * as Y from 'yjs'

/** Where every clock is: its list, and its place there. */
const places = doc => {
  const lists = [...doc.share.values()]
  for (const structs of doc.store.clients.values()) {
    for (const { content } of structs) if (content instanceof Y.ContentType) lists.push(content.type)
  }
  const found = new Map()
  lists.forEach((list, number) => {
    let place = 0
    for (let item = list._start; item !== null; item = item.right) {
      for (let clock = item.id.clock; clock < item.id.clock + item.length; clock++) {
        found.set(`${item.id.client}.${clock}`, { number, place: place++ })
      }
    }
  })
  return found
}

/** Yjs' undo can write an item whose right neighbour is its left one, or even left of that. */
export const hasInvertedNeighbours = doc => {
  const found = places(doc)
  const at = id => id === null ? undefined : found.get(`${id.client}.${id.clock}`)
  return [...doc.store.clients.values()].flat().some(({ origin = null, rightOrigin = null }) => {
    const [left, right] = [at(origin), at(rightOrigin)]
    return left !== undefined && right !== undefined && left.number === right.number && right.place <= left.place
  })
}
