// A client whose process is stopped while others write: a laptop that is closed, a page in the background.

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { freshName, Peer } from './peer.js'
import { never, until } from './until.js'
import { newest, versions } from './versions.js'
import { Weft } from './weft.js'

const EDITS = 120
const EDIT_BYTES = 64 * 1024
/** Longer than any half minute after which something might lose patience: the kernel, the server, the client. */
const LONG_MS = 35_000

let server
before(async () => { server = await Weft.start() })
after(async () => { await server.dispose() })

/** The stopped client, from outside. */
class Reader {
  constructor (version, syncUrl, name) {
    this.child = fork('./stopped-reader.js', [version.name, syncUrl, name], { cwd: import.meta.dirname })
    this.answers = []
    this.child.on('message', answer => this.answers.push(answer))
  }

  async report () {
    const id = this.asked = (this.asked ?? 0) + 1
    this.child.send(id)
    return await until('an answer of the reader', () => this.answers.find(answer => answer.id === id))
  }

  stop () { this.child.kill('SIGSTOP') }
  go () { this.child.kill('SIGCONT') }
  end () { this.child.kill('SIGKILL') }
}

/** Every socket that the server has open. */
function socketsOf (server) {
  const folder = `/proc/${server.child.pid}/fd`
  const kind = fd => { try { return readlinkSync(`${folder}/${fd}`) } catch { return '' } }
  return readdirSync(folder).filter(fd => kind(fd).startsWith('socket:')).length
}

/** Two that go on, and one that is going to be stopped. */
async function meet (version, { syncUrl }) {
  const name = freshName('stopped')
  const writer = new Peer(newest, syncUrl, name, { ack: true })
  const observer = new Peer(version, syncUrl, name)
  const reader = new Reader(version, syncUrl, name)
  writer.doc.getMap('map').set('begun', true)
  await writer.saved()
  await observer.equals(writer)
  const joined = await until('the reader is here', async () => {
    const report = await reader.report()
    return report.content === JSON.stringify(writer.content()) && report
  })
  return { writer, observer, reader, joined }
}

/** Writes many times what a session may have unread; the document stays small. */
async function writeMuch (writer) {
  for (let edit = 0; edit < EDITS; edit++) {
    writer.doc.getMap('map').set(`${edit % 4}`, `${edit} `.repeat(EDIT_BYTES / 4).slice(0, EDIT_BYTES))
    await writer.saved()
  }
}

async function converges (reader, writer) {
  const wanted = JSON.stringify(writer.content())
  return await until('the reader holds what the writer holds', async () => {
    const report = await reader.report()
    return report.content === wanted && report
  }, 30_000)
}

// [F1] [W1]
describe('stopped while others write, then continued', { concurrency: true }, () => {
  for (const version of versions) {
    test(`${version.name} gets one difference on the same socket`, async () => {
      const { writer, observer, reader, joined } = await meet(version, server)
      reader.stop()
      await writeMuch(writer)
      await observer.equals(writer)
      reader.go()
      const end = await converges(reader, writer)
      assert.equal(end.sockets, 1)
      assert.equal(end.differences - joined.differences, 1)
      assert.ok(end.bytes < EDITS * EDIT_BYTES / 4, `${end.bytes} bytes of ${EDITS * EDIT_BYTES} written`)
      await nobodyNoticed(writer, observer)
      reader.end()
    })
  }

  // [F5]
  test(`${newest.name} is stopped for longer than half a minute`, async () => {
    const alone = await Weft.start()
    const { writer, observer, reader } = await meet(newest, alone)
    reader.stop()
    const [began, sockets] = [performance.now(), socketsOf(alone)]
    await writeMuch(writer)
    await never('the server gave up on a stopped reader', () => socketsOf(alone) < sockets, LONG_MS - (performance.now() - began))
    reader.go()
    // It may have given up on the server itself: stock clients connect anew after 30 s without a message.
    await converges(reader, writer)
    await nobodyNoticed(writer, observer)
    reader.end()
    await alone.dispose()
  })
})

async function nobodyNoticed (writer, observer) {
  await observer.equals(writer)
  for (const peer of [writer, observer]) {
    assert.equal(peer.sockets.length, 1)
    assert.deepEqual(peer.closes, [])
    peer.destroy()
  }
}
