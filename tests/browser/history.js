// The player over a document or board.

import { expect, freshName } from './fixtures.js'

export const past = ({ page }) => page.getByRole('dialog', { name: 'Viewing the past' })
export const slider = someone => past(someone).getByRole('slider', { name: 'Moment' })
export const shown = someone => past(someone).getByRole('document', { name: 'The text at this moment' })
export const state = ({ page }) => page.evaluate(() => globalThis.weft.history?.state)

export async function open (someone) {
  await someone.page.getByRole('button', { name: 'History', exact: true }).click()
  await ready(someone)
}

export async function ready (someone) {
  await expect(slider(someone)).toBeFocused()
}

/** Names what is committed now, as the API does. */
export async function name (weft, document, label) {
  const answer = await fetch(`${weft.origin}/api/documents/${encodeURIComponent(document)}/versions`,
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ label }) })
  expect(answer.status).toBe(201)
}

/** Two people write one after the other, with a named version between. */
export async function written (weft, person, options = {}) {
  const document = freshName('history')
  const ada = await (await person(options)).open(weft, document)
  const bob = await (await person()).open(weft, document)
  await bob.rename('Bob')
  await ada.type('Apples and pears.')
  await ada.isSaved()
  await name(weft, document, 'First draft')
  await expect.poll(() => bob.words()).toBe('Apples and pears.')
  await bob.type(' Berries.')
  await bob.isSaved()
  await ada.reads('Apples and pears. Berries.')
  return { document, ada, bob }
}

/** The text shown, which has to be a beginning of `whole`, and not all: what came in one millisecond comes at once. */
export async function part (someone, whole) {
  const text = await shown(someone).textContent()
  expect(whole.startsWith(text) && text.length > 0 && text.length < whole.length, text).toBe(true)
  return text
}
