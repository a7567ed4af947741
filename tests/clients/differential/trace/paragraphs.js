// A plain text as the pages' editor keeps it: a paragraph for each line. A new line takes the rest of its paragraph along into
// one of its own, as Tiptap does; a deleted one brings it back.
import * as Y from 'yjs'

const NEW_LINE = '\n'

export const root = doc => doc.getXmlFragment('body')

export const plain = doc => root(doc).toArray().map(paragraph => paragraph.toArray().map(text => text.toString()).join('')).join(NEW_LINE)

export class Paragraphs {
  #doc
  #lengths = [0]

  constructor (doc) {
    this.#doc = doc
    doc.transact(() => this.#insertParagraph(0, ''))
  }

  /** One edit: one transaction, and so one update. */
  edit ([at, deleted, inserted]) {
    this.#doc.transact(() => {
      this.#delete(at, deleted)
      inserted.split(NEW_LINE).forEach((part, number) => {
        if (number > 0) this.#split(at++)
        this.#insert(at, part)
        at += part.length
      })
    })
  }

  #find (at) {
    let number = 0
    for (; at > this.#lengths[number]; number++) at -= this.#lengths[number] + 1
    return { number, offset: at }
  }

  #text (number) {
    return root(this.#doc).get(number).get(0)
  }

  #insertParagraph (number, text) {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(text)])
    root(this.#doc).insert(number, [paragraph])
  }

  #insert (at, text) {
    if (text === '') return
    const { number, offset } = this.#find(at)
    this.#text(number).insert(offset, text)
    this.#lengths[number] += text.length
  }

  #split (at) {
    const { number, offset } = this.#find(at)
    const rest = this.#cut(number, offset)
    this.#insertParagraph(number + 1, rest)
    this.#lengths.splice(number + 1, 0, rest.length)
  }

  /** Takes away everything from here on and returns it. */
  #cut (number, offset) {
    const text = this.#text(number)
    const rest = text.toString().slice(offset)
    if (rest !== '') text.delete(offset, rest.length)
    this.#lengths[number] = offset
    return rest
  }

  #delete (at, count) {
    while (count > 0) {
      const { number, offset } = this.#find(at)
      const here = Math.min(count, this.#lengths[number] - offset)
      if (here > 0) {
        this.#text(number).delete(offset, here)
        this.#lengths[number] -= here
        count -= here
      } else {
        const below = this.#cut(number + 1, 0)
        root(this.#doc).delete(number + 1, 1)
        this.#lengths.splice(number + 1, 1)
        if (below !== '') this.#text(number).insert(offset, below)
        this.#lengths[number] += below.length
        count -= 1
      }
    }
  }
}
