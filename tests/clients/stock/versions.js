// The published client versions under test, and Yjs 13 as the common ground their documents are compared on.

import * as Y from 'yjs'
import * as Y13Awareness from 'y-protocols/awareness'
import { WebsocketProvider as Provider1 } from 'y-websocket-1'
import { WebsocketProvider as Provider2 } from 'y-websocket-2'
import { WebsocketProvider as Provider3 } from 'y-websocket-3'

// Yjs 14 warns when another Yjs was loaded before it. Here that is the point: nothing is shared between the two.
delete globalThis['__ $YJS$ __']
const Y14 = await import('@y/y')
const Y14Awareness = await import('@y/protocols/awareness')
const { WebsocketProvider: Provider4 } = await import('@y/websocket')

/** A client's package version, its provider class, and the CRDT and awareness implementations it works with. */
export const versions = [
  { name: 'y-websocket 1.5.4', Provider: Provider1, Y, awareness: Y13Awareness },
  { name: 'y-websocket 2.1.0', Provider: Provider2, Y, awareness: Y13Awareness },
  { name: 'y-websocket 3.1.0', Provider: Provider3, Y, awareness: Y13Awareness },
  { name: '@y/websocket 4.0.0-3', Provider: Provider4, Y: Y14, awareness: Y14Awareness },
]

export const newest = versions[2]

/** What a document holds, read back through Yjs 13 from its encoded state whichever version wrote it. */
export function contentOf (version, doc) {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, version.Y.encodeStateAsUpdate(doc))
  const content = {
    text: copy.getText('text').toDelta(),
    map: copy.getMap('map').toJSON(),
    array: copy.getArray('array').toJSON(),
    xml: copy.getXmlFragment('xml').toString(),
    clients: Object.fromEntries([...Y.decodeStateVector(Y.encodeStateVector(copy))].sort((a, b) => a[0] - b[0])),
  }
  copy.destroy()
  return inOrder(JSON.parse(JSON.stringify(content)))
}

/** The keys of an object have no order for a CRDT; here they get one, so that texts can be compared. */
function inOrder (value) {
  if (Array.isArray(value)) return value.map(inOrder)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, inOrder(item)]))
}
