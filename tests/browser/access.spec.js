import { expect, freshName, OUTAGE, test } from './fixtures.js'

/** What Chromium logs when the API says no. */
const REFUSED = /Failed to load resource: the server responded with a status of 40[13]/

async function revoke (weft, body) {
  const headers = { authorization: `Bearer ${weft.mint({ '*': 'admin' })}`, 'content-type': 'application/json' }
  const answer = await fetch(`${weft.origin}/api/revocations`, { method: 'POST', headers, body: JSON.stringify(body) })
  expect(answer.status).toBe(204)
}

// [P9] [X2]
test('who may only read sees edits arrive, is told so and cannot type', async ({ closedWeft: weft, person }) => {
  const name = freshName('read')
  const ada = await (await person()).visit(weft, name, weft.mint({ [name]: 'write' }, '--sub', 'ada'))
  await ada.canEdit()
  await ada.type('from the writer')
  await ada.isSaved()
  const bob = await (await person()).visit(weft, name, weft.mint({ [name]: 'read' }, '--sub', 'bob'))
  await bob.reads('from the writer')
  await expect(bob.text()).toHaveAttribute('contenteditable', 'false')
  await expect(bob.page.locator('body')).toHaveAttribute('data-readonly', 'true')
  await expect(bob.saveState()).toHaveText('View only')
  await bob.text().click()
  await bob.page.keyboard.type('not taken')
  await ada.type(', live')
  await bob.reads('from the writer, live')
  await ada.reads('from the writer, live')
})

// [P9] [X1]
test('without a token the page says that access is missing', async ({ closedWeft: weft, person }) => {
  const name = freshName('none')
  const ada = await (await person({ expected: REFUSED })).visit(weft, name, null)
  await expect(ada.page.getByText('Your access is missing or has expired')).toBeVisible()
  const bob = await (await person({ expected: REFUSED })).visit(weft, name, weft.mint({ elsewhere: 'write' }))
  await expect(bob.page.getByText('You do not have access to this document')).toBeVisible()
})

// [P9] [X4]
test('who is revoked while typing is told at once and keeps the text', async ({ closedWeft: weft, person }) => {
  const name = freshName('revoked')
  const ada = await (await person({ expected: REFUSED })).visit(weft, name, weft.mint({ [name]: 'write' }, '--sub', 'ada'))
  await ada.canEdit()
  await ada.type('mine')
  await ada.isSaved()
  await revoke(weft, { user: 'ada' })
  await expect(ada.page.getByText('Your access is missing or has expired')).toBeVisible()
  await ada.reads('mine')
})

// [P9] [X3]
test('a token that ends closes the page and loses nothing that was typed', async ({ closedWeft: weft, person }) => {
  const name = freshName('ends')
  const expected = new RegExp(`${REFUSED.source}|${OUTAGE.source}`)
  const ada = await (await person({ expected })).visit(weft, name, weft.mint({ [name]: 'write' }, '--expires', '15s'))
  await ada.canEdit()
  await ada.type('before the end')
  await expect(ada.page.getByText('Your access is missing or has expired')).toBeVisible({ timeout: 30_000 })
  await ada.reads('before the end')
  const bob = await (await person()).visit(weft, name, weft.mint({ [name]: 'read' }))
  await bob.reads('before the end')
})
