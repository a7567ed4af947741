// What the tests of the home page have in common.

import { expect } from './fixtures.js'

export async function create (someone, weft, title) {
  await someone.home(weft)
  await someone.page.getByRole('button', { name: 'New document' }).click()
  await expect(someone.title()).toBeFocused()
  await someone.page.keyboard.type(title)
  await someone.page.keyboard.press('Enter')
  await someone.page.keyboard.type(`text of ${title}`)
  await someone.isSaved()
}

/** Makes a document without opening it. */
export async function make (weft, title, kind = 'document') {
  const answer = await fetch(`${weft.origin}/api/documents`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ title, kind }) })
  expect(answer.status).toBe(201)
  return (await answer.json()).name
}

export const row = (someone, title) => someone.page.getByRole('list', { name: 'Documents' }).getByRole('listitem').filter({ hasText: title })
export const boardTitle = someone => someone.page.getByRole('textbox', { name: 'Board title' })
export const link = (someone, title) => row(someone, title).getByRole('link')

export async function choose (someone, title, action) {
  await row(someone, title).getByRole('button', { name: `Actions for ${title}` }).click()
  await someone.page.getByRole('menuitem', { name: action }).click()
}

/** Opens the list until it shows `title`: it learns a title shortly after the last keystroke. */
export async function listed (someone, weft, title) {
  await expect(async () => {
    await someone.home(weft)
    await expect(row(someone, title)).toBeVisible({ timeout: 500 })
  }).toPass()
}
