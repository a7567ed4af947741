// Writes a trace into a document of a running server, one update for each edit, as fast as they are committed.
import * as Y from 'yjs'
import { Person } from '../moments/person.js'
import { Paragraphs, plain } from './paragraphs.js'

/** Updates sent and not committed. */
const UNSAVED_MAX = 500

/** Returns the seconds it took, and the text. */
export const record = async (url, name, patches, progress = () => {}) => {
  const doc = new Y.Doc()
  const person = new Person(doc, { url }, name)
  await person.joined()
  const began = performance.now()
  const paragraphs = new Paragraphs(doc)
  for (let at = 0; at < patches.length; at++) {
    paragraphs.edit(patches[at])
    await person.saved(UNSAVED_MAX)
    if ((at + 1) % 20_000 === 0) progress(at + 1)
  }
  await person.saved()
  person.leave()
  return { seconds: (performance.now() - began) / 1000, text: plain(doc) }
}
