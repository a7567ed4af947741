// Not a test: one stock client in a process of its own, which `stopped.test.js` stops and continues. Started with the
// version's name, the URL and the document; answers each message from its parent with what it holds and was sent.

import { Peer } from './peer.js'
import { versions } from './versions.js'

const SYNC = 0
const STEP_2 = 1

const [name, url, document] = process.argv.slice(2)
const reader = new Peer(versions.find(version => version.name === name), url, document)

process.on('message', id => {
  const frames = reader.sockets.flatMap(socket => socket.received)
  process.send({
    id,
    synced: reader.provider.synced,
    sockets: reader.sockets.length,
    clientId: reader.doc.clientID,
    differences: frames.filter(frame => frame[0] === SYNC && frame[1] === STEP_2).length,
    bytes: frames.reduce((bytes, frame) => bytes + frame.length, 0),
    content: JSON.stringify(reader.content()),
  })
})
process.on('disconnect', () => process.exit(0))
