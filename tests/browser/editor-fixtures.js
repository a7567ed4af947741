// What the tests of the editor share.

import { freshName } from './fixtures.js'

/** Two people in one new document. */
export async function two (weft, person, stem) {
  const name = freshName(stem)
  return [await (await person()).open(weft, name), await (await person()).open(weft, name)]
}

/** Pastes at the caret: `data` has a text for each type, `files` are `[name, type, base64]`. */
export async function paste (someone, data, files = [], target = '.ProseMirror') {
  await someone.page.evaluate(({ data, files, target }) => {
    const transfer = new DataTransfer()
    for (const [type, text] of Object.entries(data)) transfer.setData(type, text)
    for (const [name, type, bytes] of files) {
      transfer.items.add(new File([Uint8Array.from(atob(bytes), sign => sign.charCodeAt(0))], name, { type }))
    }
    document.querySelector(target).dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }))
  }, { data, files, target })
}

export const json = someone => someone.page.evaluate(() => weft.editor.getJSON())
export const clip = someone => someone.page.evaluate(() => navigator.clipboard.readText())

/** A picture of 4 by 2 pixels. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAEElEQVR4nGNwy7sDRwzIHACd6gyBrljQsAAAAABJRU5ErkJggg=='
